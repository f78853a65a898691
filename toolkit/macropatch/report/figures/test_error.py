"""Test error against patch size, or against λ."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from macropatch.contract.results import Results
from macropatch.report.figures.appearance import axes_or_new, plain, styled
from macropatch.report.figures.floor import draw_floor, draw_legend
from macropatch.report.figures.series import first_observable, select, single_seeds
from macropatch.report.figures.sweep import draw_hollow_key, draw_records
from macropatch.report.labels import over_how_many


@styled
def draw_test_error(
    results: Results,
    ax: Axes | None = None,
    *,
    observable: str | None = None,
    trajectories: int | None = None,
) -> Axes:
    """Test error of each scheme against patch size, with the statistical floor as a band.

    Published values are hollow. Without a sweep of patch sizes: against ``λ`` where that is swept,
    else bars, one a record.

    Parameters
    ----------
    observable : by default the first
    trajectories : how many a mean averages over; by default the fewest measured
    """
    name = first_observable(results, observable)
    labels: dict[str, Any] = {"observable": name}
    metrics = select(results, "test_error", **labels)
    counts = [m.labels["trajectories"] for m in metrics if "trajectories" in m.labels]
    if counts:
        labels["trajectories"] = min(counts) if trajectories is None else trajectories
        metrics = select(results, "test_error", **labels)
    axes = axes_or_new(ax)
    axes.set_yscale("log")
    draw_floor(axes, metrics)
    draw_records(axes, metrics, single_seeds(results, "test_error", **labels))
    draw_hollow_key(axes, metrics)
    title = results.observables[name][0]
    title += f", means of {labels['trajectories']} trajectories" if counts else ""
    axes.set_ylabel(plain(f"test error of {name}"))
    axes.set_title(plain("; ".join(filter(None, (title, over_how_many(metrics))))), loc="left")
    draw_legend(axes, metrics)
    return axes
