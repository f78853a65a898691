"""Maximum mean discrepancy, the mean over time."""

from __future__ import annotations

from matplotlib.axes import Axes

from macropatch.contract.results import Results
from macropatch.report.figures.appearance import axes_or_new, plain, styled
from macropatch.report.figures.floor import draw_floor, draw_legend
from macropatch.report.figures.series import select, single_seeds
from macropatch.report.figures.sweep import draw_hollow_key, draw_records
from macropatch.report.labels import over_how_many

SPACE = "observables"
"""Closures have different spaces; only that of the observables is the same for all."""


@styled
def draw_mmd(results: Results, ax: Axes | None = None) -> Axes:
    """MMD of the observables, averaged over time, beside the statistical floor.

    Against patch size or ``λ``, whichever is swept, else as bars. Where there are several seeds,
    one light point each and their mean with its standard error.
    """
    metrics = select(results, "mmd", space=SPACE)
    axes = axes_or_new(ax)
    axes.set_yscale("log")
    draw_floor(axes, metrics)
    draw_records(axes, metrics, single_seeds(results, "mmd", space=SPACE))
    draw_hollow_key(axes, metrics)
    axes.set_ylabel("MMD of the observables")
    title = ("mean over time", over_how_many(metrics))
    axes.set_title(plain("; ".join(filter(None, title))), loc="left")
    draw_legend(axes, metrics)
    return axes
