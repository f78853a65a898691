"""Settings of the built-in closures and SDE models, as users write them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from macropatch.contract import PluginSettings

DiffusionKind = Literal["constant-diagonal", "constant", "diagonal", "general"]


class NoClosureSettings(PluginSettings):
    """``[closure] name = "none"``: the observables close by themselves."""


class MLPSettings(PluginSettings):
    """``[sde] name = "mlp"``: the drift is a fully connected network of ``z`` and ``c``.

    ``diffusion``: ``constant-diagonal``, ``constant`` (full matrix), ``diagonal`` or ``general``
    (a Cholesky factor) as functions of ``z`` and ``c``, given by a second network of the same form.
    """

    depth: Annotated[int, Field(ge=1, le=20)] = 3
    width: Annotated[int, Field(ge=1, le=4096)] = 64
    activation: Literal["silu", "tanh", "gelu", "relu"] = "silu"
    diffusion: DiffusionKind = "general"


class LinearSettings(PluginSettings):
    """``[sde] name = "linear"``: an Ornstein–Uhlenbeck process, the baseline, in closed form."""
