"""Stages that do next to nothing, and a scheduler that carries them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from macropatch.runs.arrays import Column, read_rows
from macropatch.runs.executors import Executors
from macropatch.runs.progress import Progress
from macropatch.runs.scheduler import Scheduler
from macropatch.runs.stage import Output, Stage, Workplace


@dataclass(frozen=True)
class Numbers(Stage):
    """Two rows a task: a random number, plus the first numbers of the inputs."""

    label: str
    parents: tuple[Stage, ...] = ()
    count: int = 4
    hook: Callable[[int, Workplace], None] | None = None
    seed: int = 0

    kind = "evolve"

    @property
    def inputs(self):
        return self.parents

    @property
    def tasks(self):
        return self.count

    def settings(self):
        return {"label": self.label}

    def columns(self):
        return {"x": Column((2 * self.count, 1), (2, 1), "float64", ("row", "one"))}

    def perform(self, task, place):
        if self.hook is not None:
            self.hook(task, place)
        before = sum(read_rows(one.store(place.root), "x")[0, 0] for one in self.parents)
        return Output({"x": place.rng.normal(size=(2, 1)) + before}, facts={"task": task})


def carry_out(root: Path, *stages: Stage, workers: int = 2):
    """Runs stages; returns the records, and the events ``(stage label, state)``."""
    events = []
    executors = Executors(workers, "threads")
    try:
        with Progress(workers, show=False) as progress:
            scheduler = Scheduler(
                root, executors, progress, lambda stage, state: events.append((stage.label, state))
            )
            return scheduler.run(stages), events
    finally:
        executors.close(at_once=True)


def chain(hook=None):
    first = Numbers("first")
    second = Numbers("second", (first,), hook=hook)
    return first, second, Numbers("third", (first, second), count=1)


def values(root, stages):
    return [read_rows(stage.store(root), "x").tolist() for stage in stages]
