"""Registers the figures. Matplotlib is imported when a figure is first drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from macropatch.contract import API_VERSION, FigureRecord, hookimpl

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIGURES = {
    "test_error": "Test error of the mean trajectories against patch size or λ, with the "
    "statistical floor: what is in the band cannot be told from direct simulation.",
    "mmd": "Maximum mean discrepancy of the observables, the mean over time, with the statistical "
    "floor. Light points are single seeds, bars the standard error of their mean.",
    "mmd_over_time": "Maximum mean discrepancy of the observables at each time, the mean over "
    "starts and seeds. Floor: direct simulation against itself.",
    "trajectories": "Mean and standard deviation against time from each start: the fitted SDE "
    "and direct simulation of the large system.",
    "phase_portrait": "Paths from each start in the plane of the first two observables.",
    "standard_deviation": "Standard deviation in equilibrium, predicted over direct simulation; "
    "where λ is swept, √(K/λ) is expected.",
    "stationary": "Distribution of late times: the fitted SDE and direct simulation.",
    "cost": "Core seconds of each stage, and of all of them beside direct simulation.",
    "drift_and_diffusion": "Fitted drift and diffusion along each observable.",
    "scaling_laws": "Order parameter, susceptibility and slope of Binder's cumulant at the "
    "critical temperature against size: points, fits and exponents. Pale: a size with fewer than "
    "three temperatures, at the nearest of them, in no fit.",
    "snapshots": "Snapshots as tiled and relaxed: two neighbouring layers of the large system from "
    "above, atoms coloured by species, vacancies ringed.",
    "finite_size_collapse": "Curves of all sizes on one, by the exponents of finite-size scaling; "
    "χ² per degree of freedom is about one where they fall together within their errors.",
}


def _factory(name: str) -> Callable[[], Callable[..., Axes]]:
    def load() -> Callable[..., Axes]:
        draw: Callable[..., Axes] = getattr(
            import_module(f"macropatch.report.figures.{name}"), f"draw_{name}"
        )
        return draw

    return load


@hookimpl
def macropatch_figures() -> Iterable[FigureRecord]:
    """The built-in figures, in the order of the report."""
    for name, summary in FIGURES.items():
        yield FigureRecord(name, summary, API_VERSION, _factory(name))
