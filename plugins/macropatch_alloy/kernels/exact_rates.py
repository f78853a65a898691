"""Kernel: sums over all possible jumps, of rate times change and rate times change squared."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from macropatch_alloy.kernels.exchanges import credit_exchange
from macropatch_alloy.kernels.sites import coordinates_of, wrapped
from macropatch_alloy.kernels.supercell import Supercell, site_near


@njit(nogil=True, cache=True)
def sum_over_jumps(
    occupation: np.ndarray,
    vacancies: np.ndarray,
    cell: Supercell,
    barriers: Any,
    tables: Any,
    frequency: float,
    thermal: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
) -> None:
    """Add up the changes of pair counts.

    Parameters
    ----------
    occupation, vacancies : ``(count, sites)``, ``(count, K)``
    frequency, thermal : 1/s; ``(count,)``, ``k_B T``, eV
    first, second : ``(count, pairs)`` and ``(count, pairs, pairs)``, zero; get the sums, 1/s
    """
    directions, pairs = len(cell.neighbours), first.shape[1]
    barrier, change = np.empty(directions), np.empty(pairs, np.int64)
    for row in range(len(occupation)):
        for site in vacancies[row]:
            x, y, z = coordinates_of(site, cell.cells, cell.basis)
            barriers(occupation[row], cell.cells, x, y, z, tables, barrier)
            for direction in range(directions):
                u = wrapped(x + cell.neighbours[direction, 0], cell.edges[0])
                v = wrapped(y + cell.neighbours[direction, 1], cell.edges[1])
                w = wrapped(z + cell.neighbours[direction, 2], cell.edges[2])
                if occupation[row, site_near(cell, u, v, w)] == 0:
                    continue
                rate = frequency * math.exp(-barrier[direction] / thermal[row])
                change[:] = 0
                credit_exchange(occupation[row], cell, x, y, z, u, v, w, change)
                for i in range(pairs):
                    first[row, i] += rate * change[i]
                    for j in range(pairs):
                        second[row, i, j] += rate * change[i] * change[j]
