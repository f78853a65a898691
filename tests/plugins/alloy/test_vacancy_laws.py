"""Laws of vacancy kinetics: residence times, first jumps, and enumerated stationary laws."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from ase.units import kB
from pair_alloy import (
    BARE,
    BONDS,
    CONSTANT,
    HOT,
    alloys,
    network_kinetics,
    pair_model,
    pairs_kinetics,
)
from scipy import stats

from macropatch_alloy.compositions import equal_counts, random_alloys
from macropatch_alloy.kinetics import VacancyKinetics
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.order import pair_counts

FALSE_ALARM = 1e-4
"""Of each statistical test; seeds are fixed."""


def boltzmann(lattice, counts, temperature):
    """Energy levels (eV) of all states, and the probability of each."""
    states = []
    for empty in combinations(range(lattice.sites), counts[0]):
        filled = [site for site in range(lattice.sites) if site not in empty]
        for minority in combinations(filled, counts[2]):
            occupation = np.ones(lattice.sites, np.int8)
            occupation[list(empty)], occupation[list(minority)] = 0, 2
            states.append(occupation)
    energies = energies_of(lattice, np.array(states))
    levels, degeneracy = np.unique(energies, return_counts=True)
    weights = degeneracy * np.exp(-levels / (kB * temperature))
    return levels, weights / weights.sum()


def energies_of(lattice, states):
    """Energies (eV), exact: bonds are multiples of 1/32 eV."""
    return pair_counts(lattice, states, 3) @ np.array(BONDS)[np.triu_indices(3)]


def level_test(kinetics, counts, temperature, snapshots, duration):
    """Chance of so uneven a share of the levels, if their law were Boltzmann's."""
    lattice, rng = kinetics.lattice, np.random.default_rng(1)
    levels, expected = boltzmann(lattice, counts, temperature)
    occupation, vacancies = random_alloys(lattice, counts, snapshots, rng)
    kinetics.evolve(occupation, vacancies, temperature, rng, duration=duration)
    which = np.searchsorted(levels, energies_of(lattice, occupation))
    seen = np.bincount(which, minlength=len(levels))
    rare = expected * snapshots < 10
    seen = np.append(seen[~rare], seen[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum()) * snapshots
    return stats.chisquare(seen[expected > 0], expected[expected > 0]).pvalue


@pytest.mark.parametrize("counts", [(1, 13, 2), (2, 13, 1)])
def test_the_stationary_law_is_boltzmanns(counts):
    kinetics = pairs_kinetics(cells=(2, 2, 2))
    duration = 60.0 / (kinetics.frequency * np.exp(-BARE / (kB * 1200.0)))
    assert level_test(kinetics, counts, 1200.0, 3000, duration) > FALSE_ALARM


def test_a_wrong_sign_shows():
    lattice = CubicLattice("bcc", CONSTANT, (2, 2, 2))
    sick = VacancyKinetics(lattice, pair_model("bcc", BONDS, sign=-1))
    duration = 60.0 / (sick.frequency * np.exp(-BARE / (kB * 1200.0)))
    assert level_test(sick, (2, 13, 1), 1200.0, 3000, duration) < FALSE_ALARM / 100


def test_residence_time_and_shares_of_the_first_jump():
    kinetics = pairs_kinetics(cells=(3, 3, 3))
    occupation, vacancies = alloys(kinetics.lattice, 1, 1)
    barriers = kinetics.model.evaluate(kinetics.lattice, occupation[0], vacancies[0])[0]
    rates = kinetics.frequency * np.exp(-barriers / (kB * HOT))
    repeats = 20_000
    many, sites = np.repeat(occupation, repeats, 0), np.repeat(vacancies, repeats, 0)
    done = kinetics.evolve(many, sites, HOT, np.random.default_rng(2), jumps=1)
    # The sum of exponential times has a gamma law.
    chance = stats.gamma(repeats, scale=1.0 / rates.sum()).cdf(done.elapsed.sum())
    assert FALSE_ALARM / 2 < chance < 1.0 - FALSE_ALARM / 2
    offsets = kinetics.lattice.coordinates(vacancies[0]) + kinetics.supercell.neighbours
    ends = kinetics.lattice.site(offsets)
    seen = (sites == ends).sum(axis=0)
    assert stats.chisquare(seen, rates / rates.sum() * repeats).pvalue > FALSE_ALARM


def test_restarting_changes_no_law():
    kinetics = VacancyKinetics(CubicLattice("bcc", CONSTANT, (3, 3, 3)), pair_model())
    occupation, vacancies = alloys(kinetics.lattice, 1, 500, species=1)
    rng, parts, mean = np.random.default_rng(3), 10, 40.0
    rate = 8.0 * kinetics.frequency * np.exp(-BARE / (kB * HOT))
    jumps = sum(
        kinetics.evolve(occupation, vacancies, HOT, rng, duration=mean / parts / rate).count.sum()
        for _ in range(parts)
    )
    chance = stats.poisson(mean * 500).cdf(jumps)
    assert FALSE_ALARM / 2 < chance < 1.0 - FALSE_ALARM / 2


def test_the_network_at_2000_kelvin():
    """Time a jump and who jumps, from equilibrium; tolerances are over five standard errors."""
    kinetics = network_kinetics((8, 8, 8))
    rng = np.random.default_rng(8)
    occupation, vacancies = random_alloys(
        kinetics.lattice, equal_counts(kinetics.lattice, 3, 1), 2, rng
    )
    kinetics.evolve(occupation, vacancies, HOT, rng, jumps=15_000)
    done = kinetics.evolve(occupation, vacancies, HOT, rng, jumps=30_000)
    assert abs(done.elapsed.mean() / 30_000 / 1.63e-10 - 1.0) < 0.08
    shares = done.by_species.sum(axis=0)[1:] / 60_000
    np.testing.assert_allclose(shares, [0.593, 0.045, 0.362], atol=0.03)
