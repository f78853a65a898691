"""Records of stationary ensembles as points: values by size and temperature, apart by source."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from macropatch.contract.results import Metric, Results
from macropatch.measures.uncertainty import Estimate
from macropatch.report.figures.appearance import NothingToDrawError
from macropatch.report.figures.series import position
from macropatch.report.labels import description, telling_apart

SYMBOLS = {"abs_m": "⟨|m|⟩", "chi": "χ", "binder": "U"}
"""What is drawn of each name of a record."""

SOURCES = {
    "sde": "ours",
    "direct": "direct simulation",
    "published": "published",
    "exact": "exact",
}
"""Words for the label ``source``, in the order in which they are drawn; others follow."""

GIVEN = ("source", "size", "temperature", "observable")


@dataclass(frozen=True)
class Point:
    """A record of an ensemble: its edge ``L``, temperature (``None`` where it has none), value."""

    edge: float
    temperature: float | None
    value: float
    error: float | None


@dataclass(frozen=True)
class Ensembles:
    """What the results hold of stationary ensembles.

    Attributes
    ----------
    points : name of a record (``abs_m``, ``chi``, ``binder``, ``binder_slope``) → source → points
    exponents : observable (``abs_m``, ``chi``, ``binder_slope``) → source → exponent
    critical_temperature : label ``temperature`` of the exponents, else the points' median
    """

    points: dict[str, dict[str, list[Point]]]
    exponents: dict[str, dict[str, Estimate]]
    critical_temperature: float


def ensembles_of(results: Results) -> Ensembles:
    """Points and exponents by source in words; ``NothingToDrawError`` if there are no such points.

    A figure that a record cites as ``published`` makes a point of the source ``published``.
    """
    names = (*SYMBOLS, "binder_slope", "exponent")
    metrics = _with_cited([m for m in results.metrics if m.name in names])
    apart = telling_apart(metrics, given=GIVEN)
    points: dict[str, dict[str, list[Point]]] = {}
    exponents: dict[str, dict[str, Estimate]] = {}
    temperatures = set()
    for metric in sorted(metrics, key=_order):
        rest = description(metric.labels, apart)
        title = ", ".join(filter(None, (_source(metric), rest)))
        temperature = position(metric.labels.get("temperature"))
        if metric.name == "exponent":
            observable = str(metric.labels.get("observable"))
            estimate = Estimate(metric.value, metric.uncertainty)
            exponents.setdefault(observable, {}).setdefault(title, estimate)
            if temperature is not None:
                temperatures.add(temperature)
            continue
        edge = edge_of(metric.labels.get("size"))
        if edge is not None:
            point = Point(edge, temperature, metric.value, metric.uncertainty)
            points.setdefault(metric.name, {}).setdefault(title, []).append(point)
    measured = [
        point.temperature
        for sources in points.values()
        for line in sources.values()
        for point in line
        if point.temperature is not None
    ]
    if not measured:
        raise NothingToDrawError("no record of a stationary ensemble by size and temperature")
    critical = min(temperatures) if temperatures else float(np.median(measured))
    return Ensembles(points, exponents, critical)


def edge_of(size: object) -> float | None:
    """Edge ``L`` of a size: the number itself, or the geometric mean of a tuple's edges."""
    sites = position(size)
    if sites is None or sites <= 0.0:
        return None
    return sites ** (1.0 / len(size)) if isinstance(size, (list, tuple)) else sites


def errors_of(points: Sequence[Point]) -> np.ndarray | None:
    """Standard errors, or ``None`` unless all are known and above zero."""
    errors = np.array([point.error or 0.0 for point in points])
    return errors if np.all(errors > 0.0) else None


def _with_cited(metrics: list[Metric]) -> list[Metric]:
    """Finite records, and each cited figure as one of its own if no record of its name is one."""
    cited = {}
    given = {metric.name for metric in metrics if metric.labels.get("source") == "published"}
    for metric in metrics:
        if metric.published is not None and metric.name not in given:
            labels = {key: metric.labels[key] for key in GIVEN if key in metric.labels}
            labels["source"] = "published"
            of_its_own = replace(
                metric, value=metric.published, uncertainty=None, published=None, labels=labels
            )
            cited[metric.name, *map(str, labels.values())] = of_its_own
    return [m for m in (*metrics, *cited.values()) if math.isfinite(m.value)]


def _source(metric: Metric) -> str:
    source = str(metric.labels.get("source", "sde"))
    return SOURCES.get(source, source)


def _order(metric: Metric) -> int:
    """Known sources first, in their order."""
    known = list(SOURCES.values())
    return known.index(_source(metric)) if _source(metric) in known else len(known)
