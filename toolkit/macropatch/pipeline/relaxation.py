"""The length of relaxation under ``relax = "auto"``: doubled until the drift stops changing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from macropatch.contract import Geometry, Size, States, Surroundings
from macropatch.errors import TrainingError
from macropatch.pipeline.imported_pool import Pool
from macropatch.pipeline.pool import BLOCKS, SITE_SECONDS
from macropatch.pipeline.source import SystemSource
from macropatch.pipeline.tiles import tiled_from_block
from macropatch.runs.arrays import Column, read_rows
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.evolve import averaged, evolve_partially
from macropatch.stages.relaxation import Increments, drift_difference

SETTLED = 1.3
"""The drift has settled when it differs by fewer standard errors (rms over coefficients)."""

MOST_DOUBLINGS = 14


@dataclass(frozen=True)
class RelaxationStage(Stage):
    """Relaxes pilot snapshots for 0, 1, 2, 4 … pair durations and watches the drift given ``z``."""

    source: SystemSource
    pool: Pool
    size: Size
    repeat_share: float
    geometry: Geometry
    surroundings: Surroundings
    patches: int
    dt: float
    pilots: int
    longest: float
    seed: int = 0

    kind = "relax"
    sources = ("pipeline/relaxation.py", "pipeline/tiles.py", "stages/relaxation.py",
               "stages/upsample.py", "stages/evolve.py", "lattice")  # fmt: skip
    tasks = 1

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """The pool."""
        return (self.pool,)

    def settings(self) -> dict[str, Any]:
        """Size, tiling, geometry and the pilot's numbers."""
        return {
            "system": self.source.identity(),
            "size": plain(self.size),
            "repeat_share": self.repeat_share,
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
        return self.source.record.releases_gil

    def columns(self) -> dict[str, Column]:
        """The length chosen, and the course of the search."""
        return {
            "length": Column((1,), (1,), "float64", ("chosen",)),
            "tried": Column((MOST_DOUBLINGS,), (MOST_DOUBLINGS,), "float64", ("step",)),
            "difference": Column((MOST_DOUBLINGS,), (MOST_DOUBLINGS,), "float64", ("step",)),
        }

    def cost(self) -> float:
        """A guess: some doublings."""
        return self.pilots * self.source.make().sites(self.size) * 32 * self.dt * SITE_SECONDS

    def length(self, root: Path) -> float:
        """The length chosen, in the system's time unit."""
        return float(read_rows(self.store(root), "length")[0])

    def perform(self, task: int, place: Workplace) -> Output:
        """Double the length until the drift given ``z`` changes by less than its error.

        Raises
        ------
        TrainingError
            if it still changes at the longest length; says by how much.
        """
        states, c = self._pilots(place)
        tried, difference = np.full(MOST_DOUBLINGS, -1.0), np.full(MOST_DOUBLINGS, -1.0)
        length, before = 0.0, self._increments(states, c, place)
        for step in range(MOST_DOUBLINGS):
            further = self.dt if length == 0 else length
            if length + further > self.longest:
                raise TrainingError(
                    f"relaxation does not settle: after {length:g} time units the drift given z "
                    f"still changes by {difference[step - 1]:.1f} standard errors on doubling. Set "
                    "[upsample] relax to a number, or tiling = 'repeat'"
                )
            states = self.source.make().relax(states, c, further, place.rng)
            after = self._increments(states, c, place)
            tried[step], difference[step] = length + further, drift_difference(before, after)
            place.progress(0.9 * (step + 1) / MOST_DOUBLINGS)
            if difference[step] < SETTLED:
                rows = {"length": np.array([length]), "tried": tried, "difference": difference}
                return Output(rows, facts={"length": length})
            length, before = length + further, after
        raise TrainingError(f"relaxation does not settle within {MOST_DOUBLINGS} doublings")

    def _pilots(self, place: Workplace) -> tuple[States, np.ndarray]:
        """Tiled snapshots of all blocks."""
        parts = [
            tiled_from_block(
                self.source,
                self.pool,
                self.size,
                block,
                self.pilots // BLOCKS,
                self.repeat_share,
                place,
            )
            for block in range(BLOCKS)
        ]
        states = {name: np.concatenate([part[0][name] for part in parts]) for name in parts[0][0]}
        return states, np.concatenate([part[1] for part in parts])

    def _increments(self, states: States, c: np.ndarray, place: Workplace) -> Increments:
        system = self.source.make()
        found = evolve_partially(
            system, states, c, self.geometry, system.patch_count(self.size, self.geometry.patch),
            self.patches, self.dt, self.surroundings, place.rng,
        )  # fmt: skip
        change, _ = averaged(found.change, found.elapsed, average=True)
        return Increments(system.observe(states), c, change)
