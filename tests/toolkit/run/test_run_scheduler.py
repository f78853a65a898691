"""Tasks on files, with stages that do next to nothing: order, reuse, damage, failure, stopping."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from macropatch.errors import StorageError, TaskError, TrainingError
from macropatch.run.arrays import Column, read_rows
from macropatch.run.executors import Executors, worker_count
from macropatch.run.progress import Progress
from macropatch.run.records import read_record, record_path
from macropatch.run.scheduler import Scheduler
from macropatch.run.stage import Output, Stage, Stopped, Workplace


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


def test_each_stage_waits_for_its_inputs(tmp_path):
    stages = chain()
    records, events = carry_out(tmp_path, *reversed(stages))
    assert events == [(label, state) for label in ("first", "second", "third")
                      for state in ("running", "finished")]  # fmt: skip
    assert {name: len(tasks) for name, tasks in records.items()} == {
        stage.name: stage.tasks for stage in stages
    }


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_results_do_not_depend_on_the_number_of_workers(tmp_path, workers):
    carry_out(tmp_path / "one", *chain(), workers=1)
    carry_out(tmp_path / "more", *chain(), workers=workers)
    assert values(tmp_path / "one", chain()) == values(tmp_path / "more", chain())


def test_what_is_finished_is_not_done_again(tmp_path):
    carry_out(tmp_path, *chain())
    again = chain(hook=lambda *_: pytest.fail("it is done again"))
    records, events = carry_out(tmp_path, *again)
    assert events == [] and len(records[again[1].name]) == 4


def damaged(root, stage, task, how):
    path = record_path(root, stage, task)
    record = json.loads(path.read_bytes())
    name, sums = next(iter(record["files"].items()))
    chunk = root / name
    if how == "missing":
        chunk.unlink()
    elif how == "truncated":
        chunk.write_bytes(chunk.read_bytes()[:-1])
    elif how == "flipped":
        chunk.write_bytes(bytes([chunk.read_bytes()[0] ^ 1]) + chunk.read_bytes()[1:])
    elif how == "linked":
        chunk.rename(root / "elsewhere")
        chunk.symlink_to(root / "elsewhere")
    elif how == "outside":
        (root.parent / "outside").write_bytes(chunk.read_bytes())
        path.write_text(json.dumps({**record, "files": {"../outside": sums}}))
    elif how == "absolute":
        path.write_text(json.dumps({**record, "files": {str(chunk): sums}}))
    else:
        path.write_bytes(how)


@pytest.mark.parametrize(
    "how",
    [
        "missing", "truncated", "flipped", "linked", "outside", "absolute", b"", b"[]",
        b"{}", b"\xff", b'{"files": 3}', b'{"files": {"a": 1}, "seconds": 0, "facts": {}}',
        b'{"files": {"a": [1, 2, 3]}, "seconds": 0, "facts": {}}',
        b'{"files": {}, "seconds": 0, "facts": {}}',
        b'{"files": {}, "seconds": "long", "facts": 3}',
    ],
)  # fmt: skip
def test_a_damaged_task_is_done_again_and_no_other(tmp_path, how):
    root = tmp_path / "run"
    stages = chain()
    carry_out(root, *stages)
    expected = values(root, stages)
    damaged(root, stages[1], 2, how)
    redone = []
    again = chain(hook=lambda task, place: redone.append(task))
    carry_out(root, *again)
    assert redone == [2] and values(root, again) == expected
    assert read_record(root, again[1], 2).whole(root)


@pytest.mark.parametrize("name", ["zarr.json", "x/zarr.json"])
def test_damaged_metadata_of_a_finished_stage_is_written_again(tmp_path, name):
    stages = chain()
    carry_out(tmp_path, *stages)
    file = stages[0].store(tmp_path) / name
    content = file.read_bytes()
    file.write_bytes(b"{")
    _, events = carry_out(tmp_path, *stages)
    assert file.read_bytes() == content and events == []


@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        (KeyError("spin"), TaskError, r"stage evolve-\w+, task 2 of 4 raised KeyError: 'spin'"),
        (TrainingError("no data"), TrainingError, r"stage evolve-\w+, task 2: no data"),
        (StorageError("gone"), StorageError, r"task 2: gone"),
    ],
)
def test_a_failing_task_is_named_and_the_others_are_kept(tmp_path, error, expected, message):
    def fail(task, place):
        if task == 2:
            raise error

    with pytest.raises(expected, match=message):
        carry_out(tmp_path, *chain(hook=fail), workers=1)
    redone = []
    carry_out(tmp_path, *chain(hook=lambda task, place: redone.append(task)))
    assert redone == [2, 3]


def test_a_stage_that_stops_others_tells_them(tmp_path):
    """When one task fails, one that reports its progress is stopped."""
    started, stopped = threading.Event(), threading.Event()

    def work(task, place):
        if task == 0:
            assert started.wait(60)
            raise ValueError("broken")
        started.set()
        try:
            while True:
                place.progress(0.5)
        except Stopped:
            stopped.set()
            raise

    with pytest.raises(TaskError, match="broken"):
        carry_out(tmp_path, Numbers("both", count=2, hook=work))
    assert stopped.is_set()


def test_no_more_tasks_are_under_way_than_there_are_workers(tmp_path):
    lock, running, most = threading.Lock(), [0], [0]
    both = threading.Barrier(2)

    def work(task, place):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        both.wait(60)
        with lock:
            running[0] -= 1

    carry_out(tmp_path, Numbers("many", count=8, hook=work), workers=2)
    assert most[0] == 2


def test_digests_depend_on_settings_seed_and_inputs():
    first, second, _ = chain()
    others = [Numbers("other"), Numbers("first", seed=1), Numbers("first", (second,))]
    assert len({stage.digest for stage in (first, second, *others)}) == 5
    assert Numbers("first", count=9).digest == first.digest, "tasks are no setting of their own"
    assert first.bind("0" * 64) and first.name == "evolve-000000000000"


def test_tasks_have_their_own_generators():
    draws = [Numbers("first").rng(task).integers(2**63) for task in range(4)]
    assert len(set(draws)) == 4


@pytest.mark.parametrize(
    ("workers", "preference", "releases_gil", "local", "threads"),
    [
        (2, "auto", True, False, True),
        (1, "auto", False, False, True),
        (2, "auto", False, False, False),
        (2, "processes", True, False, False),
        (2, "processes", True, True, True),
        (2, "threads", False, False, True),
    ],
)
def test_executors_are_picked_by_what_tasks_need(workers, preference, releases_gil, local, threads):
    executors = Executors(workers, preference)
    pool = executors.pick(releases_gil, local)
    assert executors.is_threads(pool) == threads
    assert executors.pick(releases_gil, local) is pool
    executors.close(at_once=False)


def test_no_number_of_workers_means_all_cores():
    assert worker_count(3) == 3 and worker_count(0) >= 1
