"""equilibrium: the stationary law of the large system, by the system's own faster sampler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from macropatch.contract import Size
from macropatch.pipeline.columns import described
from macropatch.pipeline.pool import SITE_SECONDS
from macropatch.pipeline.source import SystemSource
from macropatch.runs.arrays import Column
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.simulate import sample_equilibrium


@dataclass(frozen=True)
class EquilibriumStage(Stage):
    """Observables ``(conditions, runs, records, observables)``, ``sweeps`` apart."""

    source: SystemSource
    size: Size
    conditions: tuple[tuple[float, ...], ...]
    runs: int
    records: int
    sweeps: int
    burn_in: int
    start: dict[str, Any]
    runs_per_task: int
    seed: int = 0

    kind = "equilibrium"
    sources = ("pipeline/equilibrium.py", "stages/simulate.py", "lattice")
    inputs = ()

    def settings(self) -> dict[str, Any]:
        """Everything but the seed."""
        return {
            "system": self.source.identity(),
            "size": plain(self.size),
            "conditions": plain(self.conditions),
            "runs": self.runs,
            "records": self.records,
            "sweeps": self.sweeps,
            "burn_in": self.burn_in,
            "start": plain(self.start),
            "runs_per_task": self.runs_per_task,
        }

    @property
    def parts(self) -> int:
        """Tasks a combination of conditions."""
        return -(-self.runs // self.runs_per_task)

    @property
    def tasks(self) -> int:
        """Tasks."""
        return len(self.conditions) * self.parts

    @property
    def releases_gil(self) -> bool:
        """As the system's record says."""
        return self.source.record.releases_gil

    def columns(self) -> dict[str, Column]:
        """``z``."""
        observables = self.source.make().observables
        shape = (len(self.conditions), self.runs, self.records, len(observables))
        part = (1, self.runs_per_task, *shape[2:])
        names = ("condition", "run", "record", "observable")
        return {"z": Column(shape, part, "float64", names, described(observables))}

    def corner(self, task: int) -> dict[str, tuple[int, ...]]:
        """One combination, some runs."""
        return {"z": (task // self.parts, task % self.parts * self.runs_per_task, 0, 0)}

    def cost(self) -> float:
        """Sites times sweeps."""
        sites = self.source.make().sites(self.size)
        sweeps = self.burn_in + self.records * self.sweeps
        return len(self.conditions) * self.runs * sweeps * sites * SITE_SECONDS

    def perform(self, task: int, place: Workplace) -> Output:
        """Some runs at one combination of conditions."""
        row = self.conditions[task // self.parts]
        first = task % self.parts * self.runs_per_task
        count = min(self.runs_per_task, self.runs - first)
        c = np.tile(np.array(row), (count, 1)).reshape(count, len(row))
        system = self.source.make()
        z = sample_equilibrium(
            system, self.size, self.source.start(self.start), c, self.records, self.sweeps,
            self.burn_in, place.rng, place.progress,
        )  # fmt: skip
        return Output({"z": z[None]})
