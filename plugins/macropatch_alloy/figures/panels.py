"""Panels side by side and one above the other."""

from __future__ import annotations

from matplotlib.axes import Axes


def panels_of(axes: Axes, count: int, columns: int, gap: tuple[float, float]) -> list[Axes]:
    """Insets of ``axes``, row by row, with gaps between columns and rows as shares of ``axes``."""
    axes.set_axis_off()
    rows = -(-count // columns)
    across, up = gap
    width, height = (1.0 - across * (columns - 1)) / columns, (1.0 - up * (rows - 1)) / rows
    panels = []
    for order in range(count):
        row, column = divmod(order, columns)
        corner = column * (width + across), 1.0 - height - row * (height + up)
        panels.append(axes.inset_axes((*corner, width, height)))
    return panels
