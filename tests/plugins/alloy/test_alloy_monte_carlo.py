"""Monte Carlo of alloys against the exact law of a small crystal, and mutants that fail."""

from __future__ import annotations

from itertools import combinations, product
from types import FunctionType

import numpy as np
import pytest
from alloy_cases import random_tensors
from ase.units import kB
from numba import njit
from scipy.stats import chisquare

from macropatch.lattice import draw_seeds
from macropatch_alloy import monte_carlo
from macropatch_alloy.expansion.orbits import find_orbits
from macropatch_alloy.kernels import monte_carlo as kernels
from macropatch_alloy.kernels.addresses import read_surroundings
from macropatch_alloy.kernels.local_energy import change_of_species
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.local_energy import LocalEnergy, local_tables
from macropatch_alloy.monte_carlo import semi_grand_monte_carlo, swap_monte_carlo
from macropatch_alloy.order import pair_counts

FALSE_ALARM = 1e-3
"""Of each comparison with an exact law."""

TEMPERATURE, SNAPSHOTS, TRIALS, BINS = 1500.0, 4000, 400, 12
LATTICE = CubicLattice("bcc", 3.24, (2, 2, 2))


@pytest.fixture(scope="module")
def local() -> LocalEnergy:
    orbits = find_orbits("bcc", 3.24, {2: 3.3, 3: 3.3})
    tensors = random_tensors(orbits, 4, np.random.default_rng(5), scale=0.02)
    return LocalEnergy(local_tables(orbits, tensors), LATTICE)


@pytest.fixture(scope="module")
def canonical() -> np.ndarray:
    """All states of a vacancy, two atoms of one species, thirteen of another."""
    states = []
    for vacancy in range(16):
        others = [site for site in range(16) if site != vacancy]
        for pair in combinations(others, 2):
            state = np.full(16, 3, np.int8)
            state[vacancy], state[list(pair)] = 0, 2
            states.append(state)
    return np.array(states)


def agreement(local: LocalEnergy, states: np.ndarray, sampled: np.ndarray, extra=0.0) -> float:
    """Probability of so large a deviation of the sampled energies from Boltzmann's law."""
    energies = local.total(states)
    weights = np.exp(-(energies + extra - (energies + extra).min()) / (kB * TEMPERATURE))
    order = np.argsort(energies)
    share = np.cumsum(weights[order]) / weights.sum()
    cuts = np.searchsorted(share, np.arange(1, BINS) / BINS)
    edges = np.unique(np.round(energies[order][cuts], 9)) + 1e-7
    bins = np.searchsorted(edges, energies)
    expected = np.bincount(bins, weights, len(edges) + 1) / weights.sum() * len(sampled)
    found = np.bincount(np.searchsorted(edges, local.total(sampled)), minlength=len(edges) + 1)
    keep = expected > 0
    return float(chisquare(found[keep], expected[keep]).pvalue)


def swapped(local: LocalEnergy, states: np.ndarray, trials=TRIALS, **options) -> np.ndarray:
    rng = np.random.default_rng(6)
    start = states[rng.integers(len(states), size=SNAPSHOTS)]
    temperatures = np.full(SNAPSHOTS, TEMPERATURE)
    run = swap_monte_carlo(
        local, start, temperatures, trials, draw_seeds(rng, SNAPSHOTS), **options
    )
    np.testing.assert_allclose(run.energies[:, -1], local.total(run.occupations), atol=1e-9)
    np.testing.assert_array_equal(np.sort(run.occupations), np.sort(start))
    return run.occupations


@pytest.mark.parametrize("neighbours_only", [False, True])
def test_exchanges_sample_boltzmanns_law(local, canonical, neighbours_only):
    trials = 8 * TRIALS if neighbours_only else TRIALS  # most pairs of neighbours are alike
    sampled = swapped(local, canonical, trials=trials, neighbours_only=neighbours_only)
    assert agreement(local, canonical, sampled) > FALSE_ALARM


def test_wrong_sign_is_noticed(local, canonical):
    wrong = local.tables._replace(table=-local.tables.table, share=-local.tables.share)
    sampled = swapped(LocalEnergy(wrong, LATTICE), canonical)
    assert agreement(local, canonical, sampled) < FALSE_ALARM


def test_a_forgotten_bond_between_the_two_sites_is_noticed(local, canonical, monkeypatch):
    def forgetful(tables, addresses, occupation, sites, places, around):
        """Both sites as if the other had stayed as it was."""
        one, two = np.uint64(occupation[sites[0]]), np.uint64(occupation[sites[1]])
        read_surroundings(occupation, addresses, tables.shifted, places[0], around)
        change = change_of_species(tables, around, one, two)
        read_surroundings(occupation, addresses, tables.shifted, places[1], around)
        change += change_of_species(tables, around, two, one)
        occupation[sites[0]], occupation[sites[1]] = two, one
        return change

    original = kernels.exchange_atoms.py_func
    names = {**original.__globals__, "change_of_exchange": njit(forgetful)}
    mutant = njit(FunctionType(original.__code__, names))

    monkeypatch.setattr(monte_carlo, "exchange_atoms", mutant)
    with pytest.raises(AssertionError):  # its energies do not add up
        swapped(local, canonical)
    rng = np.random.default_rng(6)
    start = canonical[rng.integers(len(canonical), size=SNAPSHOTS)]
    run = swap_monte_carlo(
        local, start, np.full(SNAPSHOTS, TEMPERATURE), TRIALS, draw_seeds(rng, SNAPSHOTS)
    )
    assert agreement(local, canonical, run.occupations) < FALSE_ALARM


def test_fixed_vacancies_stay(local, canonical):
    start = canonical[:50]
    run = swap_monte_carlo(
        local, start, np.full(50, 5000.0), 100, draw_seeds(np.random.default_rng(7), 50), fixed=(0,)
    )
    np.testing.assert_array_equal(run.occupations == 0, start == 0)
    assert (run.occupations != start).any()


@pytest.mark.parametrize("mutant", [False, True])
def test_semi_grand_law(mutant):
    lattice = CubicLattice("bcc", 3.24, (2, 2, 1))
    orbits = find_orbits("bcc", 3.24, {2: 2.9})
    tensors = random_tensors(orbits, 4, np.random.default_rng(8), scale=0.06)
    local = LocalEnergy(local_tables(orbits, tensors), lattice)
    states = np.array(list(product((1, 2, 3), repeat=lattice.sites)), np.int8)
    potentials = np.array([0.0, 0.05, -0.03, 0.1])
    extra = -potentials[states].sum(axis=1)
    rng = np.random.default_rng(9)
    start = states[rng.integers(len(states), size=SNAPSHOTS)]
    run = semi_grand_monte_carlo(
        local, start, np.full(SNAPSHOTS, TEMPERATURE),
        np.tile(-potentials if mutant else potentials, (SNAPSHOTS, 1)), TRIALS,
        draw_seeds(rng, SNAPSHOTS), species=(1, 2, 3),
    )  # fmt: skip
    np.testing.assert_allclose(run.energies[:, -1], local.total(run.occupations), atol=1e-9)
    assert (agreement(local, states, run.occupations, extra) > FALSE_ALARM) is not mutant


def test_pairs_and_records(local, canonical):
    rng = np.random.default_rng(10)
    run = swap_monte_carlo(
        local, canonical[:3], np.array([300.0, 900.0, 9000.0]), 50, draw_seeds(rng, 3), records=4
    )
    assert run.energies.shape == (3, 4) and run.pairs.shape == (3, 4, 10)
    np.testing.assert_array_equal(run.pairs[:, -1], pair_counts(LATTICE, run.occupations, 4))
    assert (run.pairs.sum(axis=-1) == 8 * 16 // 2).all()
    assert run.acceptance[0] < run.acceptance[2] <= 1.0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"occupations": np.ones((2, 15), np.int8)}, r"\(2, 15\), not \(count, 16\)"),
        ({"occupations": np.full((2, 16), 4, np.int8)}, "codes 4 to 4.*knows 0 to 3"),
        ({"occupations": np.ones((2, 16), np.int8)}, r"occupations\[0\]: only codes \[1\]"),
        ({"temperatures": np.array([300.0, 0.0])}, "temperatures: 0.0 K"),
        ({"seeds": np.zeros(3, np.uint64)}, "seeds have the shape"),
        ({"trials": 0}, "trials = 0"),
    ],
)
def test_what_cannot_be_run_is_refused(local, canonical, changed, message):
    given = {
        "occupations": canonical[:2], "temperatures": np.full(2, 300.0), "trials": 10,
        "seeds": np.zeros(2, np.uint64),
    } | changed  # fmt: skip
    with pytest.raises(ValueError, match=message):
        swap_monte_carlo(local, **given)


def test_two_species_are_needed_for_a_reservoir(local, canonical):
    given = (canonical[:1], np.array([300.0]), np.zeros((1, 4)), 5, np.zeros(1, np.uint64))
    with pytest.raises(ValueError, match=r"species: \[1\] are not two"):
        semi_grand_monte_carlo(local, *given, species=[1])
    with pytest.raises(ValueError, match="potentials have the shape"):
        semi_grand_monte_carlo(local, *given[:2], np.zeros((1, 3)), *given[3:], species=[1, 2])


def test_vacancies_are_refused_where_the_expansion_knows_none(local, canonical):
    without = LocalEnergy(local.tables, LATTICE, vacancies=False)
    given = (canonical[:1], np.array([300.0]))
    with pytest.raises(ValueError, match="codes 0 to 3, but the expansion knows 1 to 3"):
        swap_monte_carlo(without, *given, 5, np.zeros(1, np.uint64))
