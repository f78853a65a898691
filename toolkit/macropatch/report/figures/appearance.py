"""How figures look: palette, type, axes; and their SVG."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

Arguments = ParamSpec("Arguments")

INK = "#26323d"
PALE = "#c9d1d9"
FLOOR = "#9aa5b1"
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#333333")
"""Okabe and Ito's palette, which readers with a colour-vision deficiency can tell apart."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
SCHEMES = {"partial": 0, "published": 1, "naive": 3}
"""Position of the known schemes in the palette: a scheme has one colour in all figures."""

OTHERS = (2, 4, 5, 6, 7, 0, 1, 3)
"""Positions that schemes of plugins take in turn."""

RC: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.formatter.useoffset": False,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 11.5,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "grid.color": PALE,
    "grid.linewidth": 0.5,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "lines.linewidth": 1.7,
    "lines.markersize": 6,
    "text.color": INK,
    "xtick.color": INK,
    "xtick.labelsize": 10,
    "ytick.color": INK,
    "ytick.labelsize": 10,
}

SVG_RC: Any = {"svg.fonttype": "path", "svg.hashsalt": "macropatch"}
"""Glyphs as paths look alike everywhere; the salt makes identifiers reproducible."""


SHARE_OF_PANEL = 0.88
"""Height of a panel of several in that of panel and gap."""


class NothingToDrawError(Exception):
    """The results lack what a figure shows (raised by a figure, which is then left out)."""


def styled(draw: Callable[Arguments, Axes]) -> Callable[Arguments, Axes]:
    """Draw under the report's style without changing Matplotlib's global settings."""

    @wraps(draw)
    def under_style(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Axes:
        with mpl.rc_context(RC):
            return draw(*args, **kwargs)

    return under_style


def axes_or_new(ax: Axes | None, width: float = 5.8, height: float = 4.0) -> Axes:
    """The axes given, or those of a new figure of so many inches."""
    if ax is not None:
        return ax
    return Figure(figsize=(width, height), layout="constrained").subplots()


def stacked(axes: Axes, count: int) -> list[Axes]:
    """Panels one above the other with a common horizontal axis, as insets of ``axes``."""
    axes.set_axis_off()
    share = 1.0 / count
    panels: list[Axes] = []
    for order in range(count):
        box = (0.0, 1.0 - share * (order + 1), 1.0, share * SHARE_OF_PANEL)
        panels.append(axes.inset_axes(box, sharex=panels[0] if panels else None))
    for panel in panels[:-1]:
        panel.tick_params(labelbottom=False)
    return panels


def plain(text: object) -> str:
    """Text that Matplotlib takes literally: a dollar sign starts no formula."""
    return str(text).replace("$", r"\$")


def with_unit(label: str, unit: str) -> str:
    """Axis label such as ``time (attempts per site)``, literally."""
    return plain(f"{label} ({unit})" if unit else label)


def style_of(position: int, scheme: str | None = None) -> dict[str, Any]:
    """Colour and marker of a series: by scheme, which keeps them in all figures, or by position."""
    index = position
    if scheme is not None:
        index = SCHEMES.get(scheme, OTHERS[position % len(OTHERS)])
    return {
        "color": PALETTE[index % len(PALETTE)],
        "marker": MARKERS[index % len(MARKERS)],
    }


def name_ticks(axes: Axes, positions: list[float], names: list[str]) -> None:
    """Ticks of the horizontal axis at given positions only."""
    named = dict(zip(positions, names, strict=True))
    axes.xaxis.set_major_locator(FixedLocator(positions))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: plain(named.get(float(x), ""))))


def to_svg(axes: Axes) -> str:
    """SVG of the whole figure that ``axes`` belongs to; equal figures give equal text."""
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes belong to no figure")
    buffer = io.StringIO()
    nothing: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with mpl.rc_context({**RC, **SVG_RC}):
        figure.savefig(buffer, format="svg", metadata=nothing, bbox_inches="tight", pad_inches=0.08)
    return buffer.getvalue()
