"""Predicted over true standard deviation."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from macropatch.contract.results import Results
from macropatch.report.figures.appearance import FLOOR, INK, axes_or_new, plain, styled
from macropatch.report.figures.series import first_observable, select
from macropatch.report.figures.sweep import draw_hollow_key, draw_records

RANGE_OF_LINEAR_AXIS = 3.0


@styled
def draw_standard_deviation(
    results: Results, ax: Axes | None = None, *, observable: str | None = None
) -> Axes:
    """Ratio of standard deviations in equilibrium against patch size, with a band of ±10 %.

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
    axes.axhspan(0.9, 1.1, color=FLOOR, alpha=0.3, linewidth=0, label="±10 %")
    axes.axhline(1.0, color=INK, linewidth=0.9)
    draw_records(axes, metrics)
    draw_hollow_key(axes, metrics)
    axes.set_ylabel("predicted / true")
    label = results.observables[name][0]
    axes.set_title(plain(f"Standard deviation of {name}: {label}"), loc="left")
    axes.legend()
    return axes
