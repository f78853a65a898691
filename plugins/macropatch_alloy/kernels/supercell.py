"""What kernels of vacancy kinetics know of a supercell, and where the neighbours of a site are."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer
from macropatch_alloy.kernels.sites import Cells


class Supercell(NamedTuple):
    """Tables of a supercell. Coordinates are in half lattice constants.

    Attributes
    ----------
    cells, edges : cubic cells along each axis, and twice that
    basis : sites of a cubic cell
    reach : how far outside the supercell the tables ``part_x …`` go
    part_x, part_y, part_z : of :func:`macropatch_alloy.kernels.sites.axis_parts`
    neighbours : ``(directions, 3)``, offsets to the first neighbours
    surroundings : ``(surroundings, 3)``, offsets to the sites that barriers depend on, ``reach``
        added to each
    zobrist : ``(surroundings, codes)``, random words
    radius_squared : squared distance of the farthest of these sites
    pair_of : ``(codes, codes)``, number of an unordered pair of species
    bin_x, bin_y, bin_z : ``(edge,)``, the bin of each coordinate
    bins : number of bins along each axis
    """

    cells: Cells
    edges: Cells
    basis: int
    reach: int
    part_x: np.ndarray
    part_y: np.ndarray
    part_z: np.ndarray
    neighbours: np.ndarray
    surroundings: np.ndarray
    zobrist: np.ndarray
    radius_squared: int
    pair_of: np.ndarray
    bin_x: np.ndarray
    bin_y: np.ndarray
    bin_z: np.ndarray
    bins: Cells


@njit(nogil=True, cache=True)
def site_near(cell: Supercell, x: Integer, y: Integer, z: Integer) -> Any:
    """Number of the site at coordinates that may lie up to ``reach`` outside."""
    reach = cell.reach
    return cell.part_x[x + reach] + cell.part_y[y + reach] + cell.part_z[z + reach]


@njit(nogil=True, cache=True)
def squared_distance(cell: Supercell, x: Integer, y: Integer, z: Integer, other: np.ndarray) -> Any:
    """Squared distance of two sites by way of the nearest images."""
    along_x, along_y, along_z = abs(x - other[0]), abs(y - other[1]), abs(z - other[2])
    along_x = min(along_x, cell.edges[0] - along_x)
    along_y = min(along_y, cell.edges[1] - along_y)
    along_z = min(along_z, cell.edges[2] - along_z)
    return along_x * along_x + along_y * along_y + along_z * along_z


@njit(nogil=True, cache=True)
def key_of(
    occupation: np.ndarray, cell: Supercell, x: Integer, y: Integer, z: Integer
) -> np.uint64:
    """Zobrist hash of the species around a site, by where they lie from it."""
    key, offsets = np.uint64(0), cell.surroundings
    # Unsigned, so that numba need not look for negative indices.
    for slot in range(len(offsets)):
        site = cell.part_x[np.uint64(x + offsets[slot, 0])]
        site += cell.part_y[np.uint64(y + offsets[slot, 1])]
        site += cell.part_z[np.uint64(z + offsets[slot, 2])]
        key ^= cell.zobrist[slot, np.uint8(occupation[np.uint64(site)])]
    return key
