"""Kernel: the rates of a vacancy's jumps, from its barriers or from a cache.

The cache is direct-mapped. Its key is a hash of everything that the rates depend on, the species of
all sites within the radius of the barriers and, as ``salt``, the temperature: a vacancy that comes
back to surroundings that were there before, anywhere in the lattice, needs no barriers anew.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer
from macropatch_alloy.kernels.supercell import Supercell, key_of, site_near

_ONE = np.uint64(1)


class RateCache(NamedTuple):
    """Rates by surroundings.

    ``keys`` ``(places,)``, a power of two, or none for no cache; ``rates`` ``(places or 1,
    directions)``. A place that was never filled has key 0.
    """

    keys: np.ndarray
    rates: np.ndarray


@njit(nogil=True, cache=True)
def look_up_rates(
    occupation: np.ndarray,
    cell: Supercell,
    x: Integer,
    y: Integer,
    z: Integer,
    barriers: Any,
    tables: Any,
    frequency: float,
    thermal: float,
    salt: np.uint64,
    cache: RateCache,
    out: np.ndarray,
) -> float:
    """Write the rates (1/s) of the vacancy's jumps into ``out``; returns their sum.

    A jump onto another vacancy has rate 0.
    """
    place, known, key = np.int64(0), False, np.uint64(0)
    if len(cache.keys):
        key = (key_of(occupation, cell, x, y, z) ^ salt) | _ONE
        place = np.int64((key >> np.uint64(1)) & np.uint64(len(cache.keys) - 1))
        known = cache.keys[place] == key
    rates = cache.rates[place]
    if not known:
        barriers(occupation, cell.cells, x, y, z, tables, rates)
        for direction in range(len(rates)):
            site = site_near(
                cell,
                x + cell.neighbours[direction, 0],
                y + cell.neighbours[direction, 1],
                z + cell.neighbours[direction, 2],
            )
            if occupation[site] == 0:
                rates[direction] = 0.0
            else:
                rates[direction] = frequency * math.exp(-rates[direction] / thermal)
        if len(cache.keys):
            cache.keys[place] = key
    total = 0.0
    for direction in range(len(rates)):
        out[direction] = rates[direction]
        total += rates[direction]
    return total
