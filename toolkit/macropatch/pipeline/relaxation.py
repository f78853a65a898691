"""The lengths of relaxation under ``relax = "auto"``: doubled until the drift stops changing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from macropatch.contract import Geometry, States, Surroundings
from macropatch.errors import TrainingError
from macropatch.pipeline.pool import BLOCKS, SITE_SECONDS
from macropatch.pipeline.tiles import Batch, Growth, joined
from macropatch.runs.arrays import Column, read_rows
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.encode import independent
from macropatch.stages.evolve import averaged, evolve_partially
from macropatch.stages.relaxation import Increments, drift_difference

SETTLED = 1.3
"""The drift has settled when it differs by fewer standard errors (rms over coefficients)."""

MOST_DOUBLINGS = 14


@dataclass(frozen=True)
class RelaxationStage(Stage):
    """At each level, relaxes pilot snapshots for 1, 2, 4 … pair durations; watches the drift."""

    growth: Growth
    geometry: Geometry
    surroundings: Surroundings
    patches: int
    dt: float
    pilots: int
    longest: float
    seed: int = 0

    kind = "relax"
    sources = ("pipeline/relaxation.py", "pipeline/tiles.py", "stages/relaxation.py",
               "stages/upsample.py", "stages/encode.py", "stages/evolve.py", "lattice")  # fmt: skip
    tasks = 1

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """The pool."""
        return (self.growth.pool,)

    def settings(self) -> dict[str, Any]:
        """Levels, geometry and the pilot's numbers."""
        return {
            **self.growth.settings(),
            "geometry": plain(vars(self.geometry)),
            "surroundings": plain(vars(self.surroundings)),
            "patches": self.patches,
            "dt": self.dt,
            "pilots": self.pilots,
            "longest": self.longest,
        }

    @property
    def releases_gil(self) -> bool:
        """As the system's record says."""
        return self.growth.source.record.releases_gil

    def columns(self) -> dict[str, Column]:
        """The length chosen at each level, and the course of the searches."""
        levels = len(self.growth.sizes)
        course = (levels, MOST_DOUBLINGS)
        return {
            "length": Column((levels,), (levels,), "float64", ("level",)),
            "tried": Column(course, course, "float64", ("level", "step")),
            "difference": Column(course, course, "float64", ("level", "step")),
        }

    def cost(self) -> float:
        """A guess: some doublings."""
        sites = self.growth.source.make().sites(self.growth.sizes[-1])
        return self.pilots * sites * 32 * self.dt * SITE_SECONDS

    def lengths(self, root: Path) -> tuple[float, ...]:
        """The length chosen at each level, in the system's time unit."""
        return tuple(read_rows(self.store(root), "length").tolist())

    def perform(self, task: int, place: Workplace) -> Output:
        """At each level, double the length until the drift given ``z`` changes no more than noise.

        Raises
        ------
        TrainingError
            if it still changes at the longest length; says by how much.
        """
        growth, count = self.growth, self.pilots // BLOCKS
        levels = len(growth.sizes)
        lengths = np.zeros(levels)
        tried, difference = (np.full((levels, MOST_DOUBLINGS), -1.0) for _ in range(2))
        blocks = [growth.from_pool(block, count, place) for block in range(BLOCKS)]
        for level in range(levels):
            if level > 0:
                blocks = [growth.from_level(level, below, count, place) for below in blocks]
            states, c = joined(blocks)
            states = self._search(level, states, c, lengths, tried, difference, place)
            blocks = [_rows(states, c, slice(b * count, (b + 1) * count)) for b in range(BLOCKS)]
        rows = {"length": lengths, "tried": tried, "difference": difference}
        return Output(rows, facts={"length": float(lengths[-1])})

    def _search(
        self,
        level: int,
        states: States,
        c: np.ndarray,
        lengths: np.ndarray,
        tried: np.ndarray,
        difference: np.ndarray,
        place: Workplace,
    ) -> States:
        """Find one level's length; gives snapshots that were relaxed for at least that long."""
        system, levels = self.growth.source.make(), len(self.growth.sizes)
        if 2.0 * self.dt > self.longest:
            raise TrainingError(
                f"relaxation does not settle within [upsample] relax_at_most = {self.longest:g}: "
                f"give it at least two dt, {2.0 * self.dt:g}, or set [upsample] relax to a number"
            )
        lengths[level] = self.dt
        states = system.relax(states, c, self.dt, place.rng)
        before = self._increments(level, states, c, place)
        for step in range(MOST_DOUBLINGS):
            further = lengths[level]
            if lengths[level] + further > self.longest:
                raise TrainingError(
                    f"relaxation does not settle: after {lengths[level]:g} time units the drift "
                    f"given z still changes by {difference[level, step - 1]:.1f} standard errors "
                    "on doubling. Set [upsample] relax to a number, or tiling = 'repeat'"
                )
            states = system.relax(states, c, further, place.rng)
            after = self._increments(level, states, c, place)
            tried[level, step] = lengths[level] + further
            difference[level, step] = drift_difference(before, after)
            place.progress((level + (step + 1) / MOST_DOUBLINGS) / levels)
            if difference[level, step] < SETTLED:
                return states
            lengths[level], before = tried[level, step], after
        raise TrainingError(f"relaxation does not settle within {MOST_DOUBLINGS} doublings")

    def _increments(
        self, level: int, states: States, c: np.ndarray, place: Workplace
    ) -> Increments:
        system, size = self.growth.source.make(), self.growth.sizes[level]
        patch = self.geometry.patch
        if any(edge % part for edge, part in zip(size, patch, strict=True)):
            patch = size  # on the way up a system may be smaller than a patch
        total = system.patch_count(size, patch)
        found = evolve_partially(
            system, states, c, Geometry(patch), total, min(self.patches, total), self.dt,
            self.surroundings, place.rng,
        )  # fmt: skip
        change, _ = averaged(found.change, found.elapsed, average=True)
        return Increments(independent(system, system.observe(states)), c, change)


def _rows(states: States, c: np.ndarray, rows: slice) -> Batch:
    return {name: array[rows] for name, array in states.items()}, c[rows]
