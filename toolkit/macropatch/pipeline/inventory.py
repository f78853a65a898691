"""What a run folder holds of what its settings need, and why the rest is to be done."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from macropatch.experiment import Study
from macropatch.host import Host
from macropatch.pipeline.execute import unused
from macropatch.pipeline.graph import Graph
from macropatch.pipeline.imported_pool import ImportedPoolStage
from macropatch.pipeline.plan import stored_graph
from macropatch.runs.identity import plain
from macropatch.runs.lock import locked
from macropatch.runs.manifest import FILE, read_manifest, totals
from macropatch.runs.records import read_records
from macropatch.runs.stage import Stage


@dataclass(frozen=True)
class StageRow:
    """One stage: where it is needed, how much of it is there, and why something is missing."""

    name: str
    where: str
    tasks: int
    done: int
    seconds: float
    reason: str


@dataclass(frozen=True)
class Inventory:
    """All stages, and what the folder holds besides."""

    state: str
    rows: tuple[StageRow, ...]
    unused: tuple[Path, ...]
    unused_bytes: int


def inventory(study: Study, host: Host, root: Path) -> Inventory:
    """Look through a folder; files of finished tasks are compared with their checksums."""
    graph = stored_graph(study, host)
    manifest = read_manifest(root) if (root / FILE).is_file() else {"state": "new", "stages": {}}
    rows = []
    for stage in graph.stages:
        found = read_records(root, stage)
        whole = {task: record for task, record in found.items() if record.whole(root)}
        reason = _reason(stage, len(whole), len(found), graph, manifest)
        rows.append(
            StageRow(
                stage.name, _where(graph, stage), stage.tasks, len(whole), totals(whole)["seconds"],
                reason,
            )
        )  # fmt: skip
    gone = any(isinstance(stage, ImportedPoolStage) and stage.gone for stage in graph.stages)
    # What was made of a file that is gone bears other names than these settings give now.
    rest = [] if gone else unused(root, [stage.name for stage in graph.stages])
    size = sum(file.stat().st_size for path in rest for file in _files(path))
    return Inventory(str(manifest["state"]), tuple(rows), tuple(rest), size)


def remove_unused(root: Path, found: Inventory) -> None:
    """Delete what the settings do not need. Raises ``StorageError`` if the folder is in use."""
    with locked(root):
        for path in found.unused:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _where(graph: Graph, stage: Stage) -> str:
    branches = [b for b in graph.branches if stage.name in {s.name for s in b.stages().values()}]
    if len(branches) == len(graph.branches):
        return "all"
    return "; ".join(f"{b.scheme} {b.labels['patch_size']}" for b in branches)


def _reason(stage: Stage, whole: int, recorded: int, graph: Graph, manifest: dict[str, Any]) -> str:
    if whole == stage.tasks:
        return ""
    if recorded > whole:
        return f"{recorded - whole} tasks have damaged or missing files"
    if whole or stage.name in manifest["stages"]:
        return "not finished"
    changes = [
        _difference(plain(stage.identity), old["identity"])
        for old in _of_same_place(stage, graph, manifest)
    ]
    return f"changed: {', '.join(changes[0])}" if changes and changes[0] else "new"


def _of_same_place(stage: Stage, graph: Graph, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Stages of the same kind that the manifest lists for branches which need this one."""
    for branch in graph.branches:
        for kind, one in branch.stages().items():
            if one.name != stage.name:
                continue
            for held in manifest.get("branches", []):
                same = held["labels"] == plain(dict(branch.labels))
                if same and held["stages"].get(kind) in manifest["stages"]:
                    return [manifest["stages"][held["stages"][kind]]]
    return []


def _difference(new: Any, old: Any, where: str = "") -> list[str]:
    """Paths of what differs; inputs and code by their kind."""
    if isinstance(new, dict) and isinstance(old, dict):
        found = []
        for key in sorted(set(new) | set(old)):
            if new.get(key) != old.get(key):
                inner = f"{where}.{key}" if where else str(key)
                found += _difference(new.get(key), old.get(key), inner)
        return found
    return {"inputs": ["an earlier stage"], "toolkit.source": ["macropatch's code"]}.get(
        where, [where.removeprefix("settings.").replace("plugin.source", "code of the plugin")]
    )


def _files(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
