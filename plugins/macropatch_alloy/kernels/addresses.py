"""Kernel: the sites around a site, without a division or a comparison each.

A site's number is a sum of one part an axis (:func:`macropatch_alloy.kernels.sites.axis_parts`),
so a table an axis, long enough to step over the edge, wraps by itself.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer
from macropatch_alloy.kernels.sites import Cells, axis_parts, coordinates_of
from macropatch_alloy.lattices import BASIS, CubicLattice

Addresses = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Parts of a site's number by ``coordinate + reach``, an axis each."""


def addresses_of(lattice: CubicLattice, reach: int) -> Addresses:
    """Tables for offsets up to ``reach``; unsigned, as signed ones might count from the end."""
    x, y, z = axis_parts(lattice.cells, len(BASIS[lattice.structure]), reach)
    return x.astype(np.uint32), y.astype(np.uint32), z.astype(np.uint32)


@njit(nogil=True, cache=True, inline="always")
def read_surroundings(
    occupation: np.ndarray,
    addresses: Addresses,
    shifted: np.ndarray,
    place: np.ndarray,
    found: np.ndarray,
) -> None:
    """Species around a site into ``found``; ``shifted`` are offsets plus the tables' reach."""
    x, y, z = np.uint64(place[0]), np.uint64(place[1]), np.uint64(place[2])
    along_x, along_y, along_z = addresses
    for k in range(len(shifted)):
        site = along_x[x + shifted[k, 0]] + along_y[y + shifted[k, 1]] + along_z[z + shifted[k, 2]]
        found[k] = occupation[site]


@njit(nogil=True, cache=True, inline="always")
def place_of(site: Integer, cells: Cells, basis: Integer, place: np.ndarray) -> None:
    """Coordinates of a site into ``place``, half lattice constants."""
    place[0], place[1], place[2] = coordinates_of(site, cells, basis)


@njit(nogil=True, cache=True, inline="always")
def site_beside(addresses: Addresses, place: np.ndarray, shifted: np.ndarray) -> np.int64:
    """The site at an offset; ``shifted`` is the offset plus the tables' reach."""
    along_x, along_y, along_z = addresses
    x, y, z = np.uint64(place[0]), np.uint64(place[1]), np.uint64(place[2])
    return np.int64(along_x[x + shifted[0]] + along_y[y + shifted[1]] + along_z[z + shifted[2]])
