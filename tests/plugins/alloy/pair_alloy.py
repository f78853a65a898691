"""A reversible alloy of first-neighbour bonds, whose states can be enumerated."""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch_alloy.barriers.model import BarrierModel
from macropatch_alloy.barriers.network import nbmota_network
from macropatch_alloy.compositions import equal_counts, random_alloys
from macropatch_alloy.kernels.sites import basis_size, site_of, wrapped
from macropatch_alloy.kinetics import VacancyKinetics
from macropatch_alloy.lattices import CubicLattice, first_neighbours
from macropatch_alloy.supercells import pair_table

CONSTANT = 3.0
BARE = 1.0
"""Barrier (eV) of a jump that changes no energy."""


BONDS = ((0.125, 0.03125, -0.0625), (0.03125, -0.125, 0.0625), (-0.0625, 0.0625, -0.03125))
"""Energies (eV) of bonds of a vacancy and two species, multiples of 1/32: sums are exact."""

HOT = 2000.0
"""A temperature (K) at which everything happens."""


@njit(nogil=True)
def bonds_of(occupation, cells, at, left_out, species, energies, neighbours):
    """Energy of the bonds of a site that holds ``species``, but for that with ``left_out``."""
    basis, energy = basis_size(len(occupation), cells), 0.0
    for k in range(len(neighbours)):
        site = site_of(
            wrapped(at[0] + neighbours[k, 0], 2 * cells[0]),
            wrapped(at[1] + neighbours[k, 1], 2 * cells[1]),
            wrapped(at[2] + neighbours[k, 2], 2 * cells[2]),
            cells,
            basis,
        )
        if site != left_out:
            energy += energies[species, occupation[site]]
    return energy


@njit(nogil=True)
def pair_barriers(occupation, cells, x, y, z, tables, out):
    """``E_b = BARE + sign · ΔE / 2``."""
    neighbours, sign, energies = tables[0], tables[1][0, 0], tables[2]
    basis = basis_size(len(occupation), cells)
    start = (x, y, z)
    here = site_of(x, y, z, cells, basis)
    for k in range(len(neighbours)):
        end = (
            wrapped(x + neighbours[k, 0], 2 * cells[0]),
            wrapped(y + neighbours[k, 1], 2 * cells[1]),
            wrapped(z + neighbours[k, 2], 2 * cells[2]),
        )
        there = site_of(end[0], end[1], end[2], cells, basis)
        atom = occupation[there]
        change = (
            bonds_of(occupation, cells, start, there, atom, energies, neighbours)
            - bonds_of(occupation, cells, start, there, 0, energies, neighbours)
            + bonds_of(occupation, cells, end, here, 0, energies, neighbours)
            - bonds_of(occupation, cells, end, here, atom, energies, neighbours)
        )
        out[k] = BARE + 0.5 * sign * change


def pair_model(structure="bcc", energies=((0, 0), (0, 0)), sign=1):
    """The model for codes 0 (vacancy), 1 and so on; ``energies`` (eV) of a bond by codes."""
    neighbours = first_neighbours(structure)
    reach = np.sqrt((neighbours[0] ** 2).sum()) * CONSTANT
    table = np.array(energies, np.float32)
    # Arrays of the types of the network's tables: the kernels are then compiled once for both.
    tables = (
        neighbours,
        np.array([[sign]]),
        table,
        np.zeros((1, 1, 1), np.float32),
        np.zeros((1, 1), np.float32),
    )
    species = ("X", "A", "B", "C")[: len(table)]
    return BarrierModel("pairs", structure, CONSTANT, reach, species, pair_barriers, tables)


def count_bonds(lattice, occupation, codes):
    """``(pairs,)``, bond by bond."""
    sites = lattice.coordinates(np.arange(lattice.sites))
    counts = np.zeros((codes, codes), np.int64)
    for offset in first_neighbours(lattice.structure):
        np.add.at(counts, (occupation, occupation[lattice.site(sites + offset)]), 1)
    table = pair_table(codes)
    found = np.zeros(table.max() + 1, np.int64)
    np.add.at(found, table, counts)
    return found // 2


def alloys(lattice, vacancies, snapshots, seed=0, species=2):
    rng = np.random.default_rng(seed)
    return random_alloys(lattice, equal_counts(lattice, species, vacancies), snapshots, rng)


def clustered(lattice, occupation, vacancies):
    """The same with the first vacancies of each snapshot side by side."""
    near = lattice.site(np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0]]))
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
