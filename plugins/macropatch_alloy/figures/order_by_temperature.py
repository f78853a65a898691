"""Short-range order in equilibrium against temperature."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from macropatch.contract.results import Results
from macropatch.report.figures.appearance import INK, axes_or_new, plain, styled
from macropatch_alloy.figures.panels import panels_of
from macropatch_alloy.figures.points import (
    STYLES,
    Point,
    draw_key,
    draw_points,
    order_records,
    points_of,
)

BAND = 2.0
"""Half the width of ours, in standard errors."""


@styled
def draw_order_by_temperature(results: Results, ax: Axes | None = None) -> Axes:
    """One panel a pair of species: ours, exchanges, jumps of vacancies, published.

    What is in no equilibrium is grey. ``ax`` only gives the place: panels are insets.
    """
    drawn = points_of(order_records(results, "delta"), "temperature")
    axes = axes_or_new(ax, 7.6, 7.4)
    panels = panels_of(axes, len(drawn), 2, (0.13, 0.05))
    places = [p.where for sources in drawn.values() for one in sources.values() for p in one]
    room = 0.04 * (max(places) - min(places)) or 1.0
    for (pair, sources), panel in zip(drawn.items(), panels, strict=True):
        for source, points in sources.items():
            if source == "sde":
                _draw_band(panel, points)
            draw_points(panel, source, points)
        panel.axhline(0.0, color=INK, linewidth=0.6)
        panel.set_xlim(min(places) - room, max(places) + room)
        panel.set_ylabel(plain(results.observables.get(pair, (pair, ""))[0]))
    for panel in panels[:-2]:
        panel.tick_params(labelbottom=False)
    for panel in panels[-2:]:
        panel.set_xlabel("temperature (K)")
    draw_key(axes, drawn)
    return axes


def _draw_band(panel: Axes, points: list[Point]) -> None:
    where = np.array([point.where for point in points])
    value = np.array([point.value for point in points])
    width = BAND * np.array([point.error for point in points])
    colour = STYLES["sde"]["color"]
    panel.plot(where, value, color=colour, linewidth=1.4)
    panel.fill_between(where, value - width, value + width, color=colour, alpha=0.2, linewidth=0)
