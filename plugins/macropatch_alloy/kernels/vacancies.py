"""Kernels: all vacancies of snapshots, and one vacancy of a snapshot with those near it."""

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
def evolve_snapshots(
    occupation: np.ndarray,
    vacancies: np.ndarray,
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
    jumps: np.ndarray,
) -> np.ndarray:
    """Let all vacancies of each snapshot jump, in place; returns the times ``(count,)``.

    ``occupation`` ``(count, sites)``, ``vacancies`` ``(count, K)``, ``ledger`` ``(count, K,
    pairs)``, ``jumps`` ``(count, codes)``; the rest of :func:`evolve_movers`, ``(count,)`` each.
    """
    elapsed = np.empty(len(occupation))
    head = np.full(cell.bins[0] * cell.bins[1] * cell.bins[2], END, np.int64)
    movers = np.empty((vacancies.shape[1], 3), np.int64)
    for snapshot in range(len(occupation)):
        for mover in range(len(movers)):
            movers[mover] = coordinates_of(vacancies[snapshot, mover], cell.cells, cell.basis)
        elapsed[snapshot] = evolve_movers(
            occupation[snapshot], cell, movers, barriers, tables, frequency[snapshot],
            thermal[snapshot], salt[snapshot], duration[snapshot], most, ALL, False,
            seeds[snapshot], cache, head, ledger[snapshot], jumps[snapshot],
        )  # fmt: skip
        for mover in range(len(movers)):
            x, y, z = movers[mover]
            vacancies[snapshot, mover] = site_of(x, y, z, cell.cells, cell.basis)
    return elapsed


@njit(nogil=True, cache=True)
def evolve_pairs(
    occupation: np.ndarray,
    vacancies: np.ndarray,
    pairs: np.ndarray,
    cell: Supercell,
    barriers: Any,
    tables: Any,
    frequency: np.ndarray,
    thermal: np.ndarray,
    salt: np.ndarray,
    duration: np.ndarray,
    most: Integer,
    halo_squared: float,
    seeds: np.ndarray,
    cache: RateCache,
    ledger: np.ndarray,
    jumps: np.ndarray,
) -> np.ndarray:
    """Let one vacancy and those near it jump, and take it all back; the times ``(P,)``.

    Parameters
    ----------
    pairs : ``(P, 2)``, snapshot and vacancy
    frequency, thermal, salt : ``(count,)``, of each snapshot
    duration, seeds : ``(P,)``
    most : number of jumps of the pair's vacancy after which to stop
    halo_squared : vacancies that begin within this squared distance of it jump too
    ledger, jumps : ``(P, pairs)`` and ``(P, codes)``, gain those of the pair's vacancy
    """
    elapsed, count = np.empty(len(pairs)), vacancies.shape[1]
    head = np.full(cell.bins[0] * cell.bins[1] * cell.bins[2], END, np.int64)
    places, all_ledgers = (
        np.empty((count, 3), np.int64),
        np.zeros((count, ledger.shape[1]), np.int64),
    )
    for pair in range(len(pairs)):
        snapshot, core = pairs[pair]
        x, y, z = coordinates_of(vacancies[snapshot, core], cell.cells, cell.basis)
        moving, counted = 0, 0
        # In the order of all vacancies: a halo that holds them all is the whole system.
        for vacancy in range(count):
            places[moving] = coordinates_of(vacancies[snapshot, vacancy], cell.cells, cell.basis)
            distance = squared_distance(cell, x, y, z, places[moving])
            if vacancy == core:
                counted = moving
            if vacancy == core or distance <= halo_squared:
                all_ledgers[moving] = 0
                moving += 1
        elapsed[pair] = evolve_movers(
            occupation[snapshot], cell, places[:moving], barriers, tables, frequency[snapshot],
            thermal[snapshot], salt[snapshot], duration[pair], most, counted, True, seeds[pair],
            cache, head, all_ledgers[:moving], jumps[pair],
        )  # fmt: skip
        ledger[pair] += all_ledgers[counted]
    return elapsed
