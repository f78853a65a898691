"""Two finished runs side by side: metrics matched by name and labels, settings that differ."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from macropatch.contract.results import Metric
from macropatch.errors import StorageError
from macropatch.experiment import read_document
from macropatch.pipeline.execute import SETTINGS
from macropatch.pipeline.publish import TIMED, read_metrics
from macropatch.runs.identity import canonical
from macropatch.runs.manifest import FILE, read_manifest

FIGURES = {"value", "uncertainty", "floor", "floor_uncertainty", "reference", "published"}
"""Keys of a metric record that are no labels."""

Record = Mapping[str, Any]


@dataclass(frozen=True)
class FinishedRun:
    """What is compared of a run folder."""

    root: Path
    document: Mapping[str, Any]
    metrics: Sequence[Record]


@dataclass(frozen=True)
class Pair:
    """A figure of both runs, or of one.

    Attributes
    ----------
    labels : that both carry
    apart : labels in which they differ because settings do, with both values
    first, second : the records
    """

    name: str
    labels: Mapping[str, Any]
    first: Record | None
    second: Record | None
    apart: Mapping[str, tuple[Any, Any]]

    @property
    def errors_apart(self) -> float | None:
        """Second less first, in standard errors of the difference; ``None`` if unknown."""
        if self.first is None or self.second is None or self.name in TIMED:
            return None
        known = [r["uncertainty"] for r in (self.first, self.second) if r.get("uncertainty")]
        error = math.hypot(*known)
        return (self.second["value"] - self.first["value"]) / error if error > 0 else None


def read_finished(root: Path) -> FinishedRun:
    """Settings and metrics of a finished run.

    Raises
    ------
    StorageError
        if the folder is none, or its run is not finished: says what to do.
    """
    if not (root / SETTINGS).is_file():
        raise StorageError(f"{root}: no run folder (it has no {SETTINGS}); give what --out was")
    state = read_manifest(root)["state"] if (root / FILE).is_file() else "new"
    if state != "finished" or not (root / "metrics.json").is_file():
        raise StorageError(
            f"{root}: its run is {state}, and only finished runs can be compared; "
            f"`macropatch run {root}` continues it"
        )
    metrics = read_metrics(root / "metrics.json")
    for record in metrics:
        error = record.get("uncertainty")
        if not _is_number(record.get("value")) or not (error is None or _is_number(error)):
            raise StorageError(
                f"{root / 'metrics.json'}: {record['name']} has no number as value and "
                "uncertainty. `macropatch report` with the same folder writes it again."
            )
    return FinishedRun(root, read_document(root / SETTINGS), metrics)


def differing_settings(first: FinishedRun, second: FinishedRun) -> dict[str, tuple[Any, Any]]:
    """TOML path → value of each, ``None`` where it is not set."""
    one, other = flat(first.document), flat(second.document)
    return {
        path: (one.get(path), other.get(path))
        for path in sorted(set(one) | set(other))
        if one.get(path) != other.get(path)
    }


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Values of nested tables by their path; of lists only those of tables are entered."""
    inner: Mapping[str, Any] = {}
    if isinstance(value, Mapping):
        inner = {f"{path}.{key}" if path else str(key): item for key, item in value.items()}
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        inner = {f"{path}[{index}]": item for index, item in enumerate(value)}
    if not inner:
        return {path: value} if path else {}
    return {place: leaf for key, item in inner.items() for place, leaf in flat(item, key).items()}


def match(first: FinishedRun, second: FinishedRun) -> list[Pair]:
    """All figures, in the order of the first run; timings and what only one run has at the end.

    Records with equal names and labels are one figure. Of the rest, those that differ only in
    labels that name a setting in which the runs differ are too, if there is one such on each side.
    """
    pairs, left, right = _matched(first.metrics, second.metrics, ())
    settings = differing_settings(first, second)
    loose = {*settings, *(path.rpartition(".")[2] for path in settings)}
    more, left, right = _matched(left, right, loose)
    order = {id(record): index for index, record in enumerate(first.metrics)}
    both = sorted([*pairs, *more], key=lambda pair: (pair.name in TIMED, order[id(pair.first)]))
    alone = [Pair(str(r["name"]), labels_of(r), r, None, {}) for r in left]
    alone += [Pair(str(r["name"]), labels_of(r), None, r, {}) for r in right]
    return [*both, *alone]


def labels_of(record: Record) -> dict[str, Any]:
    """What tells a record apart beside its name."""
    return {key: value for key, value in record.items() if key not in FIGURES | {"name"}}


def metric_of(record: Record) -> Metric:
    """The record as it was before it was written to ``metrics.json``."""
    told = {key: record[key] for key in FIGURES if key in record}
    return Metric(str(record["name"]), labels=labels_of(record), **told)


def _matched(
    first: Sequence[Record], second: Sequence[Record], loose: Collection[str]
) -> tuple[list[Pair], list[Record], list[Record]]:
    """Pairs of records that agree in all but the ``loose`` labels, and what is left of each."""

    def groups(records: Sequence[Record]) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in records:
            labels = {k: v for k, v in labels_of(record).items() if k not in loose}
            found.setdefault(canonical([record["name"], labels]), []).append(record)
        return {key: some for key, some in found.items() if len(some) == 1}

    one, other = groups(first), groups(second)
    pairs = []
    for key, (mine,) in one.items():
        for theirs in other.get(key, []):
            a, b = labels_of(mine), labels_of(theirs)
            shared = {name: value for name, value in a.items() if b.get(name) == value}
            apart = {name: (a.get(name), b.get(name)) for name in {**a, **b} if name not in shared}
            pairs.append(Pair(str(mine["name"]), shared, mine, theirs, apart))
    used = {id(pair.first) for pair in pairs} | {id(pair.second) for pair in pairs}
    left, right = ([r for r in some if id(r) not in used] for some in (first, second))
    return pairs, left, right


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
