"""Fields in plain Python, site by site: what kernels must give, number by number."""

from __future__ import annotations

import math

import numpy as np

from macropatch.lattice import draw_seeds, seed_state
from macropatch_spde.normals import draw_normals


class NaiveField:
    """A window of a grid, of all of it if none is given; other sites stand still.

    The seed and the order of normal numbers (field by field, row by row, inside the window) are
    those of the kernel; everything else is written down from the equation.
    """

    def __init__(self, model, periodic, heun, grid, window=None):
        self.model, self.periodic, self.heun = model, periodic, heun
        self.grid = np.array(grid)
        rows, columns = self.grid.shape[1:]
        self.window = window or [(r, c) for r in range(rows) for c in range(columns)]
        self.noise_given = np.zeros_like(self.grid)

    def value(self, grid, field, row, column):
        rows, columns = grid.shape[1:]
        if self.periodic:
            return grid[field, row % rows, column % columns]
        return grid[field, min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)]

    def rates(self, grid):
        found = {}
        for row, column in self.window:
            values = tuple(float(x) for x in grid[:, row, column])
            reaction = self.model.reaction(values, self.model.parameters)
            for field, rate in enumerate(reaction):
                laplacian = sum(
                    self.value(grid, field, row + dr, column + dc) - grid[field, row, column]
                    for dr, dc in ((0, 1), (0, -1), (1, 0), (-1, 0))
                )
                found[field, row, column] = rate + self.model.diffusion[field] * laplacian
        return found

    def amplitudes(self, grid):
        found = {}
        for row, column in self.window:
            values = tuple(float(x) for x in grid[:, row, column])
            amplitude = self.model.amplitude or (lambda values, _: (1.0,) * len(values))
            for field, size in enumerate(amplitude(values, self.model.parameters)):
                found[field, row, column] = self.model.noise[field] * size
        return found

    def step(self, h, state):
        sites = [(f, r, c) for f in range(len(self.grid)) for r, c in self.window]
        normals = np.empty(len(sites))
        draw_normals(state, normals, len(sites))
        rates, amplitudes = self.rates(self.grid), self.amplitudes(self.grid)
        noise = {s: math.sqrt(h) * amplitudes[s] * x for s, x in zip(sites, normals, strict=True)}
        if self.heun:
            ahead = self.grid.copy()
            for site in sites:
                ahead[site] += h * rates[site] + noise[site]
            later = self.rates(ahead)
            rates = {site: (rates[site] + later[site]) / 2 for site in sites}
        for site in sites:
            self.grid[site] += h * rates[site] + noise[site]
            self.noise_given[site] += noise[site]


def evolve(model, settings, grids, windows, steps, step, seed):
    """``(P, fields, rows, columns)`` evolved grids, and what noise gave, of one window a pair."""
    evolved, given = [], []
    seeds = draw_seeds(np.random.default_rng(seed), len(windows))
    for (snapshot, window), its_seed in zip(windows, seeds, strict=True):
        naive = NaiveField(
            model, settings.boundary == "periodic", settings.stepper == "heun", grids[snapshot],
            window,
        )  # fmt: skip
        state = seed_state(its_seed)
        for _ in range(steps):
            naive.step(step, state)
        evolved.append(naive.grid)
        given.append(naive.noise_given)
    return np.array(evolved), np.array(given)


def window_of(size, patch, which, width, periodic):
    """Sites of a patch and of a patch with its halo, in row-major order of the window."""
    across = size[1] // patch[1]
    first = (which // across * patch[0], which % across * patch[1])
    own = [range(f, f + p) for f, p in zip(first, patch, strict=True)]
    lines = []
    for edge, part, start in zip(size, patch, first, strict=True):
        if part + 2 * width >= edge:
            lines.append(list(range(edge)))
        else:
            line = range(start - width, start + part + width)
            lines.append([x % edge if periodic else x for x in line if periodic or 0 <= x < edge])
    return (
        [(r, c) for r in own[0] for c in own[1]],
        [(r, c) for r in lines[0] for c in lines[1]],
    )
