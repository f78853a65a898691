"""simulate: the pool of small-system snapshots, some runs a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from macropatch.contract import Size
from macropatch.pipeline.columns import STATE, observed_columns, state_columns
from macropatch.pipeline.source import SystemSource
from macropatch.runs.arrays import Column
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.conditions import cycle
from macropatch.stages.simulate import simulate_pool

BLOCKS = 5
"""The pool's runs are split into so many blocks; ensemble members leave one out each."""

SITE_SECONDS = 2e-8
"""Rough core seconds that one site takes for one time unit: first guess for the time left."""


def block_of(task: int, tasks: int) -> int:
    """The block that a task belongs to: tasks in order, blocks as equal as they can be."""
    return task * BLOCKS // tasks


def tasks_of_block(block: int, tasks: int) -> range:
    """The tasks of a block."""
    return range(-(-block * tasks // BLOCKS), -(-(block + 1) * tasks // BLOCKS))


@dataclass(frozen=True)
class PoolStage(Stage):
    """Trajectories of the small system."""

    source: SystemSource
    size: Size
    runs: int
    records: int
    record_every: float
    start: dict[str, Any]
    conditions: tuple[tuple[float, ...], ...]
    task_size: int
    seed: int = 0

    kind = "simulate"
    sources = ("pipeline/pool.py", "stages/conditions.py", "stages/simulate.py", "lattice")
    inputs = ()

    def settings(self) -> dict[str, Any]:
        """Everything but the seed."""
        return {
            "system": self.source.identity(),
            "size": plain(self.size),
            "runs": self.runs,
            "records": self.records,
            "record_every": self.record_every,
            "start": plain(self.start),
            "conditions": plain(self.conditions),
            "task_size": self.task_size,
        }

    @property
    def runs_per_task(self) -> int:
        """So many that a task has about ``task_size`` snapshots, and every block a task."""
        return max(1, min(self.task_size // self.records, self.runs // BLOCKS))

    @property
    def tasks(self) -> int:
        """Tasks."""
        return -(-self.runs // self.runs_per_task)

    @property
    def releases_gil(self) -> bool:
        """As the system's record says."""
        return self.source.record.releases_gil

    def block_rows(self, block: int) -> slice:
        """The snapshots of a block."""
        own, part = tasks_of_block(block, self.tasks), self.runs_per_task * self.records
        return slice(own.start * part, min(own.stop * part, self.runs * self.records))

    def columns(self) -> dict[str, Column]:
        """States, observables and conditions, one row a record of a run."""
        system = self.source.make()
        rows, part = self.runs * self.records, self.runs_per_task * self.records
        states = state_columns(system.state_spec(self.size), rows, part)
        return states | observed_columns(system, rows, part)

    def cost(self) -> float:
        """Sites times time."""
        sites = self.source.make().sites(self.size)
        return self.runs * self.records * self.record_every * sites * SITE_SECONDS

    def perform(self, task: int, place: Workplace) -> Output:
        """Some runs."""
        system = self.source.make()
        first = task * self.runs_per_task
        count = min(self.runs_per_task, self.runs - first)
        c = cycle(np.array(self.conditions), first, count)
        states, z = simulate_pool(
            system, self.size, self.source.start(self.start), c, self.records, self.record_every,
            place.rng,
        )  # fmt: skip
        rows = {STATE + name: array.reshape(-1, *array.shape[2:]) for name, array in states.items()}
        rows["z"] = z.reshape(-1, z.shape[2])
        rows["c"] = np.repeat(c, self.records, axis=0)
        return Output(rows)
