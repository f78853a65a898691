"""Kernel: Euler–Maruyama and Heun steps of windows of fields.

Both read the equation in the sense of Itô. ``heun`` averages the drift over both ends of the step
and takes the noise's amplitude at its beginning: weak order 2 for additive noise, 1 for
multiplicative noise (Kloeden and Platen, 1992, chapters 10, 14 and 15); ``euler`` has weak order 1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from macropatch.lattice import seed_state
from macropatch_spde.grids import add_diffusion, add_total, fill_border, finite, load, store
from macropatch_spde.normals import draw_normals

LOOK_EVERY = 64
"""Steps between looks at whether numbers are still finite."""

FINITE = -1
"""In place of a step number: numbers stayed finite."""


@njit(nogil=True, cache=True)
def move(
    grid: np.ndarray, moved: np.ndarray, rows: int, columns: int, step: float, rate: np.ndarray,
    noise: np.ndarray, amplitude: np.ndarray, normals: np.ndarray,
) -> None:  # fmt: skip
    """``moved = grid + step · rate + √step · noise · amplitude · normals``."""
    first = 0
    for field in range(grid.shape[0]):
        scale = math.sqrt(step) * noise[field]
        for row in range(rows):
            old, new, drift = grid[field, row + 1], moved[field, row + 1], rate[field, row]
            size, normal = amplitude[field, row], normals[first : first + columns]
            for column in range(columns):
                new[column + 1] = (
                    old[column + 1] + step * drift[column] + scale * size[column] * normal[column]
                )
            first += columns


@njit(nogil=True, cache=True)
def average(rate: np.ndarray, other: np.ndarray, rows: int, columns: int) -> None:
    """``rate`` becomes the mean of both."""
    for field in range(rate.shape[0]):
        for row in range(rows):
            one, two = rate[field, row], other[field, row]
            for column in range(columns):
                one[column] = 0.5 * (one[column] + two[column])


@njit(nogil=True, cache=True)
def add_noise(
    step: float, noise: np.ndarray, amplitude: np.ndarray, normals: np.ndarray, lead: np.ndarray,
    patch: tuple[int, int], rows: int, columns: int, given: np.ndarray,
) -> None:  # fmt: skip
    """Add what noise gave to the patch of a window, summed over its sites, to ``given``."""
    for field in range(amplitude.shape[0]):
        scale = math.sqrt(step) * noise[field]
        for row in range(lead[0], lead[0] + patch[0]):
            first = (field * rows + row) * columns
            for column in range(lead[1], lead[1] + patch[1]):
                given[field] += scale * amplitude[field, row, column] * normals[first + column]


@njit(nogil=True, cache=True)
def evolve_windows(
    fields: np.ndarray,
    snapshot: np.ndarray,
    origin: np.ndarray,
    extent: np.ndarray,
    lead: np.ndarray,
    sides: np.ndarray,
    patch: tuple[int, int],
    most: tuple[int, int],
    vertical: bool,
    steps: np.ndarray,
    step: np.ndarray,
    reaction: Any,
    amplitude_of: Any,
    parameters: np.ndarray,
    diffusion: np.ndarray,
    noise: np.ndarray,
    multiplicative: bool,
    heun: bool,
    seeds: np.ndarray,
    change: np.ndarray,
    from_noise: np.ndarray,
    after: np.ndarray,
) -> np.ndarray:
    """Evolve one window a pair.

    Parameters
    ----------
    fields : ``(count, fields, rows, columns)``
    snapshot : ``(P,)``, the snapshot of each pair
    origin, extent, lead, sides : of :class:`macropatch_spde.windows.Windows`
    patch, most : rows and columns of a patch, and at most of a window
    vertical : whether there are neighbours above and below
    steps, step : ``(P,)``, number and length of time steps
    reaction, amplitude_of : of :func:`macropatch_spde.local_terms.compiled`
    diffusion, noise : ``(fields,)``; ``noise`` multiplies ``amplitude_of`` if ``multiplicative``
    change : ``(P, fields)``, zero, gets the change of the patch's sums
    from_noise : the same, gets the part of it that noise gave; ``P = 0`` for none
    after : ``(P, fields, *patch)``, gets the evolved patches; ``P = 0`` for none

    Returns
    -------
    ``(P,)``: after how many steps numbers were found not to be finite, or ``FINITE``
    """
    count = fields.shape[1]
    grid = np.zeros((count, most[0] + 2, most[1] + 2))
    ahead = np.zeros((count, most[0] + 2, most[1] + 2))
    rate = np.zeros((count, most[0], most[1]))
    later = np.zeros((count, most[0], most[1]))
    amplitude = np.ones((count, most[0], most[1]))
    normals = np.zeros(count * most[0] * most[1])
    lost = np.full(len(snapshot), FINITE)
    for pair in range(len(snapshot)):
        rows, columns = extent[pair, 0], extent[pair, 1]
        top, left = lead[pair, 0] + 1, lead[pair, 1] + 1
        load(fields[snapshot[pair]], origin[pair], rows, columns, grid)
        if heun:
            load(fields[snapshot[pair]], origin[pair], rows, columns, ahead)
        state = seed_state(seeds[pair])
        add_total(grid, top, left, patch[0], patch[1], -1.0, change[pair])
        for number in range(steps[pair]):
            fill_border(grid, rows, columns, sides[pair])
            reaction(grid, rows, columns, parameters, rate)
            add_diffusion(grid, rows, columns, vertical, diffusion, rate)
            if multiplicative:
                amplitude_of(grid, rows, columns, parameters, amplitude)
            draw_normals(state, normals, count * rows * columns)
            if heun:
                move(grid, ahead, rows, columns, step[pair], rate, noise, amplitude, normals)
                fill_border(ahead, rows, columns, sides[pair])
                reaction(ahead, rows, columns, parameters, later)
                add_diffusion(ahead, rows, columns, vertical, diffusion, later)
                average(rate, later, rows, columns)
            move(grid, grid, rows, columns, step[pair], rate, noise, amplitude, normals)
            if len(from_noise):
                add_noise(
                    step[pair], noise, amplitude, normals, lead[pair], patch, rows, columns,
                    from_noise[pair],
                )  # fmt: skip
            looks = (number + 1) % LOOK_EVERY == 0 or number + 1 == steps[pair]
            if looks and not finite(grid, rows, columns):
                lost[pair] = number + 1
                break
        add_total(grid, top, left, patch[0], patch[1], 1.0, change[pair])
        if len(after):
            store(grid, top, left, after[pair])
    return lost
