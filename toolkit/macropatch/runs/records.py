"""Completion records: one small file a finished task, with the checksums of what it wrote."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from macropatch.errors import StorageError
from macropatch.runs.arrays import write_rows
from macropatch.runs.files import checksum, read_json, write_bytes, write_json
from macropatch.runs.memory import peak_bytes
from macropatch.runs.stage import Stage, Workplace


@dataclass(frozen=True)
class TaskRecord:
    """A finished task.

    Attributes
    ----------
    files : path below the run folder → size and CRC-32
    seconds : core seconds of the thread that did it
    facts : see :class:`~macropatch.runs.stage.Output`
    """

    files: dict[str, list[int]]
    seconds: float
    facts: dict[str, Any]

    def whole(self, root: Path) -> bool:
        """Whether all that it wrote is there, unchanged."""
        for name, expected in self.files.items():
            path = root / name
            if path.is_symlink() or not path.is_file() or checksum(path) != expected:
                return False
        return True


def record_path(root: Path, stage: Stage, task: int) -> Path:
    """Where a task's record is."""
    return root / "tasks" / stage.name / f"{task:06d}.json"


def read_record(root: Path, stage: Stage, task: int) -> TaskRecord | None:
    """The record of a finished task, or ``None`` if there is none or it is damaged."""
    try:
        value = read_json(record_path(root, stage, task), "")
        files = {str(name): [int(size), int(crc)] for name, (size, crc) in value["files"].items()}
        if not files or any(Path(name).is_absolute() or ".." in Path(name).parts for name in files):
            return None
        return TaskRecord(files, float(value["seconds"]), dict(value["facts"]))
    except (StorageError, KeyError, TypeError, ValueError, AttributeError):
        return None


def read_records(root: Path, stage: Stage) -> dict[int, TaskRecord]:
    """Records of all finished tasks of a stage, by the task; their files are not looked at."""
    found = {task: read_record(root, stage, task) for task in range(stage.tasks)}
    return {task: record for task, record in found.items() if record is not None}


def perform(stage: Stage, task: int, root: Path, place: Workplace) -> TaskRecord:
    """Do a task, write its results and then its record, in this order."""
    began = time.thread_time()
    output = stage.perform(task, place)
    written: list[Path] = []
    if output.rows:
        corner = stage.corner(task)
        written += write_rows(stage.store(root), stage.columns(), corner, output.rows)
    for name, content in output.files.items():
        write_bytes(root / name, content)
        written.append(root / name)
    facts = {**output.facts, "peak_bytes": peak_bytes()}
    record = TaskRecord(
        {path.relative_to(root).as_posix(): checksum(path) for path in written},
        time.thread_time() - began,
        facts,
    )
    write_json(record_path(root, stage, task), vars(record))
    return record
