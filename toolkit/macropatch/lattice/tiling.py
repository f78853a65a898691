"""Kernels: lattices joined to larger ones, and patches cut out of them."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def join(
    pool: np.ndarray,
    picks: np.ndarray,
    part_shifts: np.ndarray,
    shifts: np.ndarray,
    joined: np.ndarray,
) -> None:
    """Fill ``joined`` with parts in row-major order, parts and result rolled periodically.

    Parameters
    ----------
    pool : ``(pool, small rows, small columns)``
    picks : ``(count, parts)``
    part_shifts : ``(count, parts, 2)``, each part's own roll
    shifts : ``(count, 2)``, the roll of the whole
    joined : ``(count, rows, columns)``
    """
    count, rows, columns = joined.shape
    small_rows, small_columns = pool.shape[1:]
    across = columns // small_columns
    for snapshot in range(count):
        for row in range(rows):
            target_row = (row + shifts[snapshot, 0]) % rows
            for column in range(columns):
                part = (row // small_rows) * across + column // small_columns
                source_row = (row + part_shifts[snapshot, part, 0]) % small_rows
                source_column = (column + part_shifts[snapshot, part, 1]) % small_columns
                value = pool[picks[snapshot, part], source_row, source_column]
                target_column = (column + shifts[snapshot, 1]) % columns
                joined[snapshot, target_row, target_column] = value


@njit(nogil=True, cache=True)
def gather(sites: np.ndarray, pairs: np.ndarray, patch: tuple[int, int]) -> np.ndarray:
    """Patches ``(pairs, *patch)`` of snapshots ``sites`` ``(count, rows, columns)``."""
    across = sites.shape[2] // patch[1]
    patches = np.empty((pairs.shape[0], patch[0], patch[1]), sites.dtype)
    for pair in range(pairs.shape[0]):
        first_row = pairs[pair, 1] // across * patch[0]
        first_column = pairs[pair, 1] % across * patch[1]
        for row in range(patch[0]):
            for column in range(patch[1]):
                patches[pair, row, column] = sites[
                    pairs[pair, 0], first_row + row, first_column + column
                ]
    return patches
