"""Kernel: where a site is, and which site is where.

Sites are numbered as in :mod:`macropatch_alloy.lattices`: cell by cell, the basis of a cell
together. The basis follows from the parities of the coordinates, for all three lattices.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer

Cells = tuple[int, int, int]


@njit(nogil=True, cache=True)
def basis_size(sites: Integer, cells: Cells) -> Integer:
    """Sites of a cubic cell: 1 on ``sc``, 2 on ``bcc``, 4 on ``fcc``."""
    return sites // (cells[0] * cells[1] * cells[2])


@njit(nogil=True, cache=True)
def site_of(x: Integer, y: Integer, z: Integer, cells: Cells, basis: Integer) -> Integer:
    """Number of the site at wrapped coordinates, half lattice constants."""
    cell = ((x >> 1) * cells[1] + (y >> 1)) * cells[2] + (z >> 1)
    if basis == 2:
        return cell * 2 + (x & 1)
    if basis == 4:
        return cell * 4 + 2 * (x & 1) + (y & 1)
    return cell


@njit(nogil=True, cache=True)
def coordinates_of(site: Integer, cells: Cells, basis: Integer) -> tuple[Integer, Integer, Integer]:
    """Coordinates of a site, half lattice constants."""
    cell, member = site // basis, site % basis
    x, y, z = cell // (cells[1] * cells[2]), (cell // cells[2]) % cells[1], cell % cells[2]
    if basis == 2:
        return 2 * x + member, 2 * y + member, 2 * z + member
    if basis == 4:
        along_x, along_y = member >> 1, member & 1
        return 2 * x + along_x, 2 * y + along_y, 2 * z + (along_x ^ along_y)
    return 2 * x, 2 * y, 2 * z


@njit(nogil=True, cache=True)
def wrapped(x: Integer, edge: Integer) -> Integer:
    """A coordinate less than one edge outside, put inside."""
    if x < 0:
        return x + edge
    if x >= edge:
        return x - edge
    return x


def axis_parts(cells: Cells, basis: int, reach: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What each coordinate adds to the number of a site, ``reach`` beyond either side.

    The site at ``(x, y, z)`` is the sum of ``parts[k][coordinate + reach]`` over the axes ``k``.
    """
    x, y, z = (np.arange(-reach, 2 * edge + reach) % (2 * edge) for edge in cells)
    zero = np.zeros(1, np.int64)
    member_x = {1: zero, 2: x & 1, 4: 2 * (x & 1)}[basis]
    member_y = {1: zero, 2: zero, 4: y & 1}[basis]
    parts = (
        (x >> 1) * cells[1] * cells[2] * basis + member_x,
        (y >> 1) * cells[2] * basis + member_y,
        (z >> 1) * basis,
    )
    return parts[0].astype(np.int64), parts[1].astype(np.int64), parts[2].astype(np.int64)
