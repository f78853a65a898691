"""Labels of metric records: what tells them apart, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from macropatch.contract.results import Metric
from macropatch.report.numbers import span


def varying(metrics: Iterable[Metric], but: Iterable[str] = ()) -> list[str]:
    """Labels that tell the records apart, in order of first appearance."""
    values: dict[str, set[str]] = {}
    metrics = list(metrics)
    for metric in metrics:
        for key in metric.labels:
            values.setdefault(key, set())
    for key, seen in values.items():
        seen.update(shown(metric.labels.get(key)) for metric in metrics)
    return [key for key, seen in values.items() if len(seen) > 1 and key not in set(but)]


def telling_apart(
    metrics: Sequence[Metric], given: Sequence[str] = (), but: Sequence[str] = ()
) -> list[str]:
    """Fewest labels that, with the ``given`` ones, tell records apart as well as all labels do.

    A label that follows from others is dropped: a calibrated ``lambda`` differs at every patch
    size, yet does not make each record a series of its own. Scheme and patch size stay.
    """
    keys = varying(metrics, but=(*given, *but))
    for key in [key for key in reversed(keys) if key not in ("scheme", "patch_size")]:
        rest = [other for other in keys if other != key]
        if _distinct(metrics, [*given, *rest]) == _distinct(metrics, [*given, *keys]):
            keys = rest
    return keys


def _distinct(metrics: Sequence[Metric], keys: Sequence[str]) -> int:
    return len({tuple(shown(metric.labels.get(key)) for key in keys) for metric in metrics})


def without_single_seeds(metrics: Iterable[Metric]) -> list[Metric]:
    """The records over seeds in place of those of single seeds, where there are some."""
    metrics = list(metrics)
    averaged = {metric.name for metric in metrics if "seeds" in metric.labels}
    return [m for m in metrics if "seed" not in m.labels or m.name not in averaged]


def over_how_many(metrics: Iterable[Metric]) -> str:
    """``means of N seeds``, or nothing where there are not several."""
    counts = sorted({int(metric.labels.get("seeds", 1)) for metric in metrics})
    return f"means of {span(counts, 1)} seeds" if counts[-1:] > [1] else ""


def same_settings(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether labels agree in all that both carry, but for scheme, ``lambda`` and seeds."""
    shared = set(one) & set(other) - {"scheme", "lambda", "seed", "seeds"}
    return all(one[key] == other[key] for key in shared)


def shown(value: Any) -> str:
    """A label's value as a reader sees it: sizes as ``8 × 8``, floats without noise."""
    if value is None:
        return "–"
    if isinstance(value, (list, tuple)):
        return " × ".join(shown(entry) for entry in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def description(labels: Mapping[str, Any], keys: Iterable[str]) -> str:
    """What tells a record apart, in words: the scheme's name, then ``key value``."""
    words = [
        shown(labels[key]) if key == "scheme" else f"{title_of(key)} {shown(labels[key])}"
        for key in keys
        if key in labels
    ]
    return ", ".join(words)


def title_of(key: str) -> str:
    """A label's key as a column heading."""
    return key.replace("_", " ")


def heading(name: str) -> str:
    """The name of a figure or metric as a heading."""
    return name.replace("_", " ").capitalize().replace("Mmd", "MMD")
