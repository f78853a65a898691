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
from macropatch_spde.settings import (
    FitzHughNagumoSettings,
    MediumStart,
    PredatorPreySettings,
    WaveStart,
)

_EXPERIMENTS = Path(__file__).parent / "experiments"
_CAPABILITIES = frozenset({"cells", "cut", "drift_and_diffusion", "martingale"})


def _predator_prey(settings: PredatorPreySettings) -> MicroscopicSystem:
    from macropatch_spde.predator_prey import predator_prey

    return predator_prey(settings)


def _fitzhugh_nagumo(settings: FitzHughNagumoSettings) -> MicroscopicSystem:
    from macropatch_spde.fitzhugh_nagumo import fitzhugh_nagumo

    return fitzhugh_nagumo(settings)


@hookimpl
def macropatch_systems() -> Iterator[SystemRecord]:
    """Fields with reaction, diffusion and noise."""
    yield SystemRecord(
        name="predator-prey",
        summary="stochastic predators and prey on a line or a plane",
        api_version=1,
        settings=PredatorPreySettings,
        start=WaveStart,
        capabilities=_CAPABILITIES,
        surroundings=("halo",),
        releases_gil=True,
        factory=_predator_prey,
        example=SystemExample(
            size=(12,),
            patch=(4,),
            cell=(2,),
            dt=0.05,
            surroundings=Surroundings("halo", 2),
            settings={"time_step": 0.025},
            start={"m": [0.2, 0.8], "k": [0.0, 0.3]},
        ),
    )
    yield SystemRecord(
        name="fitzhugh-nagumo",
        summary="stochastic FitzHugh–Nagumo medium on a line or a plane",
        api_version=1,
        settings=FitzHughNagumoSettings,
        start=MediumStart,
        capabilities=_CAPABILITIES,
        surroundings=("halo",),
        releases_gil=True,
        factory=_fitzhugh_nagumo,
        example=SystemExample(
            size=(4, 6),
            patch=(4, 3),
            cell=(2, 3),
            dt=0.05,
            surroundings=Surroundings("halo", 1),
            settings={
                "dimension": 2,
                "time_step": 0.025,
                "slowness": 0.8,
                "activator_diffusion": 0.5,
                "recovery_noise": 0.1,
            },
        ),
    )


@hookimpl
def macropatch_experiments() -> Iterator[ExperimentRecord]:
    """The paper's study of a field, and one of a plane."""
    yield ExperimentRecord(
        name="predator-prey",
        summary="predators and prey at the paper's size: patches of 40 of 200 points",
        api_version=1,
        path=_EXPERIMENTS / "predator-prey.toml",
    )
    yield ExperimentRecord(
        name="fitzhugh-nagumo",
        summary="a noisy oscillating medium: patches of 16² of a periodic plane of 64²",
        api_version=1,
        path=_EXPERIMENTS / "fitzhugh-nagumo.toml",
    )
