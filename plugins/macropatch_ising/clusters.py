"""Swendsen–Wang cluster sweeps of two-dimensional Ising lattices."""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice import next64, seed_state, uniform


@njit(nogil=True, cache=True, inline="always")
def root_of(parent: np.ndarray, site: int) -> int:
    """The representative of a site's cluster; halves the path to it."""
    while parent[site] != site:
        parent[site] = parent[parent[site]]
        site = parent[site]
    return site


@njit(nogil=True, cache=True)
def bind(
    lattice: np.ndarray,
    coupling: float,
    threshold: np.uint64,
    parent: np.ndarray,
    state: np.ndarray,
) -> None:
    """Join neighbours with satisfied bonds, with probability ``threshold``/2⁶⁴ each."""
    rows, columns = lattice.shape
    sign = 1 if coupling > 0 else -1
    for row in range(rows):
        below = row + 1 if row < rows - 1 else 0
        for column in range(columns):
            right = column + 1 if column < columns - 1 else 0
            site = row * columns + column
            spin = lattice[row, column]
            if spin * lattice[row, right] == sign and next64(state) < threshold:
                parent[root_of(parent, site)] = root_of(parent, row * columns + right)
            if spin * lattice[below, column] == sign and next64(state) < threshold:
                parent[root_of(parent, site)] = root_of(parent, below * columns + column)


@njit(nogil=True, cache=True)
def swendsen_wang(
    spins: np.ndarray, coupling: np.ndarray, field: np.ndarray, sweeps: int, seeds: np.ndarray
) -> None:
    """Make ``sweeps`` cluster sweeps of each snapshot, in place.

    Parameters
    ----------
    spins : ``(count, rows, columns)`` of ±1
    coupling, field : ``(count,)``, ``J/T`` and ``h/T``
    seeds : ``(count,)``
    """
    count, rows, columns = spins.shape
    n = rows * columns
    parent = np.empty(n, np.int64)
    moment = np.empty(n, np.int64)
    flip = np.empty(n, np.bool_)
    for snapshot in range(count):
        state = seed_state(seeds[snapshot])
        lattice = spins[snapshot]
        bond = 1.0 - np.exp(-2.0 * abs(coupling[snapshot]))
        threshold = np.uint64(min(bond * 18446744073709551616.0, 18446744073709549568.0))
        for _ in range(sweeps):
            for site in range(n):
                parent[site] = site
                moment[site] = 0
            bind(lattice, coupling[snapshot], threshold, parent, state)
            for site in range(n):
                moment[root_of(parent, site)] += lattice[site // columns, site % columns]
            for site in range(n):
                if parent[site] == site:
                    turn = 1.0 / (1.0 + np.exp(2.0 * field[snapshot] * moment[site]))
                    flip[site] = uniform(state) < turn
            for site in range(n):
                if flip[root_of(parent, site)]:
                    lattice[site // columns, site % columns] *= -1
