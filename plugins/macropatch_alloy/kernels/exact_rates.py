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
    first, second : ``(count, columns)`` and ``(count, columns, columns)``, zero; get the sums, 1/s.
        Columns are pair counts and, if there is one more, the energy (eV): barriers are reversible
    """
    directions, pairs, columns = len(cell.neighbours), cell.pair_of[-1, -1] + 1, first.shape[1]
    barrier, backward = np.empty(directions), np.empty(directions)
    ledger, change = np.empty(pairs, np.int64), np.empty(columns)
    for row in range(len(occupation)):
        now = occupation[row].copy()
        for site in vacancies[row]:
            x, y, z = coordinates_of(site, cell.cells, cell.basis)
            barriers(now, cell.cells, x, y, z, tables, barrier)
            for direction in range(directions):
                u = wrapped(x + cell.neighbours[direction, 0], cell.edges[0])
                v = wrapped(y + cell.neighbours[direction, 1], cell.edges[1])
                w = wrapped(z + cell.neighbours[direction, 2], cell.edges[2])
                there = site_near(cell, u, v, w)
                if now[there] == 0:
                    continue
                rate = frequency * math.exp(-barrier[direction] / thermal[row])
                ledger[:] = 0
                credit_exchange(now, cell, x, y, z, u, v, w, ledger)
                change[:pairs] = ledger
                if columns > pairs:
                    now[site], now[there] = now[there], 0
                    barriers(now, cell.cells, u, v, w, tables, backward)
                    now[there], now[site] = now[site], 0
                    change[pairs] = barrier[direction] - backward[directions - 1 - direction]
                for i in range(columns):
                    first[row, i] += rate * change[i]
                    for j in range(columns):
                        second[row, i, j] += rate * change[i] * change[j]
