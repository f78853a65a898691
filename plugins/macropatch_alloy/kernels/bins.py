"""Kernel: vacancies in bins, each bin a doubly linked list, to find those near a site.

Bins are at least as wide as the radius of barriers and two jumps together: all vacancies whose
barriers a jump changes, or whose barriers one jump ago, are in the bins around the one that jumps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer
from macropatch_alloy.kernels.supercell import Supercell

END = -1


class Bins(NamedTuple):
    """``head`` ``(bins,)`` has the first member of each bin; the links are ``(members,)``."""

    head: np.ndarray
    following: np.ndarray
    preceding: np.ndarray


@njit(nogil=True, cache=True)
def bin_at(cell: Supercell, x: Integer, y: Integer, z: Integer) -> Any:
    """Number of the bin of a site."""
    return (cell.bin_x[x] * cell.bins[1] + cell.bin_y[y]) * cell.bins[2] + cell.bin_z[z]


@njit(nogil=True, cache=True)
def put_in(bins: Bins, place: Integer, member: Integer) -> None:
    """Add a member to a bin."""
    first = bins.head[place]
    bins.following[member], bins.preceding[member] = first, END
    if first != END:
        bins.preceding[first] = member
    bins.head[place] = member


@njit(nogil=True, cache=True)
def take_out(bins: Bins, place: Integer, member: Integer) -> None:
    """Remove a member from its bin."""
    before, after = bins.preceding[member], bins.following[member]
    if before == END:
        bins.head[place] = after
    else:
        bins.following[before] = after
    if after != END:
        bins.preceding[after] = before


@njit(nogil=True, cache=True)
def members_near(
    cell: Supercell, bins: Bins, x: Integer, y: Integer, z: Integer, found: np.ndarray
) -> Integer:
    """Write the members of the bins around a site into ``found``; returns how many."""
    count = 0
    along_x, along_y, along_z = cell.bins
    for i in range(min(3, along_x)):
        plane = (cell.bin_x[x] + along_x - 1 + i) % along_x * along_y
        for j in range(min(3, along_y)):
            row = (plane + (cell.bin_y[y] + along_y - 1 + j) % along_y) * along_z
            for k in range(min(3, along_z)):
                member = bins.head[row + (cell.bin_z[z] + along_z - 1 + k) % along_z]
                while member != END:
                    found[count] = member
                    count += 1
                    member = bins.following[member]
    return count
