"""Short-range order in equilibrium, and how much it fluctuates, against the number of sites."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from macropatch.contract.results import Metric, Results
from macropatch.report.figures.appearance import (
    INK,
    NothingToDrawError,
    axes_or_new,
    name_ticks,
    plain,
    styled,
)
from macropatch_alloy.figures.panels import panels_of
from macropatch_alloy.figures.points import (
    SOURCES,
    Point,
    draw_key,
    draw_points,
    order_records,
    points_of,
)

COLUMNS = 3
APART = 0.07
"""Sources at one size are so far apart, as a share of it, so that bars do not hide each other."""


@styled
def draw_order_by_size(
    results: Results, ax: Axes | None = None, *, temperature: float | None = None
) -> Axes:
    """Above each pair's means with standard deviations as bars, below the latter by themselves.

    Dashed is ``sites^(−1/2)`` through ours. ``ax`` only gives the place: panels are insets.

    Parameters
    ----------
    temperature : by default that with most sizes, of those the one with most published figures, of
        those the middle one
    """
    means = order_records(results, "delta_by_size")
    where = _richest(means) if temperature is None else temperature
    drawn, spreads = (
        points_of([one for one in some if one.labels["temperature"] == where], "sites")
        for some in (means, order_records(results, "delta_spread_by_size"))
    )
    sizes = sorted({p.where for one in drawn.values() for p in one.get("sde", [])})
    if len(sizes) < 2:
        raise NothingToDrawError(f"fewer than two sizes at {where:g} K")
    rows = -(-len(drawn) // COLUMNS)
    axes = axes_or_new(ax, 8.6, 3.9 * rows)
    panels = panels_of(axes, 2 * COLUMNS * rows, COLUMNS, (0.09, 0.055))
    places = sorted({p.where for one in drawn.values() for some in one.values() for p in some})
    for index, pair in enumerate(drawn):
        row, column = divmod(index, COLUMNS)
        above, below = (panels[(2 * row + part) * COLUMNS + column] for part in (0, 1))
        _draw_means(above, drawn[pair], spreads.get(pair, {}))
        _draw_spreads(below, spreads.get(pair, {}))
        for panel in (above, below):
            panel.set_xscale("log")
            name_ticks(panel, places, [f"{place:,.0f}" for place in places])
            panel.set_xlim(places[0] / 1.6, places[-1] * 1.6)
            panel.tick_params(axis="x", labelsize=8.5, labelbottom=False)
        above.set_title(plain(results.observables.get(pair, (pair, ""))[0]), loc="left", pad=3)
        if index + COLUMNS >= len(drawn):
            below.set_xlabel("sites")
            below.tick_params(labelbottom=True)
        if column == 0:
            above.set_ylabel("mean")
            below.set_ylabel("standard deviation")
    for unused in range(len(drawn), COLUMNS * rows):
        for part in (0, 1):
            panels[(2 * (unused // COLUMNS) + part) * COLUMNS + unused % COLUMNS].set_axis_off()
    draw_key(axes, drawn)
    axes.set_title(f"At {where:g} K", loc="left", y=1.12)
    return axes


def _richest(records: list[Metric]) -> float:
    ours = [one for one in records if one.labels["source"] == "sde"]
    sizes = Counter(one.labels["temperature"] for one in ours)
    cited = Counter(one.labels["temperature"] for one in records if one.published is not None)
    if not sizes:
        raise NothingToDrawError("no record of ours by size")
    most = max((sizes[one], cited[one]) for one in sizes)
    best = sorted(one for one in sizes if (sizes[one], cited[one]) == most)
    return float(best[len(best) // 2])


def _draw_means(
    panel: Axes, sources: dict[str, list[Point]], spreads: dict[str, list[Point]]
) -> None:
    for source, points in sources.items():
        known = {point.where: point.value for point in spreads.get(source, [])}
        bars = [replace(point, error=known.get(point.where, 0.0)) for point in points]
        draw_points(panel, source, bars, factor=_factor(source))


def _draw_spreads(panel: Axes, sources: dict[str, list[Point]]) -> None:
    panel.set_yscale("log")
    for source, points in sources.items():
        longest = [replace(p, error=min(p.error, 0.9 * p.value)) for p in points]
        draw_points(panel, source, longest, factor=_factor(source))
    ours = [point for point in sources.get("sde", []) if point.value > 0.0]
    if ours:
        sites = np.array([point.where for point in ours])
        middle = np.exp(np.mean([np.log(p.value) + 0.5 * np.log(p.where) for p in ours]))
        panel.plot(sites, middle / np.sqrt(sites), color=INK, linewidth=1.0, linestyle=(0, (4, 2)))
    panel.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.yaxis.set_minor_formatter(NullFormatter())


def _factor(source: str) -> float:
    order = list(SOURCES).index(source)
    return 1.0 + APART * (order - 0.5 * (len(SOURCES) - 1))
