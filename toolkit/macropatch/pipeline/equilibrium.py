"""equilibrium: the stationary law of the large system, by the system's own faster sampler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from macropatch.contract import Size
from macropatch.pipeline.columns import described
from macropatch.pipeline.grouped_runs import GroupedRuns
from macropatch.pipeline.pool import SITE_SECONDS
from macropatch.pipeline.source import SystemSource
from macropatch.runs.arrays import Column
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Workplace
from macropatch.stages.conditions import repeated
from macropatch.stages.simulate import sample_equilibrium


@dataclass(frozen=True)
class EquilibriumStage(GroupedRuns):
    """Observables ``(conditions, runs, records, observables)``, ``sweeps`` apart."""

    source: SystemSource
    size: Size
    conditions: tuple[tuple[float, ...], ...]
    runs: int
    records: int
    sweeps: int
    burn_in: int
    start: dict[str, Any]
    task_size: int
    seed: int = 0

    kind = "equilibrium"
    sources = ("pipeline/equilibrium.py", "pipeline/grouped_runs.py", "stages/conditions.py",
               "stages/simulate.py", "lattice")  # fmt: skip
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
            "task_size": self.task_size,
        }

    @property
    def groups(self) -> int:
        """Combinations of conditions."""
        return len(self.conditions)

    def columns(self) -> dict[str, Column]:
        """``z``."""
        observables = self.source.make().observables
        shape = (len(self.conditions), self.runs, self.records, len(observables))
        part = (1, self.runs_per_task, *shape[2:])
        names = ("condition", "run", "record", "observable")
        return {"z": Column(shape, part, "float64", names, described(observables))}

    def cost(self) -> float:
        """Sites times sweeps."""
        sites = self.source.make().sites(self.size)
        sweeps = self.burn_in + self.records * self.sweeps
        return len(self.conditions) * self.runs * sweeps * sites * SITE_SECONDS

    def perform(self, task: int, place: Workplace) -> Output:
        """Some runs at one combination of conditions."""
        group, runs = self.share(task)
        c = repeated(self.conditions[group], runs.stop - runs.start)
        system = self.source.make()
        z = sample_equilibrium(
            system, self.size, self.source.start(self.start), c, self.records, self.sweeps,
            self.burn_in, place.rng, place.progress,
        )  # fmt: skip
        return Output({"z": z[None]})
