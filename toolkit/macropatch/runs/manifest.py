"""``manifest.json``: which stages a folder holds, in what state, made of what."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from macropatch.errors import StorageError
from macropatch.runs.files import read_json, write_json
from macropatch.runs.identity import plain
from macropatch.runs.records import TaskRecord
from macropatch.runs.stage import Stage

FILE = "manifest.json"
FORMAT = 1
REMEDY = "Run `macropatch run` with the same folder: finished stages are found again."
PACKAGES = ("macropatch", "numpy", "numba", "torch", "scipy", "scikit-learn", "zarr", "pluggy")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on."""
    found = {
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
    }
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


class Manifest:
    """The manifest of a folder, rewritten at every change of a stage's state."""

    def __init__(self, root: Path, head: Mapping[str, Any]) -> None:
        self._path = root / FILE
        self._value: dict[str, Any] = {
            "format": FORMAT, "versions": versions(), "state": "running", **plain(head),
            "stages": {},
        }  # fmt: skip

    def describe(self, stages: tuple[Stage, ...]) -> None:
        """List all stages, as waiting."""
        for stage in stages:
            self._value["stages"][stage.name] = {
                "kind": stage.kind,
                "digest": stage.digest,
                "identity": plain(stage.identity),
                "inputs": [parent.name for parent in stage.inputs],
                "tasks": stage.tasks,
                "seed_key": f"SHA-256({stage.seed}, {stage.kind}, digest, task)",
                "state": "waiting",
            }
        self.write()

    def update(self, stage: str, **values: Any) -> None:
        """Set values of a stage and write."""
        self._value["stages"][stage].update(plain(values))
        self.write()

    def finish(self, records: Mapping[str, Mapping[int, TaskRecord]]) -> None:
        """Add what each stage took and mark it finished."""
        for name, tasks in records.items():
            self._value["stages"][name] |= plain({"state": "finished", **totals(tasks)})
        self._value["state"] = "finished"
        self.write()

    def stop(self, state: str, reason: str) -> None:
        """Mark the run as ``interrupted`` or ``failed``."""
        self._value |= {"state": state, "reason": reason[:2000]}
        self.write()

    def write(self) -> None:
        """Write the file."""
        write_json(self._path, self._value)


def totals(tasks: Mapping[int, TaskRecord]) -> dict[str, Any]:
    """Core seconds, largest memory of a process and other numbers over the tasks of a stage."""
    found: dict[str, Any] = {"seconds": sum(record.seconds for record in tasks.values())}
    for record in tasks.values():
        for key, value in record.facts.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                found[key] = max(found.get(key, value), value)
    return found


def read_manifest(root: Path) -> dict[str, Any]:
    """The manifest of a folder.

    Raises
    ------
    StorageError
        if there is none, or it is damaged or of another format.
    """
    value = read_json(root / FILE, REMEDY)
    if not isinstance(value, dict) or value.get("format") != FORMAT or not _is_sound(value):
        raise StorageError(f"{root / FILE}: not a manifest of format {FORMAT}. {REMEDY}")
    return value


def _is_sound(value: dict[str, Any]) -> bool:
    """Whether all that is read of a manifest is there and of its type."""
    stages, branches = value.get("stages"), value.get("branches", [])
    return (
        isinstance(value.get("state"), str)
        and isinstance(stages, dict)
        and all(
            isinstance(stage, dict)
            and isinstance(stage.get("identity"), dict)
            and re.fullmatch("[0-9a-f]{64}", str(stage.get("digest")))
            for stage in stages.values()
        )
        and isinstance(branches, list)
        and all(
            isinstance(branch, dict)
            and isinstance(branch.get("labels"), dict)
            and isinstance(branch.get("stages"), dict)
            for branch in branches
        )
    )
