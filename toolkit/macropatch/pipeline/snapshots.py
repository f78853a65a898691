"""upsample: snapshots of the large system, tiled from the pool or started at random."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from macropatch.contract import Size, States
from macropatch.pipeline.columns import STATE, observed_columns, state_columns
from macropatch.pipeline.pool import BLOCKS, SITE_SECONDS, block_of
from macropatch.pipeline.relaxation import RelaxationStage
from macropatch.pipeline.source import SystemSource
from macropatch.pipeline.tiles import Batch, Growth, joined
from macropatch.runs.arrays import Column, read_rows
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.conditions import cycle
from macropatch.stages.upsample import followed, random_snapshots

BUILD_SECONDS = 2e-9
"""Rough core seconds a site of a snapshot that is tiled or shuffled."""


@dataclass(frozen=True)
class SnapshotsStage(Stage):
    """Snapshots of the large system; ``stored`` or made again from their seeds when needed."""

    growth: Growth
    count: int
    random_share: float
    random_start: dict[str, Any]
    random_time: float
    relax: float
    relaxation: RelaxationStage | None
    conditions: tuple[tuple[float, ...], ...]
    task_size: int
    stored: bool
    seed: int = 0
    along: int = 1
    along_every: float = 0.0
    given_share: float = 0.0
    given_starts: tuple[dict[str, Any], ...] = ()

    kind = "upsample"
    sources = ("pipeline/snapshots.py", "pipeline/tiles.py", "pipeline/pool.py",
               "stages/conditions.py", "stages/upsample.py", "lattice")  # fmt: skip

    @property
    def source(self) -> SystemSource:
        """The system."""
        return self.growth.source

    @property
    def size(self) -> Size:
        """Edges of the large system."""
        return self.growth.sizes[-1]

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """The pool, and the search for the lengths of relaxation under ``auto``."""
        return (self.growth.pool, *([self.relaxation] if self.relaxation else []))

    def settings(self) -> dict[str, Any]:
        """All but whether snapshots are stored, which changes no result."""
        return {
            **self.growth.settings(),
            "count": self.count,
            "random_share": self.random_share,
            "random_start": plain(self.random_start),
            "random_time": self.random_time,
            "relax": "auto" if self.relaxation else self.relax,
            "along": [self.along, self.along_every],
            "given": [self.given_share, plain(self.given_starts)],
            "conditions": plain(self.conditions),
            "task_size": self.task_size,
        }

    @property
    def name(self) -> str:
        """Marked where the snapshots themselves are not stored."""
        return super().name if self.stored else f"{super().name}-seeds"

    @property
    def rows_per_task(self) -> int:
        """As set, but every block has a task."""
        return min(self.task_size, -(-self.count // BLOCKS))

    @property
    def tasks(self) -> int:
        """Tasks."""
        return -(-self.count // self.rows_per_task)

    @property
    def releases_gil(self) -> bool:
        """As the system's record says."""
        return self.source.record.releases_gil

    def rows_of(self, task: int) -> slice:
        """The snapshots of a task."""
        first = task * self.rows_per_task
        return slice(first, min(first + self.rows_per_task, self.count))

    def tiled_of(self, task: int) -> slice:
        """The snapshots of a task that grow from the pool; those that begin otherwise follow."""
        rows = self.rows_of(task)
        _, (first, last) = self._begun(rows)
        return slice(rows.start, rows.stop - (last - first))

    def _begun(self, rows: slice) -> tuple[tuple[int, int], tuple[int, int]]:
        """How many begin at random before and up to the end of rows; and at random or as given."""
        random, both = (
            (round(share * rows.start), round(share * rows.stop))
            for share in (self.random_share, self.random_share + self.given_share)
        )
        return random, both

    def columns(self) -> dict[str, Column]:
        """Observables, conditions and block of each snapshot; its state if stored."""
        system = self.source.make()
        rows, part = self.count, self.rows_per_task
        columns = observed_columns(system, rows, part)
        columns["block"] = Column((rows,), (part,), "int8", ("snapshot",))
        if self.stored:
            columns |= state_columns(system.state_spec(self.size), rows, part)
        return columns

    def cost(self) -> float:
        """Building and relaxing."""
        sites = self.source.make().sites(self.size)
        each = (self.relax + (self.along - 1) * self.along_every) / self.along
        begun = self.random_share + self.given_share
        time = (1.0 - begun) * each + 0.5 * begun * self.random_time
        return self.count * sites * (BUILD_SECONDS + time * SITE_SECONDS)

    def perform(self, task: int, place: Workplace) -> Output:
        """Snapshots of one task, all of one block."""
        states, c = self._build(task, place)
        block = np.full(len(c), block_of(task, self.tasks), np.int8)
        rows = {"z": self.source.make().observe(states), "c": c, "block": block}
        if self.stored:
            rows |= {STATE + name: array for name, array in states.items()}
        return Output(rows)

    def states_of(self, task: int, place: Workplace) -> tuple[States, np.ndarray]:
        """Snapshots and conditions of a task: read, or made again from the task's seed."""
        if not self.stored:
            return self._build(task, replace(place, rng=self.rng(task)))
        group, rows = self.store(place.root), self.rows_of(task)
        spec = self.source.make().state_spec(self.size)
        states = {name: read_rows(group, STATE + name, rows) for name in spec}
        return states, read_rows(group, "c", rows)

    def _build(self, task: int, place: Workplace) -> tuple[States, np.ndarray]:
        system, rows = self.source.make(), self.rows_of(task)
        (random_from, random_to), (from_both, to_both) = self._begun(rows)
        tiled = self.tiled_of(task)
        parts: list[Batch] = []
        count = tiled.stop - tiled.start
        if count:
            block = block_of(task, self.tasks)
            lengths = (self.relax,) * len(self.growth.sizes)
            if self.relaxation is not None:
                lengths = self.relaxation.lengths(place.root)
            chains = -(-count // self.along)
            grown, c = self.growth.grown(block, chains, lengths, place)
            grown, c = followed(system, grown, c, self.along, self.along_every, place.rng)
            parts.append(({name: array[:count] for name, array in grown.items()}, c[:count]))
        table = np.array(self.conditions)
        begun = [(self.random_start, cycle(table, random_from, random_to - random_from))]
        numbers = np.arange(from_both - random_from, to_both - random_to)
        for index, start in enumerate(self.given_starts):
            own = numbers[numbers % len(self.given_starts) == index] // len(self.given_starts)
            begun.append((start, table[own % len(table)]))
        for start, c in begun:
            if len(c):
                snapshots = random_snapshots(
                    system, self.size, self.source.start(start), c, self.random_time, place.rng
                )
                parts.append((snapshots, c))
        return joined(parts)
