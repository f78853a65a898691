"""Kernel: whole lattices by uniformisation.

Sites attempt at the table's maximal rate; an attempt is accepted with probability rate / maximal
rate. The number of attempts in a given time is Poisson and drawn outside.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice.environments import load, store, upper_neighbours
from macropatch.lattice.random import HALF, LOW, next64, seed_state


@njit(nogil=True, cache=True)
def evolve_whole(
    sites: np.ndarray,
    evolved: np.ndarray,
    levels: tuple[int, int],
    vertical: int,
    thresholds: np.ndarray,
    table_of: np.ndarray,
    attempts: np.ndarray,
    seeds: np.ndarray,
    patch: tuple[int, int],
    events: np.ndarray,
) -> None:
    """Make ``attempts[i]`` attempts in snapshot ``i``; write the outcome into ``evolved``.

    Parameters
    ----------
    sites, evolved : ``(count, rows, columns)``
    thresholds : ``(tables, 2, environments)``, acceptance probabilities times 2³²
    table_of, attempts, seeds : ``(count,)``
    patch : edges of a patch
    events : ``(count, K, 2, environments)``, gains each patch's flips by the environment before
        them; ``K = 0`` for no credit
    """
    count, rows, columns = sites.shape
    credited = events.shape[1] > 0
    across = columns // patch[1]
    row_factor, column_factor = np.uint64(rows), np.uint64(columns)
    upper = np.empty((rows, columns), np.uint8)
    for snapshot in range(count):
        load(sites[snapshot], levels[0], upper)
        state = seed_state(seeds[snapshot])
        table = thresholds[table_of[snapshot]]
        for _ in range(attempts[snapshot]):
            bits = next64(state)
            # The whole part picks the row, the fraction left over picks the column: no division.
            scaled = (bits >> HALF) * row_factor
            row = np.int64(scaled >> HALF)
            column = np.int64(((scaled & LOW) * column_factor) >> HALF)
            v = np.int64(upper[row, column])
            k = upper_neighbours(upper, row, column, vertical)
            if (bits & LOW) < table[v, k]:
                upper[row, column] = 1 - v
                if credited:
                    owner = (row // patch[0]) * across + column // patch[1]
                    events[snapshot, owner, v, k] += 1
        store(upper, levels[0], levels[1], evolved[snapshot])
