"""The statistical floor of records as a band, named last in the legend."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer

from macropatch.contract.results import Metric
from macropatch.report.figures.appearance import FLOOR
from macropatch.report.figures.lambda_axis import along_lambda
from macropatch.report.figures.sweep import HOLLOW_NAME

FLOOR_NAME = "statistical floor"
TOLERANCE_NAME = "±10 %"
LAST_NAMED = (HOLLOW_NAME, TOLERANCE_NAME, FLOOR_NAME)


def draw_floor(axes: Axes, metrics: list[Metric]) -> None:
    """A line at the mean of the records' floors and a band of their mean standard error."""
    floors = [metric for metric in metrics if metric.floor is not None]
    if not floors:
        return
    middle = float(np.mean([metric.floor for metric in floors]))
    spread = float(np.mean([metric.floor_uncertainty or 0.0 for metric in floors]))
    lowest = max(middle - spread, 0.1 * middle)
    if spread > 0.0:
        axes.axhspan(lowest, middle + spread, color=FLOOR, alpha=0.35, linewidth=0)
    axes.axhline(middle, color=FLOOR, linewidth=1.2, label=FLOOR_NAME)


def draw_legend(axes: Axes, metrics: list[Metric]) -> None:
    """Records first, then lines and bands; below axes that other schemes cross as lines."""
    entries = sorted(
        zip(*axes.get_legend_handles_labels(), strict=True),
        key=lambda entry: (
            LAST_NAMED.index(entry[1]) if entry[1] in LAST_NAMED else -1,
            not isinstance(entry[0], ErrorbarContainer),
        ),
    )
    below: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.14), "ncols": 3}
    if entries:
        handles, names = zip(*entries, strict=True)
        axes.legend(handles, names, **(below if along_lambda(metrics) else {}))
