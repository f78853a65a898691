"""Metric records as series: which label runs along the axis, and which tells lines apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from macropatch.contract.results import Metric, Results
from macropatch.report.figures.appearance import NothingToDrawError
from macropatch.report.labels import description, shown, telling_apart, without_single_seeds

SWEEP = "patch_size"


def select(results: Results, name: str, **labels: Any) -> list[Metric]:
    """Records of a name that carry the given labels; ``NothingToDrawError`` if there are none.

    Of several seeds the records over them are given.
    """
    chosen = without_single_seeds(_carrying(results, name, labels))
    if not chosen:
        raise NothingToDrawError(f"no {name!r} record with {labels}")
    return chosen


def single_seeds(results: Results, name: str, **labels: Any) -> list[Metric]:
    """Those of single seeds, which records of :func:`select` are made of."""
    return [metric for metric in _carrying(results, name, labels) if "seed" in metric.labels]


def of_seeds(metric: Metric, singles: Sequence[Metric]) -> list[float]:
    """Values of each seed that a record over seeds is made of; nothing for other records."""
    labels = {key: value for key, value in metric.labels.items() if key != "seeds"}
    return [
        one.value
        for one in singles
        if "seeds" in metric.labels
        and {key: value for key, value in one.labels.items() if key != "seed"} == labels
    ]


def _carrying(results: Results, name: str, labels: Mapping[str, Any]) -> list[Metric]:
    return [
        metric
        for metric in results.metrics
        if metric.name == name
        and all(metric.labels.get(key) == value for key, value in labels.items())
    ]


def first_observable(results: Results, observable: str | None) -> str:
    """The observable asked for, or the first."""
    if observable is None:
        if not results.observables:
            raise NothingToDrawError("the results name no observable")
        return next(iter(results.observables))
    if observable not in results.observables:
        known = ", ".join(results.observables)
        raise ValueError(f"no observable {observable!r}; there are: {known}")
    return observable


def position(value: Any) -> float | None:
    """Where a label's value stands on an axis: a number itself, a size by its sites."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, (list, tuple)) and value:
        product = 1.0
        for entry in value:
            if not isinstance(entry, (int, float)):
                return None
            product *= entry
        return product
    return None


def sweep_of(metrics: list[Metric], key: str = SWEEP) -> dict[float, str] | None:
    """Positions and names of a sweep's values, if there are two or more on an axis."""
    ticks: dict[float, str] = {}
    for metric in metrics:
        where = position(metric.labels.get(key))
        if where is None or where <= 0:
            return None
        ticks[where] = shown(metric.labels[key])
    return dict(sorted(ticks.items())) if len(ticks) > 1 else None


def lines_of(metrics: list[Metric], key: str = SWEEP) -> dict[str, list[Metric]]:
    """Records grouped by all that tells them apart but ``key``, each sorted along it."""
    apart = telling_apart(metrics, given=(key,))
    lines: dict[str, list[Metric]] = {}
    for metric in metrics:
        lines.setdefault(description(metric.labels, apart) or _scheme(metric), []).append(metric)
    for line in lines.values():
        line.sort(key=lambda metric: position(metric.labels.get(key)) or 0.0)
    return lines


def _scheme(metric: Metric) -> str:
    return str(metric.labels.get("scheme", metric.name))
