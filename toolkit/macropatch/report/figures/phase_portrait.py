"""The first two observables against each other."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from macropatch.contract.results import Results
from macropatch.report.figures.appearance import (
    INK,
    PALETTE,
    NothingToDrawError,
    axes_or_new,
    plain,
    styled,
    with_unit,
)
from macropatch.report.figures.headline import headline_evaluation, spaced
from macropatch.report.figures.starts import name_starts

MOST_STARTS = 5
MOST_RECORDS = 400
SINGLE = 2
"""So many single trajectories from each start are drawn beside the mean."""


@styled
def draw_phase_portrait(results: Results, ax: Axes | None = None) -> Axes:
    """Mean paths from each start in the plane of the first two observables.

    The headline evaluation and direct simulation are shown, with some single trajectories of
    the former. Of more than ``MOST_STARTS`` starts, equally spaced ones are.
    """
    names = list(results.observables)[:2]
    if len(names) < 2:
        raise NothingToDrawError("a phase portrait needs two observables")
    evaluation = headline_evaluation(results)
    records = spaced(evaluation.predicted.sizes["time"], MOST_RECORDS)
    predicted, truth = (
        np.asarray(one.sel(observable=names).values)[:, :, records]
        for one in (evaluation.predicted, evaluation.truth)
    )
    labels = [str(label) for label in evaluation.predicted["start"].values]
    axes = axes_or_new(ax, height=5.4)
    starts = spaced(len(labels), MOST_STARTS)
    for index, start in enumerate(starts):
        colour = PALETTE[index % len(PALETTE)]
        for run in predicted[start, :SINGLE]:
            axes.plot(run[:, 0], run[:, 1], color=colour, linewidth=0.5, alpha=0.4)
        mean = predicted[start].mean(axis=0)
        axes.plot(mean[:, 0], mean[:, 1], color=colour, label=plain(labels[start]))
        axes.plot(*mean[0], color=colour, marker="o", markersize=5)
    for start in starts:  # above the others, all alike
        mean = truth[start].mean(axis=0)
        axes.plot(mean[:, 0], mean[:, 1], color=INK, linewidth=1.1, linestyle=(0, (4, 2)))
    axes.set_xlabel(with_unit(*results.observables[names[0]]))
    axes.set_ylabel(with_unit(*results.observables[names[1]]))
    name_starts(axes)
    keys = [
        Line2D([], [], color=PALETTE[0], label="fitted SDE, mean"),
        Line2D([], [], color=PALETTE[0], lw=0.5, alpha=0.6, label="fitted SDE, single"),
        Line2D([], [], color=INK, lw=1.1, ls=(0, (4, 2)), label="direct simulation, mean"),
    ]
    axes.legend(handles=keys, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3)
    return axes
