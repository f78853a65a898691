"""Run folders compared: what must be equal, and what was touched."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from macropatch.pipeline.publish import TIMED


def results_of(root: Path) -> dict[str, Any]:
    """All that must be identical: files of ``data`` and ``models``, metrics without timings."""
    found: dict[str, Any] = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("data", "models")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file()
    }
    metrics = json.loads((root / "metrics.json").read_bytes())
    found["metrics.json"] = [record for record in metrics if record["name"] not in TIMED]
    return found


def written_at(root: Path, *folders: str) -> dict[str, int]:
    """When each file of a stage or a task was written."""
    return {
        path.relative_to(root).as_posix(): path.stat().st_mtime_ns
        for folder in folders or ("data", "models", "tasks")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and path.name != "zarr.json"
    }


def records_of(root: Path) -> dict[str, bytes]:
    """The records of finished tasks."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted((root / "tasks").rglob("*.json"))
    }


def stages_in(root: Path, kind: str) -> list[str]:
    """Names of the stages of a kind that have finished tasks."""
    return sorted(path.name for path in (root / "tasks").glob(f"{kind}-*"))
