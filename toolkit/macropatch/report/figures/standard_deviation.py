"""Predicted over true standard deviation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from macropatch.contract.results import Metric, Results
from macropatch.measures.variance_ratio import expected_sd_ratio
from macropatch.report.figures.appearance import FLOOR, INK, axes_or_new, plain, styled
from macropatch.report.figures.floor import TOLERANCE_NAME, draw_legend
from macropatch.report.figures.lambda_axis import along_lambda, swept_lambda
from macropatch.report.figures.series import first_observable, select, single_seeds
from macropatch.report.figures.sweep import draw_hollow_key, draw_records
from macropatch.report.labels import over_how_many

RANGE_OF_LINEAR_AXIS = 3.0


@styled
def draw_standard_deviation(
    results: Results, ax: Axes | None = None, *, observable: str | None = None
) -> Axes:
    """Ratio of standard deviations in equilibrium against patch size, with a band of ±10 %.

    Against ``λ``, where that is swept instead, with the expected ``√(K/λ)`` if ``K`` is known.

    Parameters
    ----------
    observable : by default the first
    """
    name = first_observable(results, observable)
    metrics = select(results, "sd_ratio", observable=name)
    axes = axes_or_new(ax, height=4.0)
    values = [metric.value for metric in metrics if metric.value > 0.0] or [1.0]
    if max(values) > RANGE_OF_LINEAR_AXIS * min(values):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.axhspan(0.9, 1.1, color=FLOOR, alpha=0.3, linewidth=0, label=TOLERANCE_NAME)
    axes.axhline(1.0, color=INK, linewidth=0.9)
    draw_records(axes, metrics, single_seeds(results, "sd_ratio", observable=name))
    if along_lambda(metrics):
        _draw_expected(axes, metrics, results.metrics)
    draw_hollow_key(axes, metrics)
    axes.set_ylabel("predicted / true")
    title = f"Standard deviation of {name}: {results.observables[name][0]}"
    axes.set_title(plain("; ".join(filter(None, (title, over_how_many(metrics))))), loc="left")
    draw_legend(axes, metrics)
    return axes


def _draw_expected(axes: Axes, metrics: list[Metric], everything: Sequence[Metric]) -> None:
    numbers = swept_lambda(metrics)
    lambdas = np.geomspace(numbers[0], numbers[-1], 60)
    labels = metrics[0].labels
    curve = [expected_sd_ratio(everything, {**labels, "lambda": one}) for one in lambdas.tolist()]
    if None not in curve:
        values = np.array(curve, dtype=float)
        axes.plot(lambdas, values, color=INK, lw=1.1, ls=(0, (2, 2)), label="√(K/λ)")
