"""What a run will take: counts, disk, memory and time, before it starts."""

from __future__ import annotations

import math
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from macropatch.errors import SettingsError
from macropatch.experiment import Study
from macropatch.host import Host
from macropatch.pipeline.graph import Graph, build_graph, system_source
from macropatch.pipeline.model import FitStage
from macropatch.pipeline.pool import SITE_SECONDS
from macropatch.pipeline.snapshots import SnapshotsStage
from macropatch.runs.arrays import Column
from macropatch.runs.executors import worker_count
from macropatch.runs.stage import Stage

BASE_BYTES = 600_000_000
"""Rough resident memory of Python with torch and numba."""

WORKING_COPIES = 6
"""A task holds about so many unpacked copies of its largest arrays."""

MICROSCOPIC = {"simulate", "relax", "upsample", "evolve", "calibrate", "truth", "equilibrium"}


@dataclass(frozen=True)
class StagePlan:
    """One kind of stage: how many of them, tasks, bytes on disk, rough core seconds."""

    kind: str
    stages: int
    tasks: int
    disk: int
    seconds: float


@dataclass(frozen=True)
class Plan:
    """All kinds of stages, peak memory and wall seconds."""

    graph: Graph
    rows: tuple[StagePlan, ...]
    memory: int
    workers: int

    @property
    def disk(self) -> int:
        """Bytes of all stages."""
        return sum(row.disk for row in self.rows)

    @property
    def seconds(self) -> float:
        """Wall seconds on this machine."""
        return sum(row.seconds for row in self.rows) / self.workers


def stored_graph(study: Study, host: Host) -> Graph:
    """The graph, with snapshots stored if they fit ``[run] disk``."""
    graph = build_graph(study, host)
    snapshots = sum(_disk(one) for one in graph.stages if isinstance(one, SnapshotsStage))
    return graph if snapshots <= study.first.run.disk else build_graph(study, host, stored=False)


def make_plan(study: Study, host: Host, measure: bool = True) -> Plan:
    """Count everything; with ``measure``, time the system for a moment for a better estimate."""
    graph = stored_graph(study, host)
    workers = worker_count(study.first.run.workers)
    speed = _measured_speed(study, host) if measure else 1.0
    rows = []
    for kind in dict.fromkeys(stage.kind for stage in graph.stages):
        some = [stage for stage in graph.stages if stage.kind == kind]
        factor = speed if kind in MICROSCOPIC else 1.0
        rows.append(
            StagePlan(
                kind, len(some), sum(s.tasks for s in some), sum(map(_disk, some)),
                factor * sum(s.cost() for s in some),
            )
        )  # fmt: skip
    largest = max(_task_bytes(stage) for stage in graph.stages)
    return Plan(graph, tuple(rows), BASE_BYTES + WORKING_COPIES * workers * largest, workers)


def check_disk(plan_bytes: int, folder: Path) -> None:
    """Refuse a run that cannot fit. Raises ``SettingsError`` with both numbers."""
    existing = folder
    while not existing.exists():
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    if plan_bytes > free:
        raise SettingsError(
            f"{folder}: the run needs about {plan_bytes / 1e9:.1f} GB of disk, {free / 1e9:.1f} GB "
            "are free. Choose another --out, lower [run] disk (snapshots are then made again from "
            "their seeds), [upsample] snapshots or [small] runs."
        )


def _disk(stage: Stage) -> int:
    total = 0
    for column in stage.columns().values():
        rows = column.shape[0]
        if column.levels is not None:
            total += rows * -(-column.entries // 8)
        else:
            total += math.prod(column.shape) * np.dtype(column.dtype).itemsize
    return total


def _task_bytes(stage: Stage) -> int:
    """Bytes of a task's part, unpacked; a fit reads all of its pairs, and images of them."""
    if isinstance(stage, FitStage):
        pairs = stage.pairs.columns().values()
        return stage.images * sum(_bytes(column, column.shape) for column in pairs)
    return sum(_bytes(column, column.task_shape) for column in stage.columns().values())


def _bytes(column: Column, shape: tuple[int, ...]) -> int:
    return math.prod(shape) * np.dtype(column.dtype).itemsize


def _measured_speed(study: Study, host: Host) -> float:
    """Core seconds of a site for a time unit, over the first guess."""
    experiment = study.first
    source = system_source(experiment, host)
    system, size = source.make(), experiment.small_size
    names = [quantity.name for quantity in system.conditions]
    c = np.array([[experiment.conditions[name][0] for name in names]]).reshape(1, len(names))
    count = max(1, min(2000, int(2e5 / system.sites(size))))
    c = np.repeat(c, count, axis=0)
    rng = np.random.default_rng(0)
    small = experiment.small
    start = small.start if small.from_ is None else experiment.predict.starts[0]
    states = system.initial(size, count, c, source.start(start), rng)
    duration = small.record_every or experiment.evolve.dt
    best = math.inf
    for _ in range(3):  # the first call may compile
        began = time.perf_counter()
        system.evolve(states, c, duration, rng)
        best = min(best, time.perf_counter() - began)
    return best / (count * system.sites(size) * duration) / SITE_SECONDS
