"""Whole lattices: against enumeration, and event by event against a plain-Python kernel."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from ising import ForgottenBond, Ising, sample
from naive import Xoshiro, evolve_window, flipped, highest_rate, observe, rate_of
from scipy.stats import chisquare, kstest

from macropatch.contract import Geometry
from macropatch.lattice import draw_seeds, next64, pick, seed_state, uniform

SIZES = [(7,), (2,), (3, 5), (2, 2), (2, 6), (4, 3)]
FALSE_ALARM = 1e-4


@pytest.mark.parametrize("size", SIZES)
def test_observables_and_generator_are_those_of_single_flips(size):
    """Every site is flipped by hand; tolerance is rounding."""
    system = Ising(len(size), field=0.2)
    states, c, _ = sample(system, size, 5, seed=1)
    c[2:] = 1.3
    z = system.observe(states)
    drift, diffusion = system.drift_and_diffusion(states, c)
    for row, sites in enumerate(states["sites"]):
        here = observe(system, sites)
        steps = [
            (rate_of(system, sites, site, c[row]), after - here)
            for site in np.ndindex(size)
            for after in [observe(system, flipped(system, sites, site))]
        ]
        assert z[row] == pytest.approx(here, abs=1e-12)
        assert drift[row] == pytest.approx(sum(r * x for r, x in steps), abs=1e-12)
        assert diffusion[row] == pytest.approx(sum(r * np.outer(x, x) for r, x in steps), abs=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_kernel_follows_the_naive_one_event_by_event(size):
    """The same seeds: the same flips."""
    system = Ising(len(size), field=0.2)
    states, c, _ = sample(system, size, 4, seed=2)
    c[1] = 0.9
    n, duration = system.sites(size), 3.0
    again = np.random.default_rng(3)
    top = np.array([highest_rate(system, row) for row in c])
    attempts, seeds = again.poisson(n * top * duration), draw_seeds(again, 4)
    evolved = system.evolve(states, c, duration, np.random.default_rng(3)).states["sites"]
    for row, sites in enumerate(states["sites"]):
        naive, _, _ = evolve_window(
            system, sites, c[row], (0,) * len(size), size, (), attempts[row], seeds[row]
        )
        assert np.array_equal(evolved[row], naive)


@pytest.mark.parametrize(("size", "patch"), [((12,), (4,)), ((6, 10), (3, 5)), ((2, 6), (1, 3))])
def test_credits_sum_to_the_change(size, patch):
    system = Ising(len(size))
    states, c, rng = sample(system, size, 20, seed=4)
    result = system.evolve(states, c, 2.0, rng, credit=Geometry(patch))
    assert result.credit.shape == (20, system.patch_count(size, patch), 3)
    change = system.observe(result.states) - system.observe(states)
    assert result.credit.sum(axis=1) == pytest.approx(change, abs=1e-12)
    assert np.abs(result.credit).max() > 0


def _stationary_p_value(system, size):
    """χ² of 40,000 independent snapshots against the Boltzmann law over all 2ⁿ states."""
    n, count, temperature = system.sites(size), 40_000, 3.0
    levels = np.array(list(itertools.product((-1, 1), repeat=n)), dtype=np.int8)
    lattices = levels.reshape(-1, *size)
    bonds = sum(
        (lattices * np.roll(lattices, 1, axis=a + 1)).reshape(-1, n).sum(1)
        for a in range(len(size))
    )
    weight = np.exp((bonds + system.field * levels.sum(1)) / temperature)
    states, c, rng = sample(system, size, count, seed=5, temperature=temperature)
    sites = system.evolve(states, c, 40.0, rng).states["sites"].reshape(count, n)
    index = (sites > 0) @ (1 << np.arange(n)[::-1])
    return chisquare(np.bincount(index, minlength=2**n), count * weight / weight.sum()).pvalue


@pytest.mark.parametrize("size", [(5,), (2, 3), (3, 3)])
def test_stationary_law_is_boltzmann(size):
    """False-alarm rate 1e-4; the forgotten bond is rejected."""
    assert _stationary_p_value(Ising(len(size), field=0.3), size) > FALSE_ALARM
    assert _stationary_p_value(ForgottenBond(len(size), field=0.3), size) < FALSE_ALARM


def test_time_of_a_fixed_number_of_flips():
    """Free spins flip at rate ½ each: the time of ``k`` flips is Gamma(k) / (n/2). Rate 1e-4."""
    system = Ising(2)
    states, _, rng = sample(system, (6, 5), 4000, seed=6)
    c = np.full((4000, 1), 1e9)
    later, elapsed = system.evolve_events(states, c, 7, rng)
    law = ("gamma", (7, 0, 2 / 30))
    assert kstest(elapsed, *law).pvalue > FALSE_ALARM
    assert kstest(elapsed * 1.1, *law).pvalue < FALSE_ALARM
    changed = (later["sites"] != states["sites"]).reshape(4000, -1).sum(axis=1)
    assert set(changed) == {1, 3, 5, 7}
    still, none = system.evolve_events(states, c, 0, rng)
    assert np.array_equal(still["sites"], states["sites"]) and not none.any()


def test_flips_that_cannot_happen_are_an_error():
    class Absorbing(Ising):
        def local_rate(self, value, neighbours, parameters):
            return 1.0 if 0 < neighbours < 4 else 0.0

    states = {"sites": np.ones((2, 4, 4), np.int8)}
    with pytest.raises(ValueError, match="snapshot 0 came to rest"):
        Absorbing().evolve_events(states, np.ones((2, 1)), 3, np.random.default_rng(0))


def test_random_numbers_are_the_published_generator():
    for seed in (0, 12345, 2**64 - 1):
        state, naive = seed_state(np.uint64(seed)), Xoshiro(seed)
        assert [int(next64(state)) for _ in range(50)] == [naive.next64() for _ in range(50)]
    state = seed_state(np.uint64(1))
    assert kstest([uniform(state) for _ in range(2000)], "uniform").pvalue > FALSE_ALARM
    picks = np.bincount([pick(np.uint64(next64(state)), 6) for _ in range(6000)])
    assert len(picks) == 6 and chisquare(picks).pvalue > FALSE_ALARM


@pytest.mark.parametrize("levels", [(-1, 1), (0, 1), (2, 5)])
def test_cells_have_the_symmetry_of_exchanged_levels(levels):
    system = Ising(2)
    system.levels = levels
    states, _, _ = sample(system, (4, 6), 3, seed=9)
    image = system.exchange_levels(states)
    assert set(np.unique(image["sites"])) == set(levels)
    cells = system.cells(states, (2, 3)).reshape(-1, 1, 2, 3)
    found = system.reflect_cells(cells)
    assert found.dtype == cells.dtype and not np.array_equal(found, cells)
    assert np.array_equal(found, system.cells(image, (2, 3)).reshape(-1, 1, 2, 3))
