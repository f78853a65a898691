"""Records with error bars, along a sweep or side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from macropatch.contract.results import Metric
from macropatch.report.figures.appearance import INK, MARKERS, name_ticks, plain, style_of
from macropatch.report.figures.lambda_axis import along_lambda, draw_along_lambda
from macropatch.report.figures.marks import draw_seeds, error_bars
from macropatch.report.figures.series import lines_of, of_seeds, position, sweep_of
from macropatch.report.labels import description, telling_apart

HOLLOW_NAME = "hollow: published value"


def draw_records(axes: Axes, metrics: list[Metric], singles: Sequence[Metric] = ()) -> None:
    """Lines against patch size, or else ``λ``, where that is swept, else bars; with error bars.

    Parameters
    ----------
    singles : records of single seeds, drawn lightly beside the means over seeds
    """
    finite = [metric for metric in metrics if math.isfinite(metric.value)]
    if along_lambda(finite):
        draw_along_lambda(axes, finite, singles)
        return
    ticks = sweep_of(finite)
    if ticks is None:
        _draw_bars(axes, finite, singles)
        return
    lines = lines_of(finite)
    schemes = [str(line[0].labels.get("scheme")) for line in lines.values()]
    by_scheme = len(set(schemes)) == len(lines)
    for index, (name, line) in enumerate(lines.items()):
        style = style_of(index, schemes[index] if by_scheme else None)
        # neighbouring series are set a little apart, so that error bars do not hide each other
        nudge = 1.0 + 0.025 * (index - 0.5 * (len(lines) - 1))
        places = [(position(metric.labels["patch_size"]) or 0.0) * nudge for metric in line]
        axes.errorbar(
            places,
            [metric.value for metric in line],
            yerr=error_bars(line, logarithmic=axes.get_yscale() == "log"),
            label=plain(name),
            capsize=2.5,
            elinewidth=1.1,
            **style,
        )
        for place, metric in zip(places, line, strict=True):
            draw_seeds(axes, place, of_seeds(metric, singles), style["color"])
        _draw_published(axes, places, line, style)
    axes.set_xscale("log", base=2)
    name_ticks(axes, list(ticks), list(ticks.values()))
    axes.set_xlim(min(ticks) / 1.35, max(ticks) * 1.35)
    axes.set_xlabel("patch size")


def _draw_published(
    axes: Axes, places: list[float], line: list[Metric], style: dict[str, Any]
) -> None:
    cited = [(x, metric.published) for x, metric in zip(places, line, strict=True)]
    known = [(x, value) for x, value in cited if value is not None]
    if known:
        axes.plot(
            [x for x, _ in known],
            [value for _, value in known],
            linestyle=(0, (2, 2)),
            linewidth=1.0,
            color=style["color"],
            marker=style["marker"],
            markerfacecolor="white",
            markeredgewidth=1.3,
            label="_published",
        )


def draw_hollow_key(axes: Axes, metrics: list[Metric]) -> None:
    """Legend entry of the cited values, if any are drawn."""
    if any(metric.published is not None for metric in metrics):
        axes.plot(
            [],
            [],
            linestyle=(0, (2, 2)),
            linewidth=1.0,
            color="#55606b",
            marker=MARKERS[0],
            markerfacecolor="white",
            label=HOLLOW_NAME,
        )


def _draw_bars(axes: Axes, metrics: list[Metric], singles: Sequence[Metric]) -> None:
    apart = telling_apart(metrics) or ["scheme"]
    names = [description(metric.labels, apart) or metric.name for metric in metrics]
    for index, metric in enumerate(metrics):
        style = style_of(index, str(metric.labels.get("scheme")))
        axes.bar(
            index,
            metric.value,
            yerr=[[side[0]] for side in error_bars([metric], axes.get_yscale() == "log")],
            color=style["color"],
            width=0.6,
            capsize=3,
            error_kw={"elinewidth": 1.1},
        )
        draw_seeds(axes, index, of_seeds(metric, singles), INK)
        if metric.published is not None:
            axes.plot(
                [index],
                [metric.published],
                marker="D",
                linestyle="none",
                markerfacecolor="white",
                markeredgecolor=INK,
                label="_published",
            )
    axes.set_xticks(range(len(names)), [plain(name) for name in names])
    if len(names) > 3 or max((len(name) for name in names), default=0) > 18:
        axes.tick_params(axis="x", labelrotation=30)
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.grid(visible=False, axis="x")
