"""What this plugin offers. Light: torch and scikit-learn are imported by the factories."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from macropatch.contract import ClosureEncoder, ClosureRecord, SDEModel, SDERecord, hookimpl
from macropatch_models.settings import LinearSettings, MLPSettings, NoClosureSettings


def _no_closure(settings: NoClosureSettings) -> ClosureEncoder:
    from macropatch_models.no_closure import NoClosure

    return NoClosure()


def _mlp(
    settings: MLPSettings, training: Any, dimension: int, conditions: int, members: int
) -> SDEModel:
    from macropatch_models.mlp import MLPModel

    return MLPModel(settings, training, dimension, conditions, members)


def _linear(
    settings: LinearSettings, training: Any, dimension: int, conditions: int, members: int
) -> SDEModel:
    from macropatch_models.linear import LinearModel

    return LinearModel(dimension, conditions, members)


@hookimpl
def macropatch_closures() -> Iterator[ClosureRecord]:
    """No closure."""
    yield ClosureRecord(
        name="none",
        summary="no closure variables: the observables close by themselves",
        api_version=1,
        settings=NoClosureSettings,
        factory=_no_closure,
    )


@hookimpl
def macropatch_sde_models() -> Iterator[SDERecord]:
    """A network and a linear baseline."""
    yield SDERecord(
        name="mlp",
        summary="network drift; constant, diagonal or general diffusion; ensembles in one pass",
        api_version=1,
        settings=MLPSettings,
        factory=_mlp,
    )
    yield SDERecord(
        name="linear",
        summary="Ornstein–Uhlenbeck process in closed form: the baseline",
        api_version=1,
        settings=LinearSettings,
        factory=_linear,
    )
