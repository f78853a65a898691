"""Records of order as points: pair by pair, source by source."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from macropatch.contract.results import Metric, Results
from macropatch.report.figures.appearance import FLOOR, INK, PALE, PALETTE, NothingToDrawError

SOURCES = {
    "sde": "ours",
    "swap": "exchanges by Monte Carlo",
    "kmc": "jumps of vacancies",
    "pool": "jumps of vacancies, small system",
    "published": "published",
}
"""Sources in words, in the order in which they are drawn."""

UNSETTLED = "not in equilibrium"
OPEN = {"markerfacecolor": "none"}
STYLES: dict[str, dict[str, Any]] = {
    "sde": {"color": PALETTE[0], "marker": "o", "markersize": 4.5, "zorder": 3.0},
    "swap": {"color": INK, "marker": "x", "markersize": 5.0, "zorder": 4.0},
    "kmc": {"color": PALETTE[1], "marker": "s", "markersize": 8.0, **OPEN, "zorder": 2.5},
    "pool": {"color": PALETTE[2], "marker": "^", "markersize": 8.5, **OPEN, "zorder": 2.4},
    "published": {"color": PALETTE[4], "marker": "D", "markersize": 5.0, **OPEN, "zorder": 2.3},
}
"""Jumps of vacancies are open marks around ours: where all agree, all can be seen."""
UNSETTLED_STYLE: dict[str, Any] = {"color": FLOOR, "markerfacecolor": PALE, "zorder": 2.0}


@dataclass(frozen=True)
class Point:
    """A figure at a temperature or number of sites, with its error, and whether it has settled."""

    where: float
    value: float
    error: float
    settled: bool


Points = dict[str, dict[str, list[Point]]]
"""Pair → source → points along the axis."""


def order_records(results: Results, name: str) -> list[Metric]:
    """Finite records of a name, of the first scheme, one for each pair, place and source.

    Of several seeds those over them; of several settings the first. ``NothingToDrawError`` if there
    are none.
    """
    found = [m for m in results.metrics if m.name == name and math.isfinite(m.value)]
    if any("seeds" in metric.labels for metric in found):
        found = [metric for metric in found if "seed" not in metric.labels]
    if not found:
        raise NothingToDrawError(f"no {name!r} record")
    scheme = found[0].labels.get("scheme")
    first: dict[tuple[Any, ...], Metric] = {}
    for metric in found:
        keys = ("pair", "temperature", "source", "sites")
        if metric.labels.get("scheme") == scheme:
            first.setdefault(tuple(metric.labels.get(key) for key in keys), metric)
    return list(first.values())


def points_of(records: Iterable[Metric], along: str) -> Points:
    """Points along a label, each cited figure one of the source ``published``."""
    found: Points = {}
    for metric in records:
        sources = found.setdefault(str(metric.labels["pair"]), {})
        where, settled = float(metric.labels[along]), bool(metric.labels.get("settled", True))
        own = Point(where, metric.value, metric.uncertainty or 0.0, settled)
        sources.setdefault(str(metric.labels["source"]), []).append(own)
        cited = sources.setdefault("published", [])
        if metric.published is not None and where not in {point.where for point in cited}:
            cited.append(Point(where, metric.published, 0.0, settled))
    return {
        pair: {
            source: sorted(sources[source], key=lambda point: point.where)
            for source in SOURCES
            if sources.get(source)
        }
        for pair, sources in found.items()
    }


def draw_points(
    panel: Axes, source: str, points: Sequence[Point], factor: float = 1.0, **more: Any
) -> None:
    """Points with error bars, those in no equilibrium grey."""
    for settled in (True, False):
        own = [point for point in points if point.settled == settled]
        if own:
            panel.errorbar(
                [factor * point.where for point in own],
                [point.value for point in own],
                yerr=[point.error for point in own] if any(p.error for p in own) else None,
                linestyle="none",
                capsize=2.0,
                elinewidth=1.1,
                **{**STYLES[source], **({} if settled else UNSETTLED_STYLE), **more},
            )


def draw_key(axes: Axes, drawn: Points) -> None:
    """What marks mean, above all panels."""
    points = [(source, point) for one in drawn.values() for source in one for point in one[source]]
    present = {source for source, _ in points}
    for source, words in SOURCES.items():
        if source in present:
            axes.plot([], [], linestyle="none", label=words, **STYLES[source])
    if not all(point.settled for _, point in points):
        style = {**UNSETTLED_STYLE, "marker": "s"}
        axes.plot([], [], linestyle="none", label=UNSETTLED, **style)
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.03), ncols=3, columnspacing=1.2, handlelength=1.2
    )
