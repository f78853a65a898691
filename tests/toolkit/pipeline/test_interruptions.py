"""Real processes, killed: what is finished is kept, and what comes out is the same."""

from __future__ import annotations

import random
import signal
import time
from functools import partial
from pathlib import Path

import pytest
from real_study import Study, kept_and_complete

from macropatch.runs.manifest import read_manifest
from systems.folders import results_of
from systems.processes import (
    checkpoint_always,
    finish,
    kill_at_rename,
    wait_until,
)
from systems.studies import document, swept


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
