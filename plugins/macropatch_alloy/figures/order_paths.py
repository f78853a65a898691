"""How order grows from the random alloy, in seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogFormatterSciNotation, LogLocator, NullFormatter

from macropatch.contract.results import Evaluation, Results
from macropatch.measures import relaxation_time
from macropatch.report.figures.appearance import (
    INK,
    PALETTE,
    NothingToDrawError,
    axes_or_new,
    plain,
    styled,
    with_unit,
)
from macropatch_alloy.figures.panels import panels_of
from macropatch_alloy.measures.settling import drifts

MOST_TEMPERATURES = 6
"""Of more, equally spaced ones are shown."""

FEW_TICKS = 300.0
"""A time axis that spans no more has numbers between the powers of ten, too."""

DASHES = (0, (4, 2))


@styled
def draw_order_paths(results: Results, ax: Axes | None = None) -> Axes:
    """Mean order against time at each temperature, ours and by jumps of vacancies.

    Of several starts at one temperature the least ordered is shown. Where the mean has gone 90 % of
    its way is marked, unless vacancies have not come to its end. ``ax`` only gives the place:
    panels are insets.
    """
    if not results.evaluations:
        raise NothingToDrawError("the results hold no evaluation")
    evaluation = results.evaluations[0]
    if "temperature" not in evaluation.truth.coords or evaluation.truth.sizes["time"] < 2:
        raise NothingToDrawError("no path at a temperature")
    starts = _starts(evaluation)
    axes = axes_or_new(ax, 7.6, 0.6 + 2.5 * -(-len(starts) // 2))
    panels = panels_of(axes, len(starts), 2, (0.1, 0.11 if len(starts) > 4 else 0.15))
    for (temperature, start), panel in zip(starts.items(), panels, strict=True):
        truth = evaluation.truth.values[start]
        ends = not drifts(truth[:, truth.shape[1] // 2 :])
        _draw_panel(panel, evaluation, start, ends)
        told = "" if ends else ", not in equilibrium"
        panel.set_title(f"{temperature:g} K{told}", loc="left", pad=3)
    unit = results.time_unit
    if "physical_time" in evaluation.truth.coords:
        unit = str(evaluation.truth["physical_time"].attrs.get("units", ""))
    for panel in panels[-2:]:
        panel.set_xlabel(with_unit("time", unit))
    for panel in panels[::2]:
        panel.set_ylabel("short-range order")
    _draw_key(axes, results, [str(name) for name in evaluation.truth["observable"].values])
    return axes


def _starts(evaluation: Evaluation) -> dict[float, int]:
    """Temperature → the start there whose observables begin nearest to zero."""
    temperatures = np.asarray(evaluation.truth["temperature"].values, dtype=float)
    order = np.abs(evaluation.truth.values[:, :, 0].mean(axis=1)).sum(axis=-1)
    found = {}
    for temperature in np.unique(temperatures):
        own = np.flatnonzero(temperatures == temperature)
        found[float(temperature)] = int(own[np.argmin(order[own])])
    count = len(found)
    shown = np.unique(np.linspace(0, count - 1, min(count, MOST_TEMPERATURES)).round().astype(int))
    return {temperature: found[temperature] for temperature in np.array(list(found))[shown]}


def _draw_panel(panel: Axes, evaluation: Evaluation, start: int, ends: bool) -> None:
    times = np.asarray(evaluation.truth["time"].values, dtype=float)
    if "physical_time" in evaluation.truth.coords:
        times = times * float(evaluation.truth["physical_time"].values[start])
    for pair in range(evaluation.truth.sizes["observable"]):
        colour = PALETTE[pair % len(PALETTE)]
        for ours, paths in ((True, evaluation.predicted), (False, evaluation.truth)):
            runs = np.asarray(paths.values[start, :, :, pair], dtype=float)
            mean = runs.mean(axis=0)
            line: dict[str, Any] = (
                {"color": colour} if ours else {"color": INK, "lw": 1.1, "ls": DASHES}
            )
            panel.plot(times[1:], mean[1:], **line)
            took = relaxation_time(runs, times) if ends else None
            if took is not None:
                panel.plot(
                    took.value,
                    np.interp(took.value, times, mean),
                    marker="o" if ours else "s",
                    markersize=8.0 if ours else 4.5,
                    color=colour if ours else INK,
                    markerfacecolor=colour if ours else "white",
                    zorder=3.0,
                )
    panel.set_xscale("log")
    digits = (1.0, 3.0) if times[-1] < FEW_TICKS * times[1] else (1.0,)
    panel.xaxis.set_major_locator(LogLocator(subs=digits))
    named = LogFormatterSciNotation(labelOnlyBase=False, minor_thresholds=(np.inf, np.inf))
    panel.xaxis.set_major_formatter(named)
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.margins(x=0.0)
    panel.axhline(0.0, color=INK, linewidth=0.6)


def _draw_key(axes: Axes, results: Results, pairs: list[str]) -> None:
    for index, pair in enumerate(pairs):
        label = plain(results.observables.get(pair, (pair, ""))[0])
        axes.plot([], [], color=PALETTE[index % len(PALETTE)], label=label)
    axes.plot([], [], color=PALETTE[0], marker="o", label="ours, 90 % of the way")
    style: dict[str, Any] = {"color": INK, "lw": 1.1, "ls": DASHES, "markerfacecolor": "white"}
    axes.plot([], [], marker="s", label="jumps of vacancies, 90 %", **style)
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.05), ncols=4, columnspacing=1.2, handlelength=1.8
    )
