"""truth: direct simulations of the large system, two independent sets of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from macropatch.contract import Size
from macropatch.pipeline.closure import ClosureStage
from macropatch.pipeline.columns import described
from macropatch.pipeline.grouped_runs import GroupedRuns
from macropatch.pipeline.pool import SITE_SECONDS
from macropatch.pipeline.source import SystemSource
from macropatch.runs.arrays import Column
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.conditions import repeated
from macropatch.stages.encode import everything
from macropatch.stages.simulate import simulate_truth


@dataclass(frozen=True)
class Beginning:
    """Where predictions and direct simulations begin: a start of the system, and conditions."""

    start: tuple[tuple[str, Any], ...]
    conditions: tuple[float, ...]
    label: str

    @property
    def table(self) -> dict[str, Any]:
        """The start as a table."""
        return dict(self.start)

    def rows(self, count: int) -> np.ndarray:
        """Conditions of ``count`` runs."""
        return repeated(self.conditions, count)


@dataclass(frozen=True)
class TruthStage(GroupedRuns):
    """Direct simulations ``(starts, runs, records, d)``: observables, or all of ``z``."""

    source: SystemSource
    size: Size
    beginnings: tuple[Beginning, ...]
    runs: int
    records: int
    record_every: float
    which: str
    task_size: int
    closure: ClosureStage | None = None
    seed: int = 0

    kind = "truth"
    sources = ("pipeline/truth.py", "pipeline/grouped_runs.py", "stages/conditions.py",
               "stages/simulate.py", "stages/encode.py", "lattice")  # fmt: skip

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """The encoder, where direct simulations are encoded."""
        return (self.closure,) if self.closure else ()

    @property
    def closures(self) -> int:
        """Number of closure variables."""
        return self.closure.source.make().dimension if self.closure else 0

    def settings(self) -> dict[str, Any]:
        """Everything; ``which`` tells the two sets apart."""
        return {
            "system": self.source.identity(),
            "size": plain(self.size),
            "starts": [[plain(b.table), list(b.conditions)] for b in self.beginnings],
            "runs": self.runs,
            "records": self.records,
            "record_every": self.record_every,
            "which": self.which,
            "task_size": self.task_size,
        }

    @property
    def groups(self) -> int:
        """Starts."""
        return len(self.beginnings)

    def columns(self) -> dict[str, Column]:
        """``z``."""
        observables = self.source.make().observables
        d = len(observables) + self.closures
        shape = (len(self.beginnings), self.runs, self.records, d)
        part = (1, self.runs_per_task, self.records, d)
        names, z = ("start", "run", "time", "z"), described(observables, self.closures)
        return {"z": Column(shape, part, "float64", names, z)}

    def cost(self) -> float:
        """Sites times time."""
        sites = self.source.make().sites(self.size)
        time = (self.records - 1) * self.record_every
        return len(self.beginnings) * self.runs * time * sites * SITE_SECONDS

    def perform(self, task: int, place: Workplace) -> Output:
        """Some runs from one start."""
        group, runs = self.share(task)
        begin, count = self.beginnings[group], runs.stop - runs.start
        system = self.source.make()
        encoder = self.closure.encoder(place.root) if self.closure else None
        cell = self.closure.source.cell if self.closure else None
        z = simulate_truth(
            system, self.size, self.source.start(begin.table), begin.rows(count), self.records,
            self.record_every, place.rng, lambda states: everything(system, states, encoder, cell),
        )  # fmt: skip
        return Output({"z": z[None]})
