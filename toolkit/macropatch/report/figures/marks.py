"""Error bars, and the values of single seeds beside their mean."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from macropatch.contract.results import Metric


def error_bars(line: Sequence[Metric], logarithmic: bool) -> list[list[float]]:
    """Lengths downwards and upwards; on a logarithmic axis a bar never reaches zero."""
    up = [metric.uncertainty or 0.0 for metric in line]
    if not logarithmic:
        return [up, up]
    down = [min(bar, 0.9 * metric.value) for bar, metric in zip(up, line, strict=True)]
    return [[max(bar, 0.0) for bar in down], up]


def draw_seeds(axes: Axes, place: float, values: Sequence[float], colour: str) -> None:
    """One light point a seed."""
    if values:
        axes.plot(
            [place] * len(values),
            list(values),
            marker="o",
            markersize=3.5,
            markeredgewidth=0.0,
            linestyle="none",
            color=colour,
            alpha=0.35,
            label="_seeds",
        )
