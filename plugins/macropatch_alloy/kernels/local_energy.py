"""Energies that one site has a part in, and how they change with its species."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer
from macropatch_alloy.kernels.addresses import (
    Addresses,
    place_of,
    read_surroundings,
    site_beside,
)
from macropatch_alloy.kernels.sites import Cells


class LocalTables(NamedTuple):
    """A cluster expansion as one site sees it, flat; ``q`` is the number of codes.

    The clusters of a site are gathered into terms of three other sites each
    (:mod:`macropatch_alloy.grouping`). A row of the table is the start of a term's part plus the
    codes of its sites, read as digits to base ``q``; a column is the species of the site itself.

    Attributes
    ----------
    reach : largest coordinate of an offset, half lattice constants, and at least 2: no step to a
        first neighbour is longer
    shifted : ``(neighbours, 3)``, offsets of the sites around plus ``reach``
    point : ``(q,)``, eV
    members : ``(terms, 3)``, numbers of neighbours
    start : ``(terms,)``
    table : ``(rows, q)``, energy of all clusters in the term, eV
    share : ``(rows, q)``, the same with each cluster's energy divided by its number of sites
    """

    reach: int
    shifted: np.ndarray
    point: np.ndarray
    members: np.ndarray
    start: np.ndarray
    table: np.ndarray
    share: np.ndarray


@njit(nogil=True, cache=True, inline="always")
def row_of(tables: LocalTables, around: np.ndarray, term: int) -> np.uint64:
    """The row of a term's part of the table."""
    codes, members = np.uint64(len(tables.point)), tables.members
    digits = (around[members[term, 0]] * codes + around[members[term, 1]]) * codes
    row: np.uint64 = tables.start[term] + digits + around[members[term, 2]]
    return row


@njit(nogil=True, cache=True)
def change_of_species(
    tables: LocalTables, around: np.ndarray, before: np.uint64, after: np.uint64
) -> float:
    """Energy change (eV) of a site that turns from one code to another; ``around`` as read."""
    change: float = tables.point[after] - tables.point[before]
    for term in range(len(tables.members)):
        row = row_of(tables, around, term)
        change += tables.table[row, after] - tables.table[row, before]
    return change


@njit(nogil=True, cache=True)
def energy_of_site(tables: LocalTables, around: np.ndarray, code: np.uint64) -> tuple[float, float]:
    """Energy (eV) of all clusters with a site in them, and the site's share of it.

    The share gives each cluster's energy to its members in equal parts: shares of all sites sum to
    the energy of the whole.
    """
    energy, share = tables.point[code], tables.point[code]
    for term in range(len(tables.members)):
        row = row_of(tables, around, term)
        energy += tables.table[row, code]
        share += tables.share[row, code]
    return energy, share


@njit(nogil=True, cache=True)
def total_energies(
    tables: LocalTables,
    addresses: Addresses,
    coordinates: np.ndarray,
    occupations: np.ndarray,
) -> np.ndarray:
    """``(count,)`` energies (eV) of whole supercells, without the expansion's constant."""
    around = np.zeros(len(tables.shifted), np.uint64)
    energies = np.zeros(len(occupations))
    for snapshot in range(len(occupations)):
        occupation = occupations[snapshot]
        for site in range(len(occupation)):
            read_surroundings(occupation, addresses, tables.shifted, coordinates[site], around)
            energies[snapshot] += energy_of_site(tables, around, np.uint64(occupation[site]))[1]
    return energies


@njit(nogil=True, cache=True)
def change_of_exchange(
    tables: LocalTables,
    addresses: Addresses,
    occupation: np.ndarray,
    sites: np.ndarray,
    coordinates: np.ndarray,
    around: np.ndarray,
) -> float:
    """Energy change (eV) of exchanging the species of two sites, which it leaves exchanged.

    The second site is evaluated with the first already changed: clusters that hold both, be they
    neighbours or images in a small supercell, count once. ``coordinates`` ``(2, 3)``; ``around`` is
    scratch of one entry a neighbour.
    """
    one, two = np.uint64(occupation[sites[0]]), np.uint64(occupation[sites[1]])
    read_surroundings(occupation, addresses, tables.shifted, coordinates[0], around)
    change = change_of_species(tables, around, one, two)
    occupation[sites[0]] = two
    read_surroundings(occupation, addresses, tables.shifted, coordinates[1], around)
    change += change_of_species(tables, around, two, one)
    occupation[sites[1]] = one
    return change


@njit(nogil=True, cache=True)
def changes_of_jumps(
    tables: LocalTables,
    addresses: Addresses,
    cells: Cells,
    basis: Integer,
    steps: np.ndarray,
    occupations: np.ndarray,
    vacancies: np.ndarray,
) -> np.ndarray:
    """``(count, directions)`` energy changes (eV) of one vacancy's jumps in each supercell.

    ``steps`` ``(directions, 3)`` plus the tables' reach; occupations are left as they were.
    """
    changes = np.empty((len(vacancies), len(steps)))
    around = np.zeros(len(tables.shifted), np.uint64)
    sites, places = np.zeros(2, np.int64), np.zeros((2, 3), np.int64)
    for snapshot in range(len(vacancies)):
        occupation, sites[0] = occupations[snapshot], vacancies[snapshot]
        place_of(sites[0], cells, basis, places[0])
        for direction in range(len(steps)):
            sites[1] = site_beside(addresses, places[0], steps[direction])
            place_of(sites[1], cells, basis, places[1])
            change = change_of_exchange(tables, addresses, occupation, sites, places, around)
            changes[snapshot, direction] = change
            moved = occupation[sites[0]]
            occupation[sites[0]], occupation[sites[1]] = occupation[sites[1]], moved
    return changes
