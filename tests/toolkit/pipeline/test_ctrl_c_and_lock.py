"""Ctrl-C to real processes, and two of them in one folder."""

from __future__ import annotations

import os
import signal
import time

from real_study import Study, kept_and_complete, long_fit

from macropatch.runs.manifest import read_manifest
from systems.folders import records_of
from systems.processes import checkpoint_always, finish, macropatch_process, wait_until
from systems.studies import document, swept, write_settings


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
