"""Settings of the field systems, as users write them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from macropatch.contract import PluginSettings

Number = Annotated[float, Field(ge=-1e6, le=1e6)]
NotNegative = Annotated[float, Field(ge=0, le=1e6)]


def _in_order(value: float | tuple[float, float]) -> float | tuple[float, float]:
    if isinstance(value, tuple) and value[0] > value[1]:
        raise ValueError("the range is [low, high] with low <= high")
    return value


NumberOrRange = Annotated[Number | tuple[Number, Number], AfterValidator(_in_order)]


class FieldSettings(PluginSettings):
    """What all fields share; lengths are in sites, times in the system's own unit.

    ``boundary``: ends without flux, or joined. Any duration is divided into equal steps no longer
    than ``time_step``. ``stepper``: ``euler`` (Euler–Maruyama) or ``heun``.

    ``upsampling`` stretches a pool snapshot over the larger grid, by interpolation (``linear``, or
    ``cubic`` splines), or, with ``join``, sets snapshots side by side. Interpolation would stretch
    noise too: structure of a wavelength below ``grain`` sites is not stretched but set side by
    side. ``grain = 0`` stretches all.
    """

    dimension: Literal[1, 2] = 1
    boundary: Literal["zero-flux", "periodic"] = "zero-flux"
    time_step: Annotated[float, Field(ge=1e-6, le=1e6)] = 0.01
    stepper: Literal["euler", "heun"] = "euler"
    upsampling: Literal["linear", "cubic", "join"] = "cubic"
    grain: Annotated[float, Field(ge=0, le=1e6)] = 8.0


class PredatorPreySettings(FieldSettings):
    """``[system] name = "predator-prey"``.

    ``du = [u(1 − u − v) + prey_diffusion Δu]dt + noise dW`` and
    ``dv = [a v(u − b) + predator_diffusion Δv]dt + noise dW``, ``Δ`` the difference of nearest
    neighbours; the unit of time is that in which few prey grow e-fold.
    """

    a: Number = 3.0
    b: Number = 0.4
    prey_diffusion: NotNegative = 0.0
    predator_diffusion: NotNegative = 1.0
    noise: NotNegative = 0.02


class FitzHughNagumoSettings(FieldSettings):
    """``[system] name = "fitzhugh-nagumo"``.

    ``du = [u − u³/3 − v + current + activator_diffusion Δu]dt + activator_noise dW`` and
    ``dv = [slowness (u + a − b v) + recovery_diffusion Δv]dt + recovery_noise dW``. At the default
    ``current`` the medium oscillates, without one it rests until it is excited.
    """

    boundary: Literal["zero-flux", "periodic"] = "periodic"
    time_step: Annotated[float, Field(ge=1e-6, le=1e6)] = 0.05
    stepper: Literal["euler", "heun"] = "heun"
    a: Number = 0.7
    b: Number = 0.8
    slowness: NotNegative = 0.08
    current: Number = 0.5
    activator_diffusion: NotNegative = 1.0
    recovery_diffusion: NotNegative = 0.0
    activator_noise: NotNegative = 0.1
    recovery_noise: NotNegative = 0.0


class MediumStart(PluginSettings):
    """Start of a FitzHugh–Nagumo medium: means ``u`` and ``v``, numbers or ranges ``[low, high]``.

    Each site deviates from them by independent normal numbers of standard deviation ``spread``.
    """

    u: NumberOrRange = (-2.0, 2.0)
    v: NumberOrRange = (-0.5, 1.5)
    spread: NotNegative = 0.2


class WaveStart(PluginSettings):
    """Start of predators and prey: ``u = m + k cos(10πx)``, ``v = 1 − u``.

    ``x`` runs from 0 to 1 along the rows. ``m`` and ``k`` are numbers, or ranges ``[low, high]``
    drawn from uniformly.
    """

    m: NumberOrRange = (0.45, 0.55)
    k: NumberOrRange = (0.05, 0.15)
