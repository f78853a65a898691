"""Distribution of late times."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from macropatch.contract.results import Results
from macropatch.measures.fluctuations import last_half
from macropatch.report.figures.appearance import (
    FLOOR,
    PALETTE,
    NothingToDrawError,
    axes_or_new,
    plain,
    styled,
    with_unit,
)
from macropatch.report.figures.headline import headline_evaluation, named
from macropatch.report.figures.series import first_observable

BINS = 48


@styled
def draw_stationary(
    results: Results, ax: Axes | None = None, *, observable: str | None = None
) -> Axes:
    """Histogram of the last half of the records, headline prediction and direct simulation.

    Parameters
    ----------
    observable : by default the first
    """
    name = first_observable(results, observable)
    evaluation = headline_evaluation(results)
    predicted, truth = (
        last_half(np.asarray(one.sel(observable=name).values)).ravel()
        for one in (evaluation.predicted, evaluation.truth)
    )
    predicted = predicted[np.isfinite(predicted)]
    if predicted.size == 0 or truth.size == 0:
        raise NothingToDrawError("no finite late record")
    low = min(predicted.min(), truth.min())
    high = max(predicted.max(), truth.max())
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1).tolist()
    axes = axes_or_new(ax, height=4.0)
    axes.hist(
        truth, edges, density=True, color=FLOOR, alpha=0.55, label="direct simulation", linewidth=0
    )
    axes.hist(
        predicted,
        edges,
        density=True,
        histtype="step",
        color=PALETTE[0],
        linewidth=1.8,
        label=plain(f"fitted SDE ({named(evaluation)})"),
    )
    axes.set_xlabel(with_unit(*results.observables[name]))
    axes.set_ylabel("probability density")
    axes.set_ylim(0.0, axes.get_ylim()[1] * 1.18)
    axes.legend(loc="upper left", ncols=2)
    return axes
