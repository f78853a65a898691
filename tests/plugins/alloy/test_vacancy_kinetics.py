"""Vacancy kinetics, jump by jump against a naive one, and mutants that differ from it."""

from __future__ import annotations

import naive_vacancies
import numpy as np
import pytest
from pair_alloy import HOT, alloys, clustered, count_bonds, network_kinetics, pairs_kinetics

from macropatch.lattice import draw_seeds
from macropatch_alloy.kinetics import VacancyKinetics


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
