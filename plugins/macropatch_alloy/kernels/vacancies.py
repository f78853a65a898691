"""Kernel: all vacancies of a snapshot, or one of them with those near it, for batches."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer
from macropatch_alloy.kernels.bins import END
from macropatch_alloy.kernels.jump_rates import RateCache
from macropatch_alloy.kernels.movers import ALL, evolve_movers
from macropatch_alloy.kernels.sites import coordinates_of, site_of
from macropatch_alloy.kernels.supercell import Supercell, squared_distance


@njit(nogil=True, cache=True)
def evolve_rows(
    occupation: np.ndarray,
    vacancies: np.ndarray,
    rows: np.ndarray,
    halo_squared: float,
    cell: Supercell,
    barriers: Any,
    tables: Any,
    frequency: np.ndarray,
    thermal: np.ndarray,
    salt: np.ndarray,
    duration: np.ndarray,
    most: Integer,
    seeds: np.ndarray,
    cache: RateCache,
    ledger: np.ndarray,
    energy: np.ndarray,
    jumps: np.ndarray,
) -> np.ndarray:
    """Let vacancies jump, row by row; returns the times ``(rows,)``.

    Parameters
    ----------
    occupation, vacancies : ``(count, sites)`` and ``(count, K)``
    rows : ``(rows, 2)``, a snapshot, and ``ALL`` its vacancies, which changes it in place; or one
        vacancy, with those that begin within ``halo_squared`` (squared half lattice constants)
        of it, which leaves the snapshot as it was
    frequency, thermal, salt : ``(count,)``, of each snapshot, as in ``evolve_movers``
    duration, seeds : ``(rows,)``
    most : number of jumps, of the one vacancy if it is one, after which to stop
    ledger : ``(rows, K, pairs)``, or ``(rows, 1, pairs)`` for one vacancy, gains its changes
    energy : ``(rows, K)`` or ``(rows, 1)`` likewise, eV, or ``(rows, 0)``
    jumps : ``(rows, codes)``, gains the jumps that count
    """
    elapsed, count = np.empty(len(rows)), vacancies.shape[1]
    head = np.full(cell.bins[0] * cell.bins[1] * cell.bins[2], END, np.int64)
    places, credit = np.empty((count, 3), np.int64), np.empty((count, ledger.shape[2]), np.int64)
    gain = np.empty(count if energy.shape[1] else 0)
    for row in range(len(rows)):
        snapshot, core = rows[row, 0], rows[row, 1]
        whole = core == ALL
        begin = vacancies[snapshot, 0 if whole else core]
        x, y, z = coordinates_of(begin, cell.cells, cell.basis)
        moving, counted = 0, np.int64(ALL)
        # In the order of all vacancies: a halo that holds them all is the whole system.
        for vacancy in range(count):
            place = coordinates_of(vacancies[snapshot, vacancy], cell.cells, cell.basis)
            places[moving, 0], places[moving, 1], places[moving, 2] = place
            if vacancy == core:
                counted = np.int64(moving)
            near = squared_distance(cell, x, y, z, places[moving]) <= halo_squared
            if whole or near or vacancy == core:
                for pair in range(ledger.shape[2]):
                    credit[moving, pair] = 0
                moving += 1
        gain[:] = 0.0
        elapsed[row] = evolve_movers(
            occupation[snapshot], cell, places[:moving], barriers, tables, frequency[snapshot],
            thermal[snapshot], salt[snapshot], duration[row], most, counted, not whole,
            seeds[row], cache, head, credit[:moving], gain[:moving], jumps[row],
        )  # fmt: skip
        for owner in range(ledger.shape[1]):
            for pair in range(ledger.shape[2]):
                ledger[row, owner, pair] += credit[owner if whole else counted, pair]
        for owner in range(energy.shape[1]):
            energy[row, owner] += gain[owner if whole else counted]
        if not whole:
            continue
        for vacancy in range(count):
            x, y, z = places[vacancy, 0], places[vacancy, 1], places[vacancy, 2]
            vacancies[snapshot, vacancy] = site_of(x, y, z, cell.cells, cell.basis)
    return elapsed
