"""What this plugin offers. Light: torch and scikit-learn are imported by the factories."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from macropatch.contract import ClosureEncoder, ClosureRecord, SDEModel, SDERecord, hookimpl
from macropatch_models.settings import (
    AutoencoderSettings,
    CorrelationSettings,
    LinearSettings,
    MLPSettings,
    MomentSettings,
    NoClosureSettings,
    OnsagerSettings,
    PolynomialSettings,
)


def _no_closure(settings: NoClosureSettings) -> ClosureEncoder:
    from macropatch_models.no_closure import NoClosure

    return NoClosure()


def _correlations(settings: CorrelationSettings) -> ClosureEncoder:
    from macropatch_models.correlations import Correlations

    return Correlations(settings)


def _autoencoder(settings: AutoencoderSettings) -> ClosureEncoder:
    from macropatch_models.autoencoder import Autoencoder

    return Autoencoder(settings)


def _moments(settings: MomentSettings) -> ClosureEncoder:
    from macropatch_models.moments import Moments

    return Moments(settings)


def _mlp(
    settings: MLPSettings, training: Any, dimension: int, conditions: int, members: int
) -> SDEModel:
    from macropatch_models.mlp import MLPModel

    return MLPModel(settings, training, dimension, conditions, members)


def _onsager(
    settings: OnsagerSettings, training: Any, dimension: int, conditions: int, members: int
) -> SDEModel:
    from macropatch_models.onsager import OnsagerModel

    return OnsagerModel(settings, training, dimension, conditions, members)


def _linear(
    settings: LinearSettings, training: Any, dimension: int, conditions: int, members: int
) -> SDEModel:
    from macropatch_models.linear import LinearModel

    return LinearModel(dimension, conditions, members)


def _polynomial(
    settings: PolynomialSettings, training: Any, dimension: int, conditions: int, members: int
) -> SDEModel:
    from macropatch_models.polynomial import PolynomialModel

    return PolynomialModel(settings, dimension, conditions, members)


@hookimpl
def macropatch_closures() -> Iterator[ClosureRecord]:
    """None, a network, principal components, moments."""
    yield ClosureRecord(
        name="none",
        summary="no closure variables: the observables close by themselves",
        api_version=1,
        settings=NoClosureSettings,
        factory=_no_closure,
    )
    yield ClosureRecord(
        name="autoencoder",
        summary="narrow layer of a network that restores cells",
        api_version=1,
        settings=AutoencoderSettings,
        factory=_autoencoder,
    )
    yield ClosureRecord(
        name="correlations",
        summary="principal components of a cell's pair correlations",
        api_version=1,
        settings=CorrelationSettings,
        factory=_correlations,
    )
    yield ClosureRecord(
        name="moments",
        summary="means of products of a cell's channels",
        api_version=1,
        settings=MomentSettings,
        factory=_moments,
    )


@hookimpl
def macropatch_sde_models() -> Iterator[SDERecord]:
    """Networks without and with structure, polynomials and a linear baseline."""
    yield SDERecord(
        name="mlp",
        summary="network drift; constant, diagonal or general diffusion; ensembles in one pass",
        api_version=1,
        settings=MLPSettings,
        factory=_mlp,
    )
    yield SDERecord(
        name="onsager",
        summary="drift down a confining potential, −(M + W) ∇V + f; diffusion as of mlp",
        api_version=1,
        settings=OnsagerSettings,
        factory=_onsager,
    )
    yield SDERecord(
        name="linear",
        summary="Ornstein–Uhlenbeck process in closed form: the baseline",
        api_version=1,
        settings=LinearSettings,
        factory=_linear,
    )
    yield SDERecord(
        name="polynomial",
        summary="polynomial drift and covariance in closed form, degree by cross-validation",
        api_version=1,
        settings=PolynomialSettings,
        factory=_polynomial,
    )
