"""calibrate: ``λ`` by component and condition, from whole-system evolutions of some snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from macropatch.errors import TrainingError
from macropatch.learning.normalisation import Normalisation
from macropatch.pipeline.pairs import PartialPairsStage
from macropatch.pipeline.pool import BLOCKS, SITE_SECONDS
from macropatch.pipeline.symmetry import Symmetry
from macropatch.runs.arrays import Column
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.calibrate import Calibration, calibrate
from macropatch.stages.encode import macroscopic
from macropatch.stages.evolve import averaged

FEWEST = 20
"""Fewer increments than this at a condition say nothing about a variance."""

MARGIN = 1.2
"""A pass aims so far beyond what the one before says is needed."""

Increments = tuple[np.ndarray, np.ndarray, np.ndarray]
"""``z0``, conditions and change, each ``(count, ·)``."""


@dataclass(frozen=True)
class CalibrationStage(Stage):
    """Evolves whole systems, pass after pass, until each ``λ`` is as precise as asked for."""

    pairs: PartialPairsStage
    average: bool
    error: float
    matrix: bool
    conditions: tuple[tuple[float, ...], ...]
    symmetry: Symmetry | None = None
    seed: int = 0

    kind = "calibrate"
    sources = ("pipeline/calibration.py", "pipeline/symmetry.py", "stages/calibrate.py",
               "stages/encode.py", "stages/evolve.py", "stages/parity.py",
               "learning/normalisation.py", "lattice")  # fmt: skip
    tasks = 1

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """The one-patch pairs."""
        return (self.pairs,)

    def settings(self) -> dict[str, Any]:
        """Precision and form."""
        return {
            "average": self.average,
            "error": self.error,
            "matrix": self.matrix,
            "conditions": [list(row) for row in self.conditions],
            "symmetry": self.symmetry is not None,
        }

    @property
    def releases_gil(self) -> bool:
        """As the system's record says."""
        return self.pairs.releases_gil

    def columns(self) -> dict[str, Column]:
        """One row a combination of conditions; ``factor`` is ``A`` in normalised ``z``."""
        rows, d = len(self.conditions), self.pairs.dimension
        names = ("combination", "z")
        return {
            "ratio": Column((rows, d), (rows, d), "float64", names),
            "error": Column((rows, d), (rows, d), "float64", names),
            "factor": Column((rows, d, d), (rows, d, d), "float64", (*names, "other_z")),
        }

    @property
    def first_pass(self) -> int:
        """Whole systems of the first pass: a relative error of ``√(2/N)`` if noise is even.

        They are drawn at random from all conditions, of which each shall have its ``FEWEST``.
        """
        return max(2 * FEWEST, int(np.ceil(2.0 / self.error**2))) * len(self.conditions)

    def cost(self) -> float:
        """Sites times time."""
        snapshots = self.pairs.snapshots
        sites = snapshots.source.make().sites(snapshots.size)
        return 1.5 * self.first_pass * sites * self.pairs.dt * SITE_SECONDS

    def perform(self, task: int, place: Workplace) -> Output:
        """Compare one-patch with whole-system increments."""
        z0, c = self.pairs.read(place.root, "z0"), self.pairs.read(place.root, "c")
        elapsed = self.pairs.read(place.root, "elapsed")
        change, _ = averaged(self.pairs.read(place.root, "change"), elapsed, self.average)
        patches = len(change) // len(z0)
        patch = (np.repeat(z0, patches, axis=0), np.repeat(c, patches, axis=0), change)
        closure, symmetry = self.pairs.closure, self.symmetry
        parities = symmetry.parities(closure, place.root) if symmetry else None
        normal = Normalisation.of(z0, c, parities)
        order = self._order(place.rng)
        whole = self._evolve(order[: self.first_pass], place)
        found, worst = self._compare(patch, whole, normal, parities)
        while worst > self.error and len(whole[0]) < len(order):
            used = len(whole[0])
            wanted = int(MARGIN * used * (worst / self.error) ** 2)
            place.progress(used / wanted)
            whole = _joined([whole, self._evolve(order[used:wanted], place)])
            found, worst = self._compare(patch, whole, normal, parities)
        rows = {
            "ratio": np.stack([one.ratio for one in found]),
            "error": np.stack([one.error for one in found]),
            "factor": np.stack([one.factor for one in found]),
        }
        return Output(rows, facts={"whole_systems": len(whole[0]), "relative_error": worst})

    def _order(self, rng: np.random.Generator) -> np.ndarray:
        """``(count, 2)`` task and row of snapshots, at random from tasks of all blocks."""
        snapshots = self.pairs.snapshots
        used = -(-8 * self.first_pass // snapshots.rows_per_task)
        spread = min(max(2 * BLOCKS, used), snapshots.tasks)
        tasks = np.unique(np.linspace(0, snapshots.tasks - 1, spread).round().astype(int))
        places = [
            np.stack([np.full(rows.stop - rows.start, task), np.arange(rows.stop - rows.start)], 1)
            for task, rows in ((task, snapshots.rows_of(int(task))) for task in tasks)
        ]
        return rng.permutation(np.concatenate(places), axis=0)

    def _evolve(self, places: np.ndarray, place: Workplace) -> Increments:
        """Evolve the whole snapshots at the given places for one ``dt``."""
        pairs, snapshots = self.pairs, self.pairs.snapshots
        system = snapshots.source.make()
        encoder = pairs.closure.encoder(place.root) if pairs.closure else None
        parts: list[Increments] = []
        for task in np.unique(places[:, 0]):
            rows = np.sort(places[places[:, 0] == task, 1])
            states, c = snapshots.states_of(int(task), place)
            before = {name: array[rows] for name, array in states.items()}
            after = system.evolve(before, c[rows], pairs.dt, place.rng).states
            first, last = (
                macroscopic(system, one, encoder, pairs.geometry.cell) for one in (before, after)
            )
            parts.append((first, c[rows], last - first))
        return _joined(parts)

    def _compare(
        self,
        patch: Increments,
        whole: Increments,
        normal: Normalisation,
        parities: np.ndarray | None,
    ) -> tuple[list[Calibration], float]:
        found = []
        for row in np.array(self.conditions):
            mine, all_of = (self._at(increments, row, normal) for increments in (patch, whole))
            found.append(calibrate(mine, all_of, self.matrix, parities))
        return found, max(float((one.error / one.ratio).max()) for one in found)

    def _at(self, increments: Increments, row: np.ndarray, normal: Normalisation) -> Increments:
        """Normalised increments at one combination of conditions, which then needs no column."""
        z0, c, change = increments
        rows = (c == row).all(axis=1)
        if rows.sum() < FEWEST:
            raise TrainingError(
                f"only {rows.sum()} snapshots at conditions {row.tolist()} to calibrate lambda "
                "with: make more ([upsample] snapshots), or set [sde] lambda = 'K'"
            )
        return normal.inward(z0[rows]), c[rows][:, :0], change[rows] / normal.scale


def _joined(parts: list[Increments]) -> Increments:
    z0, c, change = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return z0, c, change
