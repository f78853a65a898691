"""Settings of the built-in closures and SDE models, as users write them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from macropatch.contract import PluginSettings

DiffusionKind = Literal["constant-diagonal", "constant", "diagonal", "general"]


class NoClosureSettings(PluginSettings):
    """``[closure] name = "none"``: the observables close by themselves."""


class NetworkSettings(PluginSettings):
    """What models that are networks share.

    ``diffusion``: ``constant-diagonal``, ``constant`` (full matrix), ``diagonal`` or ``general``
    (a Cholesky factor) as functions of ``z`` and ``c``, given by a network of its own.
    """

    depth: Annotated[int, Field(ge=1, le=20)] = 3
    width: Annotated[int, Field(ge=1, le=4096)] = 64
    activation: Literal["silu", "tanh", "gelu", "relu"] = "silu"
    diffusion: DiffusionKind = "general"


class MLPSettings(NetworkSettings):
    """``[sde] name = "mlp"``: the drift is a fully connected network of ``z`` and ``c``."""


class OnsagerSettings(NetworkSettings):
    """``[sde] name = "onsager"``: the drift is ``−(M + W) ∇V + f``, its parts networks.

    ``M(z, c)`` is symmetric and at least ``floor`` of the drift's size, ``W(z, c)`` antisymmetric
    (zero if ``reversible``), ``V(z, c)`` at least ``½ confinement |z|²`` in normalised ``z``. An
    external ``force`` ``f(z, c)`` is needed for what never rests, such as limit cycles.
    """

    depth: Annotated[int, Field(ge=1, le=20)] = 2
    activation: Literal["silu", "tanh", "gelu"] = "silu"
    floor: Annotated[float, Field(gt=0, le=1)] = 0.01
    confinement: Annotated[float, Field(gt=0, le=100)] = 0.1
    reversible: bool = False
    force: bool = False


class LinearSettings(PluginSettings):
    """``[sde] name = "linear"``: an Ornstein–Uhlenbeck process, the baseline, in closed form."""


class CorrelationSettings(PluginSettings):
    """``[closure] name = "correlations"``: principal components of a cell's pair correlations.

    Products of sites up to ``reach`` apart along each axis are averaged over the cell.
    """

    dimension: Annotated[int, Field(ge=1, le=64)] = 2
    reach: Annotated[int, Field(ge=1, le=64)] = 3


class MomentSettings(PluginSettings):
    """``[closure] name = "moments"``: means over a cell of products of its channels.

    Each of ``products`` lists channels, counted from 0: ``[[0, 0], [0, 1]]`` are the mean square of
    the first and the mean product of the first two.
    """

    products: Annotated[
        tuple[
            Annotated[tuple[Annotated[int, Field(ge=0, le=10**4)], ...], Field(min_length=1)], ...
        ],
        Field(min_length=1, max_length=64),
    ] = ((0, 0),)

    @field_validator("products")
    @classmethod
    def _no_repeats(cls, value: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
        if len({tuple(sorted(product)) for product in value}) != len(value):
            raise ValueError("lists a product twice")
        return value


class AutoencoderSettings(PluginSettings):
    """``[closure] name = "autoencoder"``: the narrow layer of a network that restores cells.

    Cells of one dimension pass fully connected layers of the given ``width``, those of two or three
    pass convolutions of ``channels`` and twice as many. Two-level fields are judged by binary
    cross-entropy, others by squared error.
    """

    dimension: Annotated[int, Field(ge=1, le=64)] = 2
    width: Annotated[int, Field(ge=1, le=4096)] = 32
    channels: Annotated[int, Field(ge=1, le=256)] = 8
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 12
    batch: Annotated[int, Field(ge=1, le=10**6)] = 256
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-3


class PolynomialSettings(PluginSettings):
    """``[sde] name = "polynomial"``: drift and diffusion are polynomials, in closed form.

    ``degree`` of the drift, or ``"auto"``: the one with the best cross-validated likelihood up to
    ``highest``. ``diffusion``: ``constant``, or ``quadratic`` in ``z`` and ``c``.
    """

    degree: Annotated[int, Field(ge=1, le=8)] | Literal["auto"] = "auto"
    highest: Annotated[int, Field(ge=1, le=8)] = 6
    diffusion: Literal["constant", "quadratic"] = "quadratic"
