"""What a diagnosis simulates: which snapshots, for how long, in which surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from macropatch.pipeline.model import FitStage
from macropatch.pipeline.pairs import PartialPairsStage
from macropatch.pipeline.pool import BLOCKS
from macropatch.pipeline.snapshots import SnapshotsStage
from macropatch.runs.identity import digest, task_generator

FACTORS = (1, 2, 4)
"""Patches are evolved for so many times ``dt``."""

WIDTHS = (0, 1, 2, 4)
"""Widths of the halo that are compared, beside the run's own."""

LAGS = 8
STEPS = 2 * LAGS
"""Successive ``dt`` that whole systems are followed for."""

FEWEST_PATCHES = 4
"""Patches of a snapshot that are evolved; more if that takes no longer than whole systems do."""

HALO_SHARE = 2.0
"""Rough ratio of the sites of a patch with its halo to those of the patch."""

FEWEST = 100
"""Fewer snapshots than this say nothing."""


@dataclass(frozen=True)
class Protocol:
    """Everything that is simulated, for one fit.

    Attributes
    ----------
    chosen : tasks of the snapshots' stage, and which of their rows
    dt : of the fitted transition
    snapshots : how many are chosen
    """

    fit: FitStage
    chosen: tuple[tuple[int, tuple[int, ...]], ...]
    dt: float
    snapshots: int

    @classmethod
    def of(cls, fit: FitStage, root: Path, snapshots: int) -> Protocol:
        """For about so many snapshots, of tasks of all blocks."""
        chosen = choose(fit.pairs.snapshots, snapshots, _generator(fit, snapshots, 0))
        count = sum(len(rows) for _, rows in chosen)
        dt = fit.pairs.dt if isinstance(fit.pairs, PartialPairsStage) else fit.fitted(root).dt
        return cls(fit, chosen, dt, count)

    @property
    def partial(self) -> PartialPairsStage | None:
        """The pairs, if they are of patches in their surroundings."""
        return self.fit.pairs if isinstance(self.fit.pairs, PartialPairsStage) else None

    @property
    def factors(self) -> tuple[int, ...]:
        """Multiples of ``dt`` for patches: none where they are evolved alone."""
        return FACTORS if self.partial else ()

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the halo, ascending: the last is the reference. Else the run's own only."""
        if self.partial is None:
            return ()
        own = self.partial.surroundings
        if own.kind != "halo" or self.partial.patch_total == 1:
            return (own.width,)
        return tuple(sorted({*WIDTHS, own.width}))

    @property
    def patches(self) -> int:
        """Patches a snapshot."""
        if self.partial is None:
            return 0
        system = self.partial.snapshots.source.make()
        whole = STEPS * system.sites(self.partial.snapshots.size)
        patch = HALO_SHARE * system.sites(self.partial.geometry.patch) * len(self.widths)
        affordable = int(whole / (patch * sum(self.factors)))
        return min(self.partial.patch_total, max(FEWEST_PATCHES, affordable))

    def rng(self, task: int) -> np.random.Generator:
        """The generator of one part of the work."""
        return _generator(self.fit, self.snapshots, 1 + task)


def choose(
    snapshots: SnapshotsStage, count: int, rng: np.random.Generator
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Rows of tasks that are evenly spaced, so of all blocks, and no more tasks than it takes."""
    needed = max(2 * BLOCKS, -(-count // snapshots.rows_per_task))
    spread = np.linspace(0, snapshots.tasks - 1, min(needed, snapshots.tasks))
    tasks = np.unique(spread.round().astype(int)).tolist()
    found = []
    for index, task in enumerate(tasks):
        quota = count * (index + 1) // len(tasks) - count * index // len(tasks)
        rows = snapshots.rows_of(task)
        here = rows.stop - rows.start
        picked = np.sort(rng.choice(here, min(quota, here), replace=False))
        found.append((int(task), tuple(picked.tolist())))
    return tuple(found)


def _generator(fit: FitStage, snapshots: int, task: int) -> np.random.Generator:
    key = digest({"fit": fit.digest, "snapshots": snapshots})
    return task_generator(fit.seed, "diagnose", key, task)
