"""Mean and standard deviation against time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from macropatch.contract.results import Results
from macropatch.report.figures.appearance import INK, PALETTE, axes_or_new, plain, styled, with_unit
from macropatch.report.figures.headline import headline_evaluation, spaced
from macropatch.report.figures.series import first_observable
from macropatch.report.figures.starts import name_starts

MOST_STARTS = 8
SETTLED = 0.05
"""Starts have met when the spread of their means is below this share of the first one …"""

AFTERWARDS = 4
"""… and the figure goes on so many times as long: a long equilibrium hides the way there."""

MOST_RECORDS = 400
"""More records than a figure has pixels only make the file large."""


@styled
def draw_trajectories(
    results: Results, ax: Axes | None = None, *, observable: str | None = None
) -> Axes:
    """Mean ± standard deviation over runs from each start, predicted and direct.

    The headline evaluation is shown. Of more than ``MOST_STARTS`` starts, equally spaced ones are.

    Parameters
    ----------
    observable : by default the first
    """
    name = first_observable(results, observable)
    evaluation = headline_evaluation(results)
    predicted = evaluation.predicted.sel(observable=name)
    truth = evaluation.truth.sel(observable=name)
    shown = _shown_records(truth.values)
    records = spaced(shown, MOST_RECORDS)
    starts = spaced(predicted.sizes["start"], MOST_STARTS)
    labels = [str(label) for label in predicted["start"].values]
    time = np.asarray(predicted["time"].values)[records]
    axes = axes_or_new(ax, height=4.2)
    for index, start in enumerate(starts):
        colour = PALETTE[index % len(PALETTE)]
        mean, spread = _moments(predicted.values[start][:, records])
        axes.fill_between(time, mean - spread, mean + spread, color=colour, alpha=0.16, lw=0)
        axes.plot(time, mean, color=colour, label=plain(labels[start]))
        mean, spread = _moments(truth.values[start][:, records])
        axes.plot(time, mean, color=INK, linewidth=1.1, linestyle=(0, (4, 2)))
        for edge in (mean - spread, mean + spread):
            axes.plot(time, edge, color=INK, linewidth=0.7, linestyle=(0, (1, 2)))
    axes.margins(x=0.0)
    cut = shown < predicted.sizes["time"]
    end = f", the first {time[-1]:.3g} of {float(predicted['time'].values[-1]):.4g}" if cut else ""
    axes.set_xlabel(with_unit("time", results.time_unit) + end)
    axes.set_ylabel(with_unit(*results.observables[name]))
    name_starts(axes)
    _explain(axes)
    return axes


def _shown_records(truth: np.ndarray) -> int:
    """How many records to show of ``(start, run, time)``: until starts have met, and some more."""
    means = truth.mean(axis=1)
    spread = means.max(axis=0) - means.min(axis=0)
    met = np.flatnonzero(spread < SETTLED * spread[0])
    every = int(truth.shape[2])
    return min(every, max(AFTERWARDS * int(met[0]), 10)) if len(met) else every


def _moments(runs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(runs.mean(axis=0)), np.asarray(runs.std(axis=0))


def _explain(axes: Axes) -> Legend:
    """What line styles mean, below the axes' starts."""
    keys: list[Line2D | Patch] = [
        Line2D([], [], color=PALETTE[0], label="fitted SDE, mean"),
        Patch(color=PALETTE[0], alpha=0.16, lw=0, label="± standard deviation"),
        Line2D([], [], color=INK, lw=1.1, ls=(0, (4, 2)), label="direct simulation, mean"),
        Line2D([], [], color=INK, lw=0.7, ls=(0, (1, 2)), label="± standard deviation"),
    ]
    return axes.legend(handles=keys, loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)
