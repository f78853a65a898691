"""Kernel: evolve whole lattices for a fixed number of flips."""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice.environments import load, store, upper_neighbours
from macropatch.lattice.random import HALF, LOW, next64, seed_state

ABSORBED = -1
"""In place of the number of attempts: no site can flip any more."""


@njit(nogil=True, cache=True)
def can_flip(upper: np.ndarray, vertical: int, table: np.ndarray) -> bool:
    """Whether any site has a rate above zero."""
    rows, columns = upper.shape
    for row in range(rows):
        for column in range(columns):
            k = upper_neighbours(upper, row, column, vertical)
            if table[upper[row, column], k] > 0:
                return True
    return False


@njit(nogil=True, cache=True)
def evolve_flips(
    sites: np.ndarray,
    evolved: np.ndarray,
    levels: tuple[int, int],
    vertical: int,
    thresholds: np.ndarray,
    table_of: np.ndarray,
    flips: int,
    seeds: np.ndarray,
) -> np.ndarray:
    """Evolve each snapshot until ``flips`` attempts were accepted.

    Arguments are those of :func:`macropatch.lattice.whole.evolve_whole`.

    Returns
    -------
    ``(count,)`` the attempts made, or ``ABSORBED``
    """
    count, rows, columns = sites.shape
    row_factor, column_factor = np.uint64(rows), np.uint64(columns)
    patience = 64 * rows * columns
    attempts = np.zeros(count, np.int64)
    upper = np.empty((rows, columns), np.uint8)
    for snapshot in range(count):
        load(sites[snapshot], levels[0], upper)
        state = seed_state(seeds[snapshot])
        table = thresholds[table_of[snapshot]]
        done, made, checked = 0, 0, 0
        while done < flips:
            if made - checked == patience:
                if not can_flip(upper, vertical, table):
                    made = ABSORBED
                    break
                checked = made
            bits = next64(state)
            made += 1
            scaled = (bits >> HALF) * row_factor
            row = np.int64(scaled >> HALF)
            column = np.int64(((scaled & LOW) * column_factor) >> HALF)
            v = np.int64(upper[row, column])
            k = upper_neighbours(upper, row, column, vertical)
            if (bits & LOW) < table[v, k]:
                upper[row, column] = 1 - v
                done += 1
        attempts[snapshot] = made
        store(upper, levels[0], levels[1], evolved[snapshot])
    return attempts
