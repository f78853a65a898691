"""Real processes, killed and interrupted: what is finished is kept, what comes out is the same."""

from __future__ import annotations

import os
import random
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from macropatch.run.manifest import read_manifest
from systems.folders import records_of, results_of, written_at
from systems.processes import (
    checkpoint_always,
    finish,
    kill_at_rename,
    macropatch_process,
    wait_until,
)
from systems.studies import Document, document, swept, write_settings


class Study:
    """A settings file, its run folder, and processes that run it."""

    def __init__(self, folder: Path, settings: Document) -> None:
        self.root, self.output = folder / "run", folder / "output"
        self.settings = write_settings(folder / "study.toml", settings)

    def process(self, *more: str, before=None):
        arguments = ["run", str(self.settings), "--out", str(self.root), "--quiet", *more]
        return macropatch_process(arguments, self.output, before)

    def complete(self) -> None:
        with self.process() as process:
            assert finish(process) == 0, self.output.read_text()

    def finished_tasks(self) -> int:
        return len(list((self.root / "tasks").rglob("*.json")))


def kept_and_complete(study: Study, finished: Path) -> None:
    """Continue: nothing whole is done again, and the end is that of an undisturbed run."""
    records, times = records_of(study.root), written_at(study.root, "tasks")
    study.complete()
    assert records.items() <= records_of(study.root).items()
    later = written_at(study.root, "tasks")
    assert all(later[record] == times[record] for record in records)
    assert results_of(study.root) == results_of(finished)
    left = [path for path in study.root.rglob("*") if path.name.startswith(".new-")]
    assert not left and not list(study.root.rglob("*.partial"))


@pytest.mark.parametrize("seed", range(2))
def test_kills_inside_writes_change_nothing(finished_sweep, tmp_path, seed):
    """Each process kills itself at a random rename, just before or just after it: a few of 350."""
    study, chance = Study(tmp_path, swept()), random.Random(seed)
    for _ in range(1 + seed % 2):
        before = partial(kill_at_rename, chance.randint(2, 120), chance.random() < 0.5)
        with study.process(before=before) as process:
            assert finish(process) == -signal.SIGKILL
    kept_and_complete(study, finished_sweep)


def kill_when(study: Study, tasks: int, delay: float = 0.0) -> None:
    """SIGKILL a process some seconds after it has finished so many tasks."""
    with study.process() as process:
        if wait_until(lambda: study.finished_tasks() >= tasks, process):
            began = time.monotonic()
            wait_until(lambda: time.monotonic() > began + delay, process)
        process.kill()
        process.join()


def test_kills_from_outside_change_nothing(finished_sweep, tmp_path):
    study, chance = Study(tmp_path, swept()), random.Random(11)
    for tasks in sorted(chance.sample(range(1, 60), 2)):
        kill_when(study, tasks)
    assert read_manifest(study.root)["state"] == "running"
    kept_and_complete(study, finished_sweep)


@pytest.mark.faults
def test_thirty_kills_at_random_moments_change_nothing(finished_sweep, tmp_path):
    """Every other one is a fresh start, so that all stages are hit."""
    chance = random.Random(12)
    for attempt in range(15):
        study = Study(tmp_path / str(attempt), swept())
        for _ in range(2):
            kill_when(study, chance.randint(0, 62), chance.uniform(0, 0.4))
        kept_and_complete(study, finished_sweep)


def long_fit(**training) -> Document:
    """Minutes of fitting if nobody stops it."""
    return document(training={"epochs": 100_000, "batch": 16, "patience": 10**6, **training})


def test_a_killed_fit_goes_on_from_its_checkpoint(tmp_path):
    settings = document(training={"epochs": 30, "batch": 32, "patience": 100})
    whole, cut = Study(tmp_path / "whole", settings), Study(tmp_path / "cut", settings)
    whole.complete()

    def checkpoints():
        return list((cut.root / "tasks").glob("fit-*/checkpoint.safetensors"))

    with cut.process(before=checkpoint_always) as process:
        assert wait_until(lambda: bool(checkpoints()), process)
    assert checkpoints(), "the fit was killed and left its checkpoint"
    cut.complete()
    assert not checkpoints()
    assert results_of(cut.root) == results_of(whole.root)


def test_a_checkpoint_that_is_garbage_is_left_aside(finished_sweep, tmp_path):
    study = Study(tmp_path, swept())
    kill_when(study, 45)
    for fit in {path.name for path in (finished_sweep / "tasks").glob("fit-*")}:
        folder = study.root / "tasks" / fit
        folder.mkdir(parents=True, exist_ok=True)
        if not list(folder.glob("*.json")):
            (folder / "checkpoint.safetensors").write_bytes(b"\x00" * 99)
    kept_and_complete(study, finished_sweep)


def test_ctrl_c_ends_a_fit_and_says_how_to_go_on(tmp_path):
    """The fit would take minutes; the process ends within the patience of the test."""
    study = Study(tmp_path, long_fit())
    with study.process(before=checkpoint_always) as process:
        assert wait_until(
            lambda: bool(list(study.root.glob("tasks/fit-*/checkpoint.safetensors"))), process
        )
        records = records_of(study.root)
        os.kill(process.pid, signal.SIGINT)
        began = time.monotonic()
        assert finish(process) == 130
        assert time.monotonic() - began < 30, "a patience, not a measurement"
    output = study.output.read_text()
    assert "finished tasks are kept, the same command continues" in output
    assert "Traceback" not in output
    manifest = read_manifest(study.root)
    assert (manifest["state"], manifest["reason"]) == ("interrupted", "by the user")
    with study.process() as process:
        fits = list(study.root.glob("tasks/fit-*/checkpoint.safetensors"))
        assert fits and wait_until(lambda: (study.root / ".owner").exists(), process)
        os.kill(process.pid, signal.SIGINT)
        assert finish(process) == 130
    assert records_of(study.root) == records


def test_an_interrupted_run_continues_identically(finished_sweep, tmp_path):
    study = Study(tmp_path, swept())
    with study.process() as process:
        assert wait_until(lambda: study.finished_tasks() >= 20, process)
        os.kill(process.pid, signal.SIGINT)
        assert finish(process) == 130
    assert read_manifest(study.root)["state"] == "interrupted"
    kept_and_complete(study, finished_sweep)


def children_of(pid: int) -> set[str]:
    """Process ids of the children of a process, which only Linux tells."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return set(listed.read_text().split()) if listed.exists() else set()


@pytest.mark.faults
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
def test_workers_of_a_killed_run_end_by_themselves(tmp_path):
    """With processes: the orphans end, the run goes on, and the results are those of threads."""
    threads, study = (
        Study(tmp_path / executor, document(run={"executor": executor}))
        for executor in ("threads", "processes")
    )
    threads.complete()
    for tasks in (3, 12):
        with study.process() as process:
            assert wait_until(lambda least=tasks: study.finished_tasks() >= least, process)
            workers = children_of(process.pid)
            process.kill()
            process.join()
            assert workers
            deadline = time.monotonic() + 60
            while any(Path(f"/proc/{worker}/task").exists() for worker in workers):
                assert time.monotonic() < deadline, "workers outlive their run"
                time.sleep(0.05)
    kept_and_complete(study, threads.root)


def test_two_runs_in_one_folder(tmp_path):
    """The second is refused by name; the lock of a killed one blocks nobody."""
    study = Study(tmp_path, long_fit())
    second = tmp_path / "second"
    with study.process() as process:
        assert wait_until(lambda: (study.root / ".owner").is_file(), process)
        assert wait_until(lambda: "process" in (study.root / ".owner").read_text(), process)
        arguments = ["run", str(study.settings), "--out", str(study.root), "--quiet"]
        with macropatch_process(arguments, second) as other:
            assert finish(other) == 1
        said = second.read_text()
        assert f"{study.root}: in use by process {process.pid} on" in said
        assert "--out" in said and "Traceback" not in said
        process.kill()
        process.join()
    write_settings(study.settings, document())
    study.complete()
