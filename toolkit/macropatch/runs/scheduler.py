"""Do the tasks of all stages, each stage after its inputs; skip what is finished and whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path

from macropatch.errors import MacropatchError, TaskError
from macropatch.runs.arrays import create_group
from macropatch.runs.executors import Executors
from macropatch.runs.progress import Progress
from macropatch.runs.records import TaskRecord, perform, read_records
from macropatch.runs.stage import Stage, Stopped, Workplace

POLL_SECONDS = 0.5

OnStage = Callable[[Stage, str], None]
"""Called with a stage and its new state: ``running`` or ``finished``."""


class Scheduler:
    """Runs stages in one folder.

    At most as many tasks as there are workers are under way, so memory is bounded by tasks. While
    others wait, fits leave a worker to compiled kernels: they hold Python's lock for some time.
    """

    def __init__(
        self, root: Path, executors: Executors, progress: Progress, on_stage: OnStage
    ) -> None:
        self._root, self._executors = root, executors
        self._progress, self._on_stage = progress, on_stage
        self._stop = threading.Event()
        self._records: dict[str, dict[int, TaskRecord]] = {}
        self._todo: dict[str, list[int]] = {}
        self._running: dict[Future[TaskRecord], tuple[Stage, int]] = {}

    def run(self, stages: Sequence[Stage]) -> Mapping[str, Mapping[int, TaskRecord]]:
        """Do everything; returns the records of each stage's tasks by its name.

        Raises
        ------
        TaskError
            if a task fails: names stage, task and what it raised. Tasks under way finish first.
        """
        waiting = list(stages)
        for stage in stages:
            done = self._finished_tasks(stage)
            self._records[stage.name] = done
            self._todo[stage.name] = [task for task in range(stage.tasks) if task not in done]
            if done:
                self._open(stage)  # no task's record covers the metadata of its arrays
            share = len(self._todo[stage.name]) / stage.tasks
            self._progress.plan(stage.kind, stage.cost() * share)
        self._progress.start()
        opened: set[str] = set()
        try:
            while waiting:
                waiting = [stage for stage in waiting if not self._is_done(stage)]
                self._submit([s for s in waiting if all(map(self._is_done, s.inputs))], opened)
                if self._running:
                    self._collect()
        except BaseException:
            self._stop.set()
            for future in self._running:
                future.cancel()
            raise
        return self._records

    def _finished_tasks(self, stage: Stage) -> dict[int, TaskRecord]:
        found = read_records(self._root, stage)
        return {task: record for task, record in found.items() if record.whole(self._root)}

    def _is_done(self, stage: Stage) -> bool:
        return len(self._records[stage.name]) == stage.tasks

    def _submit(self, ready: list[Stage], opened: set[str]) -> None:
        for stage in ready:
            while self._todo[stage.name] and len(self._running) < self._executors.workers:
                if self._must_wait(stage, ready):
                    break
                if stage.name not in opened:
                    opened.add(stage.name)
                    self._on_stage(stage, "running")
                    self._open(stage)
                task = self._todo[stage.name].pop(0)
                self._running[self._start(stage, task)] = (stage, task)

    def _open(self, stage: Stage) -> None:
        columns = stage.columns()
        if columns:
            create_group(stage.store(self._root), columns, {"stage": stage.name})

    def _must_wait(self, stage: Stage, ready: list[Stage]) -> bool:
        fits = sum(other.kind == "fit" for other, _ in self._running.values())
        others = any(self._todo[other.name] for other in ready if other.kind != "fit")
        return stage.kind == "fit" and others and fits >= max(1, self._executors.workers - 1)

    def _start(self, stage: Stage, task: int) -> Future[TaskRecord]:
        cost = stage.cost() / stage.tasks
        pool = self._executors.pick(stage.releases_gil, stage.local)
        if not self._executors.is_threads(pool):
            return pool.submit(run_task, stage, task, self._root, None)

        def tell(share: float) -> None:
            if self._stop.is_set():
                raise Stopped
            self._progress.inside(stage.name, stage.kind, task, cost, share)

        return pool.submit(run_task, stage, task, self._root, tell)

    def _collect(self) -> None:
        finished, _ = wait(self._running, POLL_SECONDS, FIRST_COMPLETED)
        for future in finished:
            stage, task = self._running.pop(future)
            try:
                record = future.result()
            except MacropatchError as error:
                error.args = (f"stage {stage.name}, task {task}: {error}",)
                raise
            except (Stopped, KeyboardInterrupt):
                raise
            except Exception as error:
                raise TaskError(
                    f"stage {stage.name}, task {task} of {stage.tasks} raised "
                    f"{type(error).__name__}: {error}. Finished tasks are kept; mend the cause and "
                    "run the same command again."
                ) from error
            self._records[stage.name][task] = record
            cost = stage.cost() / stage.tasks
            self._progress.finished(stage.name, stage.kind, task, cost, record.seconds)
            if self._is_done(stage):
                self._on_stage(stage, "finished")


def run_task(
    stage: Stage, task: int, root: Path, progress: Callable[[float], None] | None
) -> TaskRecord:
    """Do one task in whatever thread or process this is."""
    scratch = root / "tasks" / stage.name
    place = Workplace(root, stage.rng(task), progress or (lambda share: None), scratch)
    return perform(stage, task, root, place)
