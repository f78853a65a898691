"""Kernels: how long a patch's sites spend in each environment, at O(1) an event.

Given the number ``N`` of attempts in ``dt``, their times are uniform and independent of what they
did, so each of the ``N + 1`` intervals lasts ``dt/(N + 1)`` on average. The path integral of the
drift is taken with these means: the martingale keeps its zero mean and loses some variance.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice.environments import upper_neighbours
from macropatch.lattice.random import Integer


@njit(nogil=True, cache=True)
def count_patch(
    upper: np.ndarray,
    vertical: int,
    first_row: int,
    first_column: int,
    patch: tuple[int, int],
    intervals: int,
    occupation: np.ndarray,
) -> None:
    """Add ``intervals`` to the environment of every site of the patch."""
    for row in range(first_row, first_row + patch[0]):
        for column in range(first_column, first_column + patch[1]):
            k = upper_neighbours(upper, row, column, vertical)
            occupation[upper[row, column], k] += intervals


@njit(nogil=True, cache=True)
def _move(
    upper: np.ndarray,
    vertical: int,
    row: Integer,
    column: Integer,
    first_row: Integer,
    first_column: Integer,
    patch: tuple[int, int],
    change: Integer,
    intervals: Integer,
    occupation: np.ndarray,
) -> None:
    """A site of the patch gets ``change`` more upper neighbours for the rest of the time."""
    if first_row <= row < first_row + patch[0] and first_column <= column < first_column + patch[1]:
        v = upper[row, column]
        k = upper_neighbours(upper, row, column, vertical)
        occupation[v, k] -= intervals
        occupation[v, k + change] += intervals


@njit(nogil=True, cache=True)
def weigh_flip(
    upper: np.ndarray,
    vertical: int,
    row: Integer,
    column: Integer,
    first_row: Integer,
    first_column: Integer,
    patch: tuple[int, int],
    intervals: Integer,
    occupation: np.ndarray,
) -> None:
    """Account for a flip, *before* it is made, that lasts for the ``intervals`` to come."""
    rows, columns = upper.shape
    v = np.int64(upper[row, column])
    gain = 1 - 2 * v
    if first_row <= row < first_row + patch[0] and first_column <= column < first_column + patch[1]:
        k = upper_neighbours(upper, row, column, vertical)
        occupation[v, k] -= intervals
        occupation[1 - v, k] += intervals
    left = column - 1 if column > 0 else columns - 1
    right = column + 1 if column < columns - 1 else 0
    # Across an edge of two sites both neighbours are one site, which counts this one twice.
    across = gain if left != right else 2 * gain
    _move(upper, vertical, row, left, first_row, first_column, patch, across, intervals, occupation)
    if left != right:
        _move(
            upper, vertical, row, right, first_row, first_column, patch, across, intervals,
            occupation,
        )  # fmt: skip
    if vertical == 0:
        return
    above = row - 1 if row > 0 else rows - 1
    below = row + 1 if row < rows - 1 else 0
    down = gain if above != below else 2 * gain
    _move(
        upper, vertical, above, column, first_row, first_column, patch, down, intervals, occupation
    )
    if above != below:
        _move(
            upper, vertical, below, column, first_row, first_column, patch, down, intervals,
            occupation,
        )  # fmt: skip
