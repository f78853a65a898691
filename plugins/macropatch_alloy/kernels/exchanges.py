"""Kernel: the exchange of a vacancy with a neighbour, and the bonds that it changes."""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer
from macropatch_alloy.kernels.sites import coordinates_of
from macropatch_alloy.kernels.supercell import Supercell, site_near


@njit(nogil=True, cache=True)
def credit_exchange(
    occupation: np.ndarray,
    cell: Supercell,
    x: Integer,
    y: Integer,
    z: Integer,
    u: Integer,
    v: Integer,
    w: Integer,
    ledger: np.ndarray,
) -> None:
    """Add the changes of all pair counts that the coming exchange makes to ``ledger`` ``(pairs,)``.

    The vacancy is at ``(x, y, z)``, the atom that it changes places with at ``(u, v, w)``; the bond
    between them stays what it is.
    """
    here, there = site_near(cell, x, y, z), site_near(cell, u, v, w)
    atom = occupation[there]
    with_vacancy, with_atom = cell.pair_of[0], cell.pair_of[atom]
    for direction in range(len(cell.neighbours)):
        along_x, along_y = cell.neighbours[direction, 0], cell.neighbours[direction, 1]
        along_z = cell.neighbours[direction, 2]
        site = site_near(cell, x + along_x, y + along_y, z + along_z)
        if site != there:
            ledger[with_vacancy[occupation[site]]] -= 1
            ledger[with_atom[occupation[site]]] += 1
        site = site_near(cell, u + along_x, v + along_y, w + along_z)
        if site != here:
            ledger[with_atom[occupation[site]]] -= 1
            ledger[with_vacancy[occupation[site]]] += 1


@njit(nogil=True, cache=True)
def count_pairs(
    occupation: np.ndarray, cell: Supercell, bonds: np.ndarray, counts: np.ndarray
) -> None:
    """Number of first-neighbour pairs of every kind.

    Parameters
    ----------
    occupation : ``(count, sites)``
    bonds : ``(directions / 2, 3)``, one of each two opposite directions
    counts : ``(count, pairs)``, zero, gets the numbers
    """
    for snapshot in range(len(occupation)):
        row, found = occupation[snapshot], counts[snapshot]
        for site in range(len(row)):
            x, y, z = coordinates_of(site, cell.cells, cell.basis)
            for bond in range(len(bonds)):
                other = site_near(cell, x + bonds[bond, 0], y + bonds[bond, 1], z + bonds[bond, 2])
                found[cell.pair_of[row[site], row[other]]] += 1


@njit(nogil=True, cache=True)
def undo_exchanges(occupation: np.ndarray, exchanges: np.ndarray, count: Integer) -> None:
    """Take back ``count`` exchanges ``(at least count, 2)`` of two sites, the last one first."""
    for index in range(count - 1, -1, -1):
        here, there = exchanges[index, 0], exchanges[index, 1]
        occupation[here], occupation[there] = occupation[there], occupation[here]


@njit(nogil=True, cache=True)
def longer(exchanges: np.ndarray) -> np.ndarray:
    """A copy with twice the room."""
    copy = np.empty((2 * len(exchanges), 2), np.int64)
    for index in range(len(exchanges)):
        copy[index, 0], copy[index, 1] = exchanges[index, 0], exchanges[index, 1]
    return copy
