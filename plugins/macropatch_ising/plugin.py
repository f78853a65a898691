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
from macropatch_ising.settings import CurieWeissSettings, IsingSettings, SpinStart

_EXPERIMENTS = Path(__file__).parent / "experiments"


def _curie_weiss(settings: CurieWeissSettings) -> MicroscopicSystem:
    from macropatch_ising.curie_weiss import CurieWeiss

    return CurieWeiss(settings)


def _ising(settings: IsingSettings) -> MicroscopicSystem:
    from macropatch_ising.ising import Ising

    return Ising(settings)


@hookimpl
def macropatch_systems() -> Iterator[SystemRecord]:
    """Curie–Weiss and Ising spins."""
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
    yield SystemRecord(
        name="ising",
        summary="Ising spins on a periodic square lattice with Glauber dynamics",
        api_version=1,
        settings=IsingSettings,
        start=SpinStart,
        capabilities=frozenset(
            {"cells", "cut", "drift_and_diffusion", "equilibrate", "martingale", "reflect"}
        ),
        surroundings=("halo",),
        releases_gil=True,
        factory=_ising,
        example=SystemExample(
            size=(12, 20),
            patch=(6, 5),
            cell=(3, 5),
            dt=0.1,
            surroundings=Surroundings("halo", 4),
            settings={"temperature": 2.5, "field": 0.0},
            start={"m": [-0.8, 0.8]},
        ),
    )


@hookimpl
def macropatch_experiments() -> Iterator[ExperimentRecord]:
    """The paper's studies of spins."""
    yield ExperimentRecord(
        name="curie-weiss",
        summary="Curie–Weiss at the paper's size: patches 8² to 64² of 64² spins, three schemes",
        api_version=1,
        path=_EXPERIMENTS / "curie-weiss.toml",
    )
    yield ExperimentRecord(
        name="ising",
        summary="Ising at the paper's size: patches 8² to 64² of 64² spins, three schemes",
        api_version=1,
        path=_EXPERIMENTS / "ising.toml",
    )
    yield ExperimentRecord(
        name="ising-closures",
        summary="Ising at the paper's size, patches 16²: what two closures add, by likelihood",
        api_version=1,
        path=_EXPERIMENTS / "ising-closures.toml",
    )
    yield ExperimentRecord(
        name="ising-critical",
        summary="Ising about its critical point: scaling laws of 16² to 64² from patches of 16²",
        api_version=1,
        path=_EXPERIMENTS / "ising-critical.toml",
    )
