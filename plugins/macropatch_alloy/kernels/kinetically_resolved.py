"""Kernel: barriers of a vacancy's jumps by kinetically resolved activation."""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer
from macropatch_alloy.kernels.sites import Cells

JumpTables = tuple[
    np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray
]
"""What a jump's barrier is made of, in terms of three sites each (``macropatch_alloy.grouping``):

* sites of a cell, largest coordinate of an offset ``(2,)``
* offsets of the sites that it reads plus that coordinate ``(sites, 3)``
* which of them each direction jumps to ``(directions,)``
* which of them are the sites of its terms ``(directions, terms, 3)``
* the row of the values at which each term begins ``(terms,)``
* energy change and activation by jumping species ``(codes, rows, 2)``, eV
* the activation's constant ``(codes,)``, eV
"""


@njit(nogil=True, cache=True)
def kinetically_resolved_barriers(
    occupation: np.ndarray,
    cells: Cells,
    x: Integer,
    y: Integer,
    z: Integer,
    tables: JumpTables,
    out: np.ndarray,
) -> None:
    """``max(KRA + ΔE/2, ΔE, 0)`` of the vacancy at ``(x, y, z)``; see ``BarrierModel``."""
    cell, shifted, ends, members, start, values, constant = tables
    basis, reach = cell[0], cell[1]
    parts = np.empty((3, 2 * reach + 1), np.uint64)
    place = (x, y, z)
    strides = (cells[1] * cells[2] * basis, cells[2] * basis, basis)
    odd = (basis >> 1, basis >> 2, 0)  # a cell's sites are numbered by the parities of x and y
    for axis in range(3):
        edge = 2 * cells[axis]
        along = (place[axis] - reach) % edge  # also where the surroundings exceed a small supercell
        for k in range(2 * reach + 1):
            parts[axis, k] = (along >> 1) * strides[axis] + (along & 1) * odd[axis]
            along = along + 1 if along + 1 < edge else 0
    around = np.empty(len(shifted), np.uint64)
    for k in range(len(shifted)):
        site = parts[0, shifted[k, 0]] + parts[1, shifted[k, 1]] + parts[2, shifted[k, 2]]
        around[k] = occupation[site]
    codes = np.uint64(len(constant))
    for direction in range(len(ends)):
        species = around[ends[direction]]
        change, activation = 0.0, constant[species]
        own, sites = values[species], members[direction]
        for term in range(len(start)):
            row = start[term] + around[sites[term, 2]]
            row += (around[sites[term, 0]] * codes + around[sites[term, 1]]) * codes
            change += own[row, 0]
            activation += own[row, 1]
        out[direction] = max(activation + 0.5 * change, change, 0.0)
