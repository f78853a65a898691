"""Curves of all sizes on one, by the exponents of finite-size scaling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from macropatch.contract.results import Results
from macropatch.measures.collapse import DEGREE, ScalingForm, collapse_quality
from macropatch.report.figures.appearance import (
    INK,
    MARKERS,
    PALETTE,
    NothingToDrawError,
    axes_or_new,
    plain,
    stacked,
    styled,
)
from macropatch.report.figures.ensembles import (
    SOURCES,
    SYMBOLS,
    Ensembles,
    Point,
    ensembles_of,
    errors_of,
)

SLOPE = "binder_slope"
"""The slope of Binder's cumulant at the critical temperature grows as ``L^(1/ν)``."""


@styled
def draw_finite_size_collapse(
    results: Results, ax: Axes | None = None, *, critical_temperature: float | None = None
) -> Axes:
    """``value · L^(−exponent)`` against ``(T − T_c)/T_c · L^(1/ν)``, apart by size and source.

    Exponents are the exact ones where records hold them, else those of direct simulation, else
    ours: the same for all that is drawn. ``ax`` only gives the place: the panels are insets of it.

    Parameters
    ----------
    critical_temperature : by default the label ``temperature`` of the exponents' records, else
        the median of all temperatures
    """
    ensembles = ensembles_of(results)
    where = critical_temperature or ensembles.critical_temperature
    inverse_nu = _exponent(ensembles, SLOPE)
    forms = {name: _form(ensembles, name, where, inverse_nu) for name in SYMBOLS}
    panels = {
        name: form for name, form in forms.items() if form is not None and name in ensembles.points
    }
    if not panels or inverse_nu is None:
        raise NothingToDrawError("no curve whose exponents are known")
    axes = axes_or_new(ax, height=2.7 * len(panels))
    shown = {source: None for name in panels for source in ensembles.points[name]}
    edges = sorted({p.edge for name in panels for line in ensembles.points[name].values()
                    for p in line})  # fmt: skip
    places = stacked(axes, len(panels))
    for (name, form), panel in zip(panels.items(), places, strict=True):
        told = []
        for source, points in ensembles.points[name].items():
            marker = MARKERS[list(shown).index(source) % len(MARKERS)]
            _draw_points(panel, points, form, edges, marker, line=source == SOURCES["direct"])
            told += _quality(source, points, form)
        power = f" · $L^{{{-form.exponent:.4g}}}$" if form.exponent else ""
        panel.set_ylabel(SYMBOLS[name] + power)
        panel.set_title(plain(", ".join(told)), loc="right", fontsize=8.5)
    panel.set_xlabel(f"(T − {where:.7g})/{where:.7g} · $L^{{{inverse_nu:.4g}}}$")
    _explain(places[0], edges, list(shown))
    return axes


def _exponent(ensembles: Ensembles, observable: str) -> float | None:
    known = ensembles.exponents.get(observable, {})
    for source in ("exact", "direct", "sde"):
        if SOURCES[source] in known:
            return known[SOURCES[source]].value
    return next((exponent.value for exponent in known.values()), None)


def _form(
    ensembles: Ensembles, name: str, where: float, inverse_nu: float | None
) -> ScalingForm | None:
    exponent = 0.0 if name == "binder" else _exponent(ensembles, name)
    if exponent is None or inverse_nu is None:
        return None
    return ScalingForm(where, inverse_nu, exponent)


def _draw_points(
    panel: Axes,
    points: Sequence[Point],
    form: ScalingForm,
    edges: Sequence[float],
    marker: str,
    *,
    line: bool,
) -> None:
    for edge in sorted({point.edge for point in points}):
        here = sorted((p for p in points if p.edge == edge and p.temperature is not None),
                      key=lambda p: p.temperature or 0.0)  # fmt: skip
        colour = PALETTE[list(edges).index(edge) % len(PALETTE)]
        x, y, error = _scaled(here, form)
        panel.errorbar(
            x,
            y,
            yerr=error,
            color=colour,
            marker=marker,
            markersize=5,
            markerfacecolor="white" if line else colour,
            linestyle="-" if line else "none",
            linewidth=0.9,
            elinewidth=1.0,
            capsize=2,
        )


def _scaled(
    points: Sequence[Point], form: ScalingForm
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    edges = np.array([point.edge for point in points])
    x = form.place(edges, np.array([point.temperature for point in points], dtype=np.float64))
    y = form.scaled(edges, np.array([point.value for point in points]))
    return x, y, form.scaled(edges, np.array([point.error or 0.0 for point in points]))


def _quality(source: str, points: Sequence[Point], form: ScalingForm) -> list[str]:
    """``χ²`` per degree of freedom, where errors are known and points many enough."""
    apart = [point for point in points if point.temperature is not None]
    errors = errors_of(apart)
    if errors is None or len(apart) <= 2 * (DEGREE + 1):
        return []
    edges = np.array([point.edge for point in apart])
    temperatures = np.array([point.temperature for point in apart], dtype=np.float64)
    values = np.array([point.value for point in apart])
    square, degrees = collapse_quality(edges, temperatures, values, errors, form)
    return [f"{source}: χ²/{degrees} = {square / degrees:.2f}"]


def _explain(panel: Axes, edges: Sequence[float], sources: Sequence[str]) -> None:
    sizes = [
        Line2D([], [], color=PALETTE[order % len(PALETTE)], linewidth=3, label=f"L = {edge:g}")
        for order, edge in enumerate(edges)
    ]
    kinds = [
        Line2D(
            [],
            [],
            color=INK,
            marker=MARKERS[order % len(MARKERS)],
            markerfacecolor="white" if source == SOURCES["direct"] else INK,
            linestyle="-" if source == SOURCES["direct"] else "none",
            linewidth=0.9,
            label=plain(source),
        )
        for order, source in enumerate(sources)
    ]
    panel.legend(handles=[*sizes, *kinds], fontsize=8.5, ncols=2, handlelength=1.4)
