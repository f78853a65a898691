"""Records against the variance ratio λ, each a fit of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from macropatch.contract.results import Metric
from macropatch.measures.variance_ratio import numeric_lambda
from macropatch.report.figures.appearance import PALE, name_ticks, plain, style_of
from macropatch.report.figures.marks import draw_seeds, error_bars
from macropatch.report.figures.series import lines_of, of_seeds, sweep_of
from macropatch.report.labels import description, shown, telling_apart

APART = 1.9
"""A λ that is no number (``calibrated``) stands so many times beyond the largest one."""

NUDGE = 0.035
"""Series are set so much of λ apart: error bars do not hide each other."""

SERIES = (0, 2, 4, 5, 6, 7)
"""Positions in the palette that are no known baseline's."""


def swept_lambda(metrics: Sequence[Metric]) -> list[float]:
    """Numbers that λ takes under the headline scheme, that of the first record, if several."""
    numbers = {numeric_lambda(metric.labels) for metric in _headline(metrics)} - {None}
    return sorted(number for number in numbers if number) if len(numbers) > 1 else []


def along_lambda(metrics: Sequence[Metric]) -> bool:
    """Whether records are drawn against λ: it is swept, and patch size is not."""
    return sweep_of(list(metrics)) is None and bool(swept_lambda(metrics))


def draw_along_lambda(axes: Axes, metrics: list[Metric], singles: Sequence[Metric] = ()) -> None:
    """Series of the headline scheme on a logarithmic λ axis; other schemes as horizontal lines.

    What was fitted with a calibrated λ stands apart, to the right.

    Parameters
    ----------
    singles : records of single seeds, drawn lightly
    """
    ours = _headline(metrics)
    places = _places(ours)
    lines = lines_of(ours, "lambda")
    for index, (name, line) in enumerate(lines.items()):
        style = style_of(SERIES[index % len(SERIES)])
        nudge = 1.0 + NUDGE * (index - 0.5 * (len(lines) - 1))
        told = plain(name)
        for swept in (True, False):
            some = [m for m in line if (numeric_lambda(m.labels) is not None) == swept]
            if not some:
                continue
            at = [places[shown(metric.labels.get("lambda"))] * nudge for metric in some]
            axes.errorbar(
                at,
                [metric.value for metric in some],
                yerr=error_bars(some, logarithmic=axes.get_yscale() == "log"),
                linestyle="-" if swept else "none",
                label=told,
                capsize=2.5,
                elinewidth=1.1,
                **style,
            )
            told = "_apart"  # the series is named once
            for place, metric in zip(at, some, strict=True):
                draw_seeds(axes, place, of_seeds(metric, singles), style["color"])
    _draw_rivals(axes, [metric for metric in metrics if metric not in ours])
    _name_axis(axes, places, swept_lambda(metrics)[-1])


def _headline(metrics: Sequence[Metric]) -> list[Metric]:
    scheme = metrics[0].labels.get("scheme") if metrics else None
    return [metric for metric in metrics if metric.labels.get("scheme") == scheme]


def _places(metrics: Sequence[Metric]) -> dict[str, float]:
    """λ as it is shown → place on the axis, numbers first."""
    numbers = swept_lambda(metrics)
    words = [shown(m.labels.get("lambda")) for m in metrics if numeric_lambda(m.labels) is None]
    beyond = {word: numbers[-1] * APART ** (i + 1) for i, word in enumerate(dict.fromkeys(words))}
    return {shown(number): number for number in numbers} | beyond


def _draw_rivals(axes: Axes, metrics: list[Metric]) -> None:
    """Schemes that ignore λ, with a band of one standard error."""
    apart = telling_apart(metrics) or ["scheme"]
    for index, metric in enumerate(metrics):
        style: dict[str, Any] = style_of(index, str(metric.labels.get("scheme")))
        error = metric.uncertainty or 0.0
        lowest = max(metric.value - error, 0.1 * metric.value)
        colour = style["color"]
        if error > 0.0:
            axes.axhspan(lowest, metric.value + error, color=colour, alpha=0.14, linewidth=0)
        name = plain(description(metric.labels, apart))
        axes.axhline(metric.value, color=colour, linewidth=1.4, linestyle=(0, (5, 2)), label=name)


def _name_axis(axes: Axes, places: dict[str, float], largest: float) -> None:
    axes.set_xscale("log")
    name_ticks(axes, list(places.values()), list(places))
    axes.set_xlim(min(places.values()) / 1.35, max(places.values()) * 1.45)
    if max(places.values()) > largest:
        axes.axvline(largest * APART**0.5, color=PALE, linewidth=1.0)
    axes.set_xlabel("variance ratio λ")
