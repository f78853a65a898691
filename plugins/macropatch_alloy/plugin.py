"""What this plugin offers. Light: kernels are imported by the factories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from macropatch.contract import (
    ExperimentRecord,
    FigureRecord,
    MeasureRecord,
    MicroscopicSystem,
    Surroundings,
    SystemExample,
    SystemRecord,
    hookimpl,
)
from macropatch_alloy.settings import AlloySettings, AlloyStart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from macropatch.contract.results import Evaluation, Metric

_EXPERIMENTS = Path(__file__).parent / "experiments"

FIGURES = {
    "order_by_temperature": "Short-range order of each pair of species against temperature: the "
    "fitted SDE with standard errors (band: twice as much), exchanges by Monte Carlo, jumps of "
    "vacancies, published figures. Grey: direct simulation that is not in equilibrium.",
    "order_by_size": "Short-range order and its standard deviation in equilibrium against the "
    "number of sites. Bars of the means are standard deviations.",
    "order_paths": "Short-range order against time from the random alloy at each temperature: the "
    "fitted SDE and jumps of vacancies. Marked: 90 % of the way.",
}


def _figure(name: str) -> Callable[[], Callable[..., Axes]]:
    def load() -> Callable[..., Axes]:
        module = import_module(f"macropatch_alloy.figures.{name}")
        draw: Callable[..., Axes] = getattr(module, f"draw_{name}")
        return draw

    return load


def _alloy(settings: AlloySettings) -> MicroscopicSystem:
    from macropatch_alloy.alloy import make_alloy

    return make_alloy(settings)


def _short_range_order() -> Callable[[Evaluation], list[Metric]]:
    from macropatch_alloy.measures.short_range_order import measure_short_range_order

    return measure_short_range_order


@hookimpl
def macropatch_systems() -> Iterator[SystemRecord]:
    """Alloys."""
    yield SystemRecord(
        name="alloy",
        summary="substitutional alloys on cubic lattices that vacancies move: Nb–Mo–Ta, your own",
        api_version=1,
        settings=AlloySettings,
        start=AlloyStart,
        capabilities=frozenset({"drift_and_diffusion", "equilibrate", "to_atoms"}),
        surroundings=("halo",),
        releases_gil=True,
        factory=_alloy,
        example=SystemExample(
            size=(12, 6, 6),
            patch=(6, 6, 6),
            dt=0.0004,  # a twentieth of a jump: vacancies jump to and fro
            surroundings=Surroundings("halo", 12),
            settings={"sites_per_vacancy": 432, "jumps": 125.0},
            conditions={"temperature": (3000.0, 6000.0)},
        ),
    )


@hookimpl
def macropatch_experiments() -> Iterator[ExperimentRecord]:
    """The paper's study of an alloy."""
    yield ExperimentRecord(
        name="nbmota",
        summary="Nb–Mo–Ta with vacancies: order by temperature, time and size, to 524,288 sites",
        api_version=1,
        path=_EXPERIMENTS / "nbmota.toml",
    )


@hookimpl
def macropatch_measures() -> Iterator[MeasureRecord]:
    """Order in equilibrium."""
    yield MeasureRecord(
        name="short_range_order",
        summary="short-range order by temperature and size, beside Monte Carlo of two kinds",
        api_version=1,
        factory=_short_range_order,
        stationary=True,
    )


@hookimpl
def macropatch_figures() -> Iterator[FigureRecord]:
    """Order against temperature, size and time."""
    for name, summary in FIGURES.items():
        yield FigureRecord(name, summary, 1, _figure(name))
