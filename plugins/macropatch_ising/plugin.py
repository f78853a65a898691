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
from macropatch_ising.settings import CurieWeissSettings, SpinStart

_EXPERIMENTS = Path(__file__).parent / "experiments"


def _curie_weiss(settings: CurieWeissSettings) -> MicroscopicSystem:
    from macropatch_ising.curie_weiss import CurieWeiss

    return CurieWeiss(settings)


@hookimpl
def macropatch_systems() -> Iterator[SystemRecord]:
    """Curie–Weiss spins."""
    yield SystemRecord(
        name="curie-weiss",
        summary="mean-field spins with continuous-time Glauber dynamics",
        api_version=1,
        settings=CurieWeissSettings,
        start=SpinStart,
        capabilities=frozenset({"cut", "drift_and_diffusion", "martingale"}),
        surroundings=("slaved", "halo"),
        releases_gil=True,
        factory=_curie_weiss,
        example=SystemExample(
            size=(256,),
            patch=(64,),
            dt=0.05,
            surroundings=Surroundings("slaved"),
            start={"m": [-0.8, 0.8]},
        ),
    )


@hookimpl
def macropatch_experiments() -> Iterator[ExperimentRecord]:
    """The paper's Curie–Weiss study."""
    yield ExperimentRecord(
        name="curie-weiss",
        summary="Curie–Weiss at the paper's size: patches 8² to 64² of 64² spins, three schemes",
        api_version=1,
        path=_EXPERIMENTS / "curie-weiss.toml",
    )
