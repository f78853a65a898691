"""Carry out a study in a run folder: preflight, plan, stages, report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from macropatch.errors import MacropatchError, StorageError
from macropatch.experiment import Study
from macropatch.host import Host
from macropatch.pipeline.graph import Branch, Graph
from macropatch.pipeline.plan import check_disk, make_plan
from macropatch.pipeline.preflight import check_study
from macropatch.pipeline.publish import publish
from macropatch.runs.executors import Executors
from macropatch.runs.files import sweep_partials, write_bytes
from macropatch.runs.identity import digest, plain
from macropatch.runs.lock import locked
from macropatch.runs.manifest import FILE, Manifest, read_manifest
from macropatch.runs.progress import Progress
from macropatch.runs.scheduler import Scheduler
from macropatch.runs.stage import Stage

SETTINGS = "experiment.toml"
STAGE_NAME = re.compile(r"[a-z]+-[0-9a-f]{12}(-seeds)?")


@dataclass(frozen=True)
class Finished:
    """A finished run: its folder and how many stages were found finished."""

    root: Path
    reused: int
    stages: int


def execute(
    study: Study,
    host: Host,
    root: Path,
    *,
    show: bool = True,
    executor: Executor | None = None,
) -> Finished:
    """Run a study, or what of it is not finished.

    Parameters
    ----------
    show : whether to show a progress bar
    executor : takes the tasks, in place of the run's own threads and processes

    Raises
    ------
    SettingsError
        before any work, if something cannot work.
    MacropatchError
        if a stage fails; what is finished is kept.
    KeyboardInterrupt
        after running tasks have stopped and the manifest says so.
    """
    check_study(study, host)
    check_folder(root, study.first.experiment.name)
    plan = make_plan(study, host, measure=False)
    check_disk(plan.disk, root)
    graph, experiment = plan.graph, study.first
    with locked(root):
        sweep_partials(root)
        write_bytes(root / SETTINGS, tomli_w.dumps(plain(dict(study.document))).encode())
        manifest = Manifest(root, _head(graph))
        manifest.describe(graph.stages)
        executors = Executors(experiment.run.workers, experiment.run.executor, executor)
        done: set[str] = set()

        def on_stage(stage: Stage, state: str) -> None:
            if state == "running":
                done.add(stage.name)
            manifest.update(stage.name, state=state)

        try:
            with Progress(executors.workers, show) as progress:
                scheduler = Scheduler(root, executors, progress, on_stage)
                records = scheduler.run(graph.stages)
                manifest.finish(records)
                publish(graph, records, root, host, progress.say)
        except KeyboardInterrupt:
            executors.close(at_once=True)
            manifest.stop("interrupted", "by the user")
            raise
        except MacropatchError as error:
            executors.close(at_once=True)
            _stop(manifest, str(error))
            raise
        except BaseException as error:
            executors.close(at_once=True)
            _stop(manifest, f"{type(error).__name__}: {error}")
            raise
        executors.close(at_once=False)
    return Finished(root, len(graph.stages) - len(done), len(graph.stages))


def check_folder(root: Path, name: str) -> None:
    """Refuse a folder that holds something else, or a run of another name's experiment.

    Raises
    ------
    StorageError
        says what it holds.
    """
    if root.exists() and not root.is_dir():
        raise StorageError(f"{root}: is a file; choose another --out")
    ours = {FILE, SETTINGS, ".lock"}
    if root.is_dir() and any(root.iterdir()) and not any((root / name).exists() for name in ours):
        raise StorageError(
            f"{root}: is not empty and no run folder; choose another --out, nothing was written"
        )
    held = _held(root) or name
    if held != name:
        raise StorageError(
            f"{root}: holds a run of experiment {held!r}, not of {name!r}; choose another --out, "
            "nothing was written"
        )


def _held(root: Path) -> str | None:
    """Name of the experiment that a folder's manifest tells, if it is whole."""
    try:
        return str(read_manifest(root)["experiment"])
    except (StorageError, KeyError):
        return None


def _stop(manifest: Manifest, reason: str) -> None:
    """Say in the manifest that the run failed, unless the disk is what failed."""
    try:
        manifest.stop("failed", reason)
    except StorageError:
        return


def _head(graph: Graph) -> dict[str, object]:
    study = graph.study
    return {
        "experiment": study.first.experiment.name,
        "quick": study.quick,
        "seed": study.first.experiment.seed,
        "settings_digest": digest(dict(study.document)),
        "branches": [_branch(branch) for branch in graph.branches],
    }


def _branch(branch: Branch) -> dict[str, object]:
    names = {kind: stage.name for kind, stage in branch.stages().items()}
    return {"labels": dict(branch.labels), "stages": names}


def unused(root: Path, stages: Sequence[str]) -> list[Path]:
    """Files of stages that the current settings do not need; what is no stage's is not listed."""
    known = set(stages)
    found = []
    for folder, pattern in (("data", "*"), ("models", "*"), ("tasks", "*")):
        for path in (root / folder).glob(pattern):
            name = path.name.partition(".")[0]
            if STAGE_NAME.fullmatch(name) and name not in known:
                found.append(path)
    return sorted(found)
