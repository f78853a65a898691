"""What this plugin offers. Light: kernels are imported by the factories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from macropatch.contract import (
    ExperimentRecord,
    MicroscopicSystem,
    Surroundings,
    SystemExample,
    SystemRecord,
    hookimpl,
)
from macropatch_alloy.settings import AlloySettings, AlloyStart

_EXPERIMENTS = Path(__file__).parent / "experiments"


def _alloy(settings: AlloySettings) -> MicroscopicSystem:
    from macropatch_alloy.alloy import make_alloy

    return make_alloy(settings)


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
