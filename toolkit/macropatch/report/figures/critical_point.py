"""Values and slopes at the critical temperature, from the records at several temperatures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from macropatch.measures.scaling import fit_at
from macropatch.report.figures.ensembles import Ensembles, Point, errors_of

FEWEST_TEMPERATURES = 3
"""A parabola through as many gives a value and a slope between them."""

Drawn = Mapping[str, tuple[list[Point], list[Point]]]
"""Source → points at the critical temperature, and points that are only near it."""


def values_at(where: float, ensembles: Ensembles, name: str) -> Drawn:
    """Values at a temperature by source; of ``binder_slope``, the size of the derivative.

    A size with ``FEWEST_TEMPERATURES`` or more gives the value of a parabola through them, one with
    fewer a point near it: at its nearest temperature. Records of ``binder_slope`` go before slopes
    of ``binder``.
    """
    slope = name == "binder_slope"
    given = ensembles.points.get(name, {})
    curves = ensembles.points.get("binder", {}) if slope else given
    drawn: dict[str, tuple[list[Point], list[Point]]] = {}
    for source, points in {**curves, **given}.items():
        sure, near = drawn.setdefault(source, ([], []))
        if slope and source in given:
            sure += [Point(p.edge, where, abs(p.value), p.error) for p in points]
            continue
        for edge in sorted({point.edge for point in points}):
            here = [p for p in points if p.edge == edge and p.temperature is not None]
            temperatures = np.array([p.temperature for p in here])
            if len(set(temperatures)) >= FEWEST_TEMPERATURES:
                values = np.array([p.value for p in here])
                fit = fit_at(where, temperatures, values, errors_of(here))
                found = fit.slope if slope else fit.value
                sure.append(Point(edge, where, abs(found.value), found.uncertainty))
            elif here and not slope:
                near.append(here[int(np.argmin(np.abs(temperatures - where)))])
    return {source: both for source, both in drawn.items() if any(both)}
