"""Kernels of mean-field spins: attempt by attempt against the naive ones, and in law."""

from __future__ import annotations

import naive_spins as naive
import numpy as np
import pytest
from scipy.stats import chi2, kstest, norm

from macropatch.contract import Geometry, Surroundings
from macropatch.lattice import draw_seeds
from macropatch_ising.curie_weiss import CurieWeiss
from macropatch_ising.settings import CurieWeissSettings

FALSE_ALARM = 1e-6
"""Probability that one statistical comparison fails a correct kernel (seeds are fixed)."""
TEMPERATURE, FIELD = 0.9, 0.15


def system(temperature=TEMPERATURE, field=FIELD):
    return CurieWeiss(CurieWeissSettings(temperature=temperature, field=field))


def random_spins(count, n, seed):
    return {"spins": np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (count, n))}


class Replayed:
    """The numbers of attempts and seeds that a call drew."""

    def __init__(self, seed, means):
        rng = np.random.default_rng(seed)
        self.attempts = rng.poisson(means)
        self.seeds = draw_seeds(rng, len(means))


@pytest.mark.parametrize("count", [0, 1, 2, 5])
@pytest.mark.parametrize("n", [1, 5, 12])
def test_whole_systems_follow_the_naive_kernel_attempt_by_attempt(count, n):
    """Also an odd row that has no row beside it, and rows with unequal numbers of attempts."""
    states = random_spins(count, n, seed=1)
    copy = states["spins"].copy()
    found = system().evolve(states, np.zeros((count, 0)), 3.0, np.random.default_rng(2))
    replayed = Replayed(2, np.full(count, 3.0 * n))
    for row in range(count):
        attempts, seed = replayed.attempts[row], replayed.seeds[row]
        expected = naive.evolve(copy[row], attempts, seed, TEMPERATURE, FIELD)
        assert np.array_equal(found.states["spins"][row], expected)
    assert np.array_equal(states["spins"], copy)


@pytest.mark.parametrize("slaved", [True, False])
@pytest.mark.parametrize(("n", "patch"), [(12, 3), (12, 12), (10, 1)])
def test_patches_follow_the_naive_kernel_attempt_by_attempt(n, patch, slaved):
    """Several patches of a snapshot, durations of their own (none, short, long), the martingale."""
    states = random_spins(3, n, seed=3)
    last = n // patch - 1
    pairs = np.array([(2, last), (0, 0), (0, last), (1, 0), (2, 0)])
    dt = np.array([1.0, 0.0, 4.0, 0.3, 2.0])
    around = Surroundings("slaved" if slaved else "halo", 0)
    results = [
        system().evolve_patches(
            states, pairs, Geometry((patch,)), np.zeros((3, 0)), dt, around,
            np.random.default_rng(4), martingale,
        )
        for martingale in (False, True)
    ]  # fmt: skip
    replayed = Replayed(4, patch * dt)
    for p, (row, number) in enumerate(pairs):
        change, drift = naive.evolve_patch(
            states["spins"][row], number * patch, patch, slaved,
            replayed.attempts[p], replayed.seeds[p], TEMPERATURE, FIELD, dt[p],
        )  # fmt: skip
        for found in results:
            assert found.change[p, 0] == pytest.approx(change / n, abs=1e-14)
        assert results[1].martingale[p, 0] == pytest.approx((change - drift) / n, abs=1e-8)
    assert results[0].martingale is None


@pytest.mark.parametrize("events", [0, 1, 7])
def test_a_number_of_flips_follows_the_naive_kernel(events):
    states = random_spins(4, 6, seed=5)
    found, elapsed = system().evolve_events(
        states, np.zeros((4, 0)), events, np.random.default_rng(6)
    )
    rng = np.random.default_rng(6)
    seeds = draw_seeds(rng, 4)
    expected = [
        naive.evolve_events(spins, events, seed, TEMPERATURE, FIELD)
        for spins, seed in zip(states["spins"], seeds, strict=True)
    ]
    assert np.array_equal(found["spins"], [spins for spins, _ in expected])
    made = np.array([attempts for _, attempts in expected])
    assert elapsed == pytest.approx(rng.standard_gamma(made) / 6, abs=1e-14)


@pytest.mark.parametrize("events", [0, 1, 5])
def test_patches_alone_follow_the_naive_kernel_in_the_field_of_the_whole(events):
    states, pairs = random_spins(3, 12, seed=7), np.array([(2, 1), (0, 0), (0, 3), (1, 2)])
    found, elapsed = system().evolve_alone(
        states, pairs, Geometry((3,)), np.zeros((3, 0)), events, np.random.default_rng(8)
    )
    rng = np.random.default_rng(8)
    seeds = draw_seeds(rng, len(pairs))
    expected = [
        naive.evolve_alone(states["spins"][row], 3 * number, 3, events, seed, TEMPERATURE, FIELD)
        for (row, number), seed in zip(pairs, seeds, strict=True)
    ]
    assert np.array_equal(found["spins"], [spins for spins, _ in expected])
    made = np.array([attempts for _, attempts in expected])
    assert elapsed == pytest.approx(rng.standard_gamma(made) / 3, abs=1e-14)


def too_unlikely(found, law):
    """Whether counts of states contradict a law (chi-square test)."""
    counts = np.bincount(found, minlength=len(law))
    expected = law * counts.sum()
    assert expected.min() > 5
    statistic = ((counts - expected) ** 2 / expected).sum()
    return chi2.sf(statistic, len(law) - 1) < FALSE_ALARM


@pytest.mark.parametrize("n", [4, 5, 6])
def test_the_law_after_a_time_is_that_of_the_generator(n):
    """All 2ⁿ states; a wrong temperature, and spins that feel themselves, are found."""
    count, start, time = 400_000, 1, 1.3
    states = {"spins": np.repeat(naive.all_states(n)[start : start + 1], count, axis=0)}
    rng = np.random.default_rng(n)
    evolved = system().evolve(states, np.zeros((count, 0)), time, rng).states
    found = naive.number_of(evolved["spins"])
    assert not too_unlikely(found, naive.law_after(n, TEMPERATURE, FIELD, start, time))
    assert too_unlikely(found, naive.law_after(n, 0.9 * TEMPERATURE, FIELD, start, time))
    assert too_unlikely(found, naive.law_after(n, TEMPERATURE, FIELD + 1 / n, start, time))


def test_the_law_after_a_number_of_flips_and_its_time_are_exact():
    """States by chi-square; mean and variance of the time; the first flip's time by KS.

    A time of events/n (as if every attempt were accepted) is found.
    """
    n, start, flips, count = 5, 3, 3, 200_000
    states = {"spins": np.repeat(naive.all_states(n)[start : start + 1], count, axis=0)}
    c, rng = np.zeros((count, 0)), np.random.default_rng(7)
    after, elapsed = system().evolve_events(states, c, flips, rng)
    law, mean, variance = naive.law_of_flips(n, TEMPERATURE, FIELD, start, flips)
    reached = np.flatnonzero(law)
    code = naive.number_of(after["spins"])
    assert set(code) <= set(reached)
    assert not too_unlikely(np.searchsorted(reached, code), law[reached])
    threshold = norm.isf(FALSE_ALARM / 2)
    assert abs(elapsed.mean() - mean) < threshold * np.sqrt(variance / count)
    spread = np.sqrt(((elapsed - mean) ** 2).var() / count)
    assert abs(((elapsed - mean) ** 2).mean() - variance) < threshold * spread
    assert abs(flips / n - mean) > threshold * np.sqrt(variance / count)
    _, first = system().evolve_events(states, c, 1, rng)
    leaving = -naive.generator(n, TEMPERATURE, FIELD)[start, start]
    assert kstest(first, "expon", args=(0, 1 / leaving)).pvalue > FALSE_ALARM
    assert kstest(first, "expon", args=(0, 1 / (1.05 * leaving))).pvalue < FALSE_ALARM


def test_spins_that_cannot_flip_are_named_instead_of_tried_for_ever():
    cold = system(temperature=1e-3, field=0.5)
    states = {"spins": np.ones((2, 8), np.int8)}
    states["spins"][0, :4] = -1
    with pytest.raises(ValueError, match="snapshot 0 came to rest before 9 flips"):
        cold.evolve_events(states, np.zeros((2, 0)), 9, np.random.default_rng(8))


def test_shuffling_is_uniform_over_permutations():
    """All 24 orders of four labels equally often (chi-square); a rotation alone is found."""
    from macropatch_ising.curie_weiss_kernels import shuffle

    count = 100_000
    labels = np.tile(np.arange(4, dtype=np.int8), (count, 1))
    shuffle(labels, draw_seeds(np.random.default_rng(9), count))
    _, number = np.unique(labels, axis=0, return_inverse=True)
    assert not too_unlikely(number.reshape(-1), np.full(24, 1 / 24))
    turned = (np.arange(4) + np.random.default_rng(9).integers(0, 4, (count, 1))) % 4
    _, number = np.unique(turned, axis=0, return_inverse=True)
    assert too_unlikely(number.reshape(-1), np.full(24, 1 / 24))
