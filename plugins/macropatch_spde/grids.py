"""Kernels of a window with its ring: what lies beyond, diffusion, in and out, sums."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from macropatch_spde.windows import CLOSED, FROZEN


@njit(nogil=True, cache=True)
def fill_border(grid: np.ndarray, rows: int, columns: int, sides: np.ndarray) -> None:
    """Sites next to a window, where they follow from those inside it; frozen ones stay."""
    above = 1 if sides[0, 0] == CLOSED else rows
    below = rows if sides[0, 1] == CLOSED else 1
    left = 1 if sides[1, 0] == CLOSED else columns
    right = columns if sides[1, 1] == CLOSED else 1
    for field in range(grid.shape[0]):
        for row in range(1, rows + 1):
            if sides[1, 0] != FROZEN:
                grid[field, row, 0] = grid[field, row, left]
            if sides[1, 1] != FROZEN:
                grid[field, row, columns + 1] = grid[field, row, right]
        if sides[0, 0] != FROZEN:
            for column in range(1, columns + 1):
                grid[field, 0, column] = grid[field, above, column]
        if sides[0, 1] != FROZEN:
            for column in range(1, columns + 1):
                grid[field, rows + 1, column] = grid[field, below, column]


@njit(nogil=True, cache=True)
def add_diffusion(
    grid: np.ndarray, rows: int, columns: int, vertical: bool, diffusion: np.ndarray,
    rate: np.ndarray,
) -> None:  # fmt: skip
    """Add ``D Δ`` of each field, by differences of nearest neighbours."""
    for field in range(grid.shape[0]):
        d = diffusion[field]
        if d == 0.0:
            continue
        for row in range(rows):
            here, out = grid[field, row + 1], rate[field, row]
            for column in range(columns):
                out[column] += d * (here[column] + here[column + 2] - 2.0 * here[column + 1])
            if vertical:
                above, below = grid[field, row], grid[field, row + 2]
                for column in range(columns):
                    out[column] += d * (
                        above[column + 1] + below[column + 1] - 2.0 * here[column + 1]
                    )


@njit(nogil=True, cache=True)
def load(
    fields: np.ndarray, origin: np.ndarray, rows: int, columns: int, grid: np.ndarray
) -> None:  # fmt: skip
    """A window of ``fields`` ``(fields, rows, columns)`` with its ring; the grid wraps around."""
    height, width = fields.shape[1], fields.shape[2]
    for field in range(fields.shape[0]):
        for row in range(rows + 2):
            line = fields[field, (origin[0] + row - 1) % height]
            source = (origin[1] - 1) % width
            for column in range(columns + 2):
                grid[field, row, column] = line[source]
                source = source + 1 if source + 1 < width else 0


@njit(nogil=True, cache=True)
def store(grid: np.ndarray, top: int, left: int, after: np.ndarray) -> None:
    """Copy a rectangle of a window to ``after`` ``(fields, *patch)``."""
    for field in range(after.shape[0]):
        for row in range(after.shape[1]):
            for column in range(after.shape[2]):
                after[field, row, column] = grid[field, top + row, left + column]


@njit(nogil=True, cache=True)
def add_total(
    grid: np.ndarray, top: int, left: int, rows: int, columns: int, sign: float, sums: np.ndarray
) -> None:
    """Add ``sign`` times the sum of each field over a rectangle to ``sums``."""
    for field in range(grid.shape[0]):
        found = 0.0
        for row in range(top, top + rows):
            for column in range(left, left + columns):
                found += grid[field, row, column]
        sums[field] += sign * found


@njit(nogil=True, cache=True)
def finite(grid: np.ndarray, rows: int, columns: int) -> bool:
    """Whether all numbers of a window are."""
    found = 0.0
    for field in range(grid.shape[0]):
        for row in range(1, rows + 1):
            for column in range(1, columns + 1):
                found += grid[field, row, column]
    return math.isfinite(found)
