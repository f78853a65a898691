"""Vacancy kinetics, jump by jump against a naive one, and against enumerated laws."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import naive_vacancies
import numpy as np
import pytest
from ase.units import kB
from pair_alloy import BARE, CONSTANT, count_bonds, pair_model
from scipy import stats

from macropatch.lattice import draw_seeds
from macropatch_alloy.barriers.network import nbmota_network
from macropatch_alloy.kinetics import VacancyKinetics
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.random_alloys import equal_counts, random_alloys

BONDS = ((0.125, 0.03125, -0.0625), (0.03125, -0.125, 0.0625), (-0.0625, 0.0625, -0.03125))
HOT = 2000.0
FALSE_ALARM = 1e-4
"""Of each statistical test; seeds are fixed."""


def alloys(lattice, vacancies, snapshots, seed=0, species=2):
    rng = np.random.default_rng(seed)
    return random_alloys(lattice, equal_counts(lattice, species, vacancies), snapshots, rng)


def clustered(lattice, occupation, vacancies):
    """The same with the first vacancies of each snapshot side by side."""
    near = lattice.site(lattice.coordinates(np.array([0])) + [[0, 0, 0], [2, 0, 0], [2, 2, 0]])
    for row, sites in zip(occupation, vacancies, strict=True):
        for vacancy, site in enumerate(near[: len(sites)]):
            if site not in sites:
                row[sites[vacancy]], row[site] = row[site], 0
                sites[vacancy] = site
    return occupation, vacancies


def pairs_kinetics(structure="bcc", cells=(6, 7, 9), **settings):
    lattice = CubicLattice(structure, CONSTANT, cells)
    return VacancyKinetics(lattice, pair_model(structure, BONDS), **settings)


def network_kinetics(cells=(8, 9, 10), **settings):
    return VacancyKinetics(CubicLattice("bcc", 3.24, cells), nbmota_network(), **settings)


def both(kinetics, vacancies, jumps, temperature=HOT, snapshots=2):
    """Kernel and naive kinetics of the same snapshots and random numbers."""
    lattice = kinetics.lattice
    species = len(kinetics.model.species) - 1
    start = clustered(lattice, *alloys(lattice, vacancies, snapshots, species=species))
    occupation, sites = (array.copy() for array in start)
    done = kinetics.evolve(occupation, sites, temperature, np.random.default_rng(5), jumps=jumps)
    seeds = draw_seeds(np.random.default_rng(5), snapshots)
    naive, naive_sites = (array.copy() for array in start)
    for row in range(snapshots):
        elapsed, made = naive_vacancies.evolve(
            kinetics, naive[row], naive_sites[row], temperature, seeds[row], jumps=jumps
        )
        same = np.isclose(done.elapsed[row], elapsed, rtol=1e-9)
        species_of_jumps = np.bincount([atom for _, atom in made], minlength=species + 1)
        if not same or not np.array_equal(sites[row], naive_sites[row]):
            return False, done, start[0], occupation
        np.testing.assert_array_equal(done.by_species[row], species_of_jumps)
        np.testing.assert_array_equal(occupation[row], naive[row])
    return True, done, start[0], occupation


@pytest.mark.parametrize(
    ("structure", "cells", "vacancies", "jumps"),
    [("bcc", (6, 7, 9), 12, 800), ("bcc", (2, 2, 2), 3, 400), ("fcc", (5, 2, 4), 6, 400),
     ("sc", (6, 9, 7), 6, 400), ("bcc", (3, 3, 3), 1, 200)],
)  # fmt: skip
def test_jumps_are_those_of_the_naive_kinetics(structure, cells, vacancies, jumps):
    kinetics = pairs_kinetics(structure, cells)
    same, done, before, after = both(kinetics, vacancies, jumps)
    assert same
    changes = [
        count_bonds(kinetics.lattice, new, 3) - count_bonds(kinetics.lattice, old, 3)
        for old, new in zip(before, after, strict=True)
    ]
    np.testing.assert_array_equal(done.ledger.sum(axis=1), changes)


@pytest.mark.parametrize("cache_places", [0, 16, 2**15])
def test_jumps_by_the_network_are_those_of_the_naive_kinetics(cache_places):
    kinetics = network_kinetics((6, 9, 10), cache_places=cache_places)
    same, *_ = both(kinetics, vacancies=8, jumps=250, temperature=1500.0, snapshots=1)
    assert same


class Forgetful(VacancyKinetics):
    """Kinetics whose tables of the supercell are altered."""

    @property
    def supercell(self):
        tables = VacancyKinetics.supercell.func(self)
        return tables._replace(**self.altered(tables))


class NoRecomputation(Forgetful):
    def altered(self, tables):
        return {"radius_squared": 0}


class NarrowBins(Forgetful):
    def altered(self, tables):
        bins = [np.arange(edge) for edge in tables.edges]
        return {"bin_x": bins[0], "bin_y": bins[1], "bin_z": bins[2], "bins": tables.edges}


class KeyOfFewSites(Forgetful):
    def altered(self, tables):
        return {"surroundings": tables.surroundings[: len(tables.neighbours)]}


class KeyBlindToVacancies(Forgetful):
    def altered(self, tables):
        words = tables.zobrist.copy()
        words[:, 0] = words[:, 1]
        return {"zobrist": words}


class WrongCredit(Forgetful):
    def altered(self, tables):
        return {"pair_of": np.minimum(tables.pair_of, tables.pair_of.max() - 1)}


@pytest.mark.parametrize(
    "mutant", [NoRecomputation, NarrowBins, KeyOfFewSites, KeyBlindToVacancies]
)
def test_forgotten_vacancies_show(mutant):
    healthy = pairs_kinetics()
    sick = mutant(healthy.lattice, healthy.model)
    assert not both(sick, vacancies=12, jumps=800)[0]


def test_forgotten_bonds_show():
    healthy = pairs_kinetics()
    sick = WrongCredit(healthy.lattice, healthy.model)
    same, done, before, after = both(sick, vacancies=12, jumps=200)
    change = count_bonds(sick.lattice, after[0], 3) - count_bonds(sick.lattice, before[0], 3)
    assert same
    assert not np.array_equal(done.ledger[0].sum(axis=0), change)


def boltzmann(lattice, counts, temperature):
    """Energies (eV) of all states, as levels, and the probability of each level."""
    first, second, others = (len(counts) and counts[0], counts[2], counts[1])
    energies = []
    table = np.array(BONDS)[np.triu_indices(3)]
    for empty in combinations(range(lattice.sites), first):
        rest = [site for site in range(lattice.sites) if site not in empty]
        for b in combinations(rest, second):
            occupation = np.ones(lattice.sites, np.int8)
            occupation[list(empty)], occupation[list(b)] = 0, 2
            energies.append(occupation)
    assert others == lattice.sites - first - second
    states = np.array(energies)
    levels, which = np.unique(
        np.round(pair_energies(lattice, states, table), 9), return_inverse=True
    )
    weights = np.bincount(which) * np.exp(-levels / (kB * temperature))
    return levels, weights / weights.sum()


def pair_energies(lattice, states, table):
    from macropatch_alloy.order import pair_counts

    return pair_counts(lattice, states, 3) @ table


def level_test(kinetics, counts, temperature, snapshots, duration):
    """Chance of so uneven a share of the levels, if their law were Boltzmann's."""
    lattice, rng = kinetics.lattice, np.random.default_rng(1)
    levels, expected = boltzmann(lattice, counts, temperature)
    occupation, vacancies = random_alloys(lattice, counts, snapshots, rng)
    kinetics.evolve(occupation, vacancies, temperature, rng, duration=duration)
    found = pair_energies(lattice, occupation, np.array(BONDS)[np.triu_indices(3)])
    which = np.searchsorted(levels, np.round(found, 9))
    seen = np.bincount(which, minlength=len(levels))
    rare = expected * snapshots < 10
    seen = np.append(seen[~rare], seen[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    keep = expected > 0
    return stats.chisquare(seen[keep], expected[keep] * snapshots).pvalue


@pytest.mark.parametrize("counts", [(1, 12, 3), (2, 12, 2)])
def test_the_stationary_law_is_boltzmanns(counts):
    kinetics = pairs_kinetics(cells=(2, 2, 2))
    duration = 300.0 / (kinetics.frequency * np.exp(-BARE / (kB * 1200.0)))
    assert level_test(kinetics, counts, 1200.0, 4000, duration) > FALSE_ALARM


def test_a_wrong_sign_shows():
    lattice = CubicLattice("bcc", CONSTANT, (2, 2, 2))
    sick = VacancyKinetics(lattice, pair_model("bcc", BONDS, sign=-1))
    duration = 300.0 / (sick.frequency * np.exp(-BARE / (kB * 1200.0)))
    assert level_test(sick, (2, 12, 2), 1200.0, 4000, duration) < FALSE_ALARM / 100


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
