"""Order parameter, susceptibility and slope of Binder's cumulant against size, with power laws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from macropatch.contract.results import Results
from macropatch.measures.scaling import fit_power_law
from macropatch.measures.uncertainty import Estimate
from macropatch.report.figures.appearance import (
    NothingToDrawError,
    axes_or_new,
    name_ticks,
    plain,
    stacked,
    style_of,
    styled,
)
from macropatch.report.figures.critical_point import Drawn, values_at
from macropatch.report.figures.ensembles import (
    SYMBOLS,
    Point,
    ensembles_of,
    errors_of,
)
from macropatch.report.numbers import number, with_error

PANELS = {"abs_m": SYMBOLS["abs_m"], "chi": SYMBOLS["chi"], "binder_slope": "|dU/dT|"}
PALE = 0.45
DASHES = ("--", ":", "-.")
FEW_TICKS = 100.0
"""An axis that spans no more has numbers between the powers of ten, too."""


@styled
def draw_scaling_laws(
    results: Results, ax: Axes | None = None, *, critical_temperature: float | None = None
) -> Axes:
    """Power laws in the size at the critical temperature: ours, direct, published and exact.

    Values are those of a parabola through each size's temperatures; a size with fewer than three
    is drawn pale at the nearest of them, and is in no fit. Exponents are the records' where there
    are any, else fitted. ``ax`` only gives the place: the panels are insets of it.

    Parameters
    ----------
    critical_temperature : by default the label ``temperature`` of the exponents' records, else
        the median of all temperatures
    """
    ensembles = ensembles_of(results)
    where = critical_temperature or ensembles.critical_temperature
    panels = {name: values_at(where, ensembles, name) for name in PANELS}
    panels = {name: drawn for name, drawn in panels.items() if drawn}
    if not panels:
        raise NothingToDrawError("no size has a value at the critical temperature")
    sources = list(dict.fromkeys(source for drawn in panels.values() for source in drawn))
    edges = sorted({p.edge for drawn in panels.values() for both in drawn.values()
                    for points in both for p in points})  # fmt: skip
    axes = axes_or_new(ax, height=2.7 * len(panels))
    for (name, drawn), panel in zip(panels.items(), stacked(axes, len(panels)), strict=True):
        panel.set(xscale="log", yscale="log", ylabel=PANELS[name])
        _draw_panel(panel, drawn, ensembles.exponents.get(name, {}), edges, sources)
        name_ticks(panel, edges, [f"{edge:g}" for edge in edges])
        panel.set_xlim(edges[0] / 1.2, edges[-1] * 1.2)
    panel.set_xlabel("edge L")
    axes.set_title(f"At T = {where:.7g}", loc="left")
    return axes


def _draw_panel(
    panel: Axes,
    drawn: Drawn,
    exponents: Mapping[str, Estimate],
    edges: Sequence[float],
    sources: Sequence[str],
) -> None:
    ends = np.array([edges[0] / 1.1, edges[-1] * 1.1])
    for source, (sure, near) in drawn.items():
        index = sources.index(source)
        style = style_of(index)
        nudge = 1.0 + 0.02 * (index - 0.5 * (len(sources) - 1))
        for points, alpha in ((sure, 1.0), (near, PALE)):
            panel.errorbar(
                [nudge * p.edge for p in points],
                [p.value for p in points],
                yerr=[min(p.error or 0.0, 0.9 * p.value) for p in points],
                linestyle="none",
                capsize=2.5,
                elinewidth=1.1,
                alpha=alpha,
                **style,
            )
        exponent = exponents.get(source)
        fitted = sure or near
        if exponent is None and len({p.edge for p in fitted}) > 1:
            exponent = fit_power_law(_edges(fitted), _values(fitted), errors_of(fitted)).exponent
        _draw_law(panel, source, exponent, fitted, ends, style)
    last = [sure or near for sure, near in drawn.values()][-1]
    alone = [source for source in exponents if source not in drawn]
    for order, source in enumerate(alone):
        style = {"color": "#55606b", "linestyle": DASHES[order % len(DASHES)]}
        _draw_law(panel, source, exponents[source], last, ends, style)
    panel.legend(handlelength=1.6, fontsize=8.5)
    low, high = panel.get_ylim()
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if high > FEW_TICKS * low:
        panel.yaxis.set_minor_formatter(NullFormatter())
        return
    digits = range(2, 10) if high < 3.0 * low else (2, 5)
    panel.yaxis.set_minor_locator(LogLocator(subs=digits))
    panel.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:.2g}"))


def _draw_law(
    panel: Axes,
    source: str,
    exponent: Estimate | None,
    through: Sequence[Point],
    ends: np.ndarray,
    style: Mapping[str, Any],
) -> None:
    """Power law through the middle of points, and the source's entry in the legend."""
    if exponent is None:
        panel.plot([], [], label=plain(source), **{"linestyle": "none", **style})
        return
    middle = np.log(_edges(through)).mean(), np.log(_values(through)).mean()
    law = np.exp(middle[1] + exponent.value * (np.log(ends) - middle[0]))
    line = {"linestyle": "-", "linewidth": 1.2, **style}
    panel.plot(ends, law, **{**line, "marker": "none"})
    told = with_error(exponent.value, exponent.uncertainty)
    if exponent.uncertainty is None:
        told = number(exponent.value, 4)
    panel.plot([], [], label=plain(f"{source}, exponent {told}"), **line)


def _edges(points: Sequence[Point]) -> np.ndarray:
    return np.array([point.edge for point in points])


def _values(points: Sequence[Point]) -> np.ndarray:
    return np.array([point.value for point in points])
