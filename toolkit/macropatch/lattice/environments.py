"""Environments: the value of a site together with its number of neighbours at the upper level.

Rates and observables depend on nothing else, so kernels move and count environments ``(v, k)``,
``v`` 0 (lower level) or 1 (upper), and know neither rates' formulas nor observables. All lattices
are ``(rows, columns)`` here; one dimension is a single row whose ``vertical`` neighbours count 0.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer


@njit(nogil=True, cache=True, inline="always")
def upper_neighbours(upper: np.ndarray, row: Integer, column: Integer, vertical: int) -> np.int64:
    """How many neighbours of a site of the periodic 0/1 array ``upper`` are 1."""
    rows, columns = upper.shape
    left = column - 1 if column > 0 else columns - 1
    right = column + 1 if column < columns - 1 else 0
    above = row - 1 if row > 0 else rows - 1
    below = row + 1 if row < rows - 1 else 0
    beside = np.int64(upper[row, left]) + np.int64(upper[row, right])
    apart = np.int64(upper[above, column]) + np.int64(upper[below, column])
    return np.int64(beside + vertical * apart)


@njit(nogil=True, cache=True)
def load(sites: np.ndarray, lower_level: int, upper: np.ndarray) -> None:
    """Write ``sites`` ``(rows, columns)`` as 0/1 into ``upper``."""
    rows, columns = sites.shape
    for row in range(rows):
        for column in range(columns):
            upper[row, column] = sites[row, column] != lower_level


@njit(nogil=True, cache=True)
def store(upper: np.ndarray, lower_level: int, upper_level: int, sites: np.ndarray) -> None:
    """Write the 0/1 array ``upper`` as levels into ``sites``."""
    rows, columns = sites.shape
    for row in range(rows):
        for column in range(columns):
            sites[row, column] = upper_level if upper[row, column] else lower_level


@njit(nogil=True, cache=True)
def count_environments(sites: np.ndarray, lower_level: int, vertical: int) -> np.ndarray:
    """How many sites of each snapshot are in each environment.

    Parameters
    ----------
    sites : ``(count, rows, columns)``

    Returns
    -------
    ``(count, 2, 3 or 5)``
    """
    count, rows, columns = sites.shape
    counts = np.zeros((count, 2, 3 + 2 * vertical), np.int64)
    upper = np.empty((rows, columns), np.uint8)
    for snapshot in range(count):
        load(sites[snapshot], lower_level, upper)
        for row in range(rows):
            for column in range(columns):
                k = upper_neighbours(upper, row, column, vertical)
                counts[snapshot, upper[row, column], k] += 1
    return counts
