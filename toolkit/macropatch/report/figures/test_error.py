"""Test error against patch size."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from macropatch.contract.results import Metric, Results
from macropatch.report.figures.appearance import FLOOR, axes_or_new, plain, styled
from macropatch.report.figures.series import first_observable, select
from macropatch.report.figures.sweep import HOLLOW_NAME, draw_hollow_key, draw_records

FLOOR_NAME = "statistical floor"
LAST_NAMED = (HOLLOW_NAME, FLOOR_NAME)


@styled
def draw_test_error(
    results: Results,
    ax: Axes | None = None,
    *,
    observable: str | None = None,
    trajectories: int | None = None,
) -> Axes:
    """Test error of each scheme against patch size, with the statistical floor as a band.

    Published values are hollow. Without a sweep of patch sizes: bars, one a record.

    Parameters
    ----------
    observable : by default the first
    trajectories : how many a mean averages over; by default the fewest measured
    """
    name = first_observable(results, observable)
    metrics = select(results, "test_error", observable=name)
    counts = [m.labels["trajectories"] for m in metrics if "trajectories" in m.labels]
    if counts:
        wanted = min(counts) if trajectories is None else trajectories
        metrics = select(results, "test_error", observable=name, trajectories=wanted)
    axes = axes_or_new(ax)
    axes.set_yscale("log")
    _draw_floor(axes, metrics)
    draw_records(axes, metrics)
    draw_hollow_key(axes, metrics)
    over = f", means of {wanted} trajectories" if counts else ""
    axes.set_ylabel(plain(f"test error of {name}"))
    axes.set_title(plain(f"{results.observables[name][0]}{over}"), loc="left")
    entries = sorted(
        zip(*axes.get_legend_handles_labels(), strict=True),
        key=lambda entry: LAST_NAMED.index(entry[1]) if entry[1] in LAST_NAMED else -1,
    )
    if entries:
        axes.legend([handle for handle, _ in entries], [name for _, name in entries])
    return axes


def _draw_floor(axes: Axes, metrics: list[Metric]) -> None:
    floors = [metric for metric in metrics if metric.floor is not None]
    if not floors:
        return
    middle = float(np.mean([metric.floor for metric in floors]))
    spread = float(np.mean([metric.floor_uncertainty or 0.0 for metric in floors]))
    lowest = max(middle - spread, 0.1 * middle)
    axes.axhspan(lowest, middle + spread, color=FLOOR, alpha=0.35, linewidth=0)
    axes.axhline(middle, color=FLOOR, linewidth=1.2, label=FLOOR_NAME)
