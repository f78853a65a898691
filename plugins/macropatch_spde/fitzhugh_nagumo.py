"""Stochastic FitzHugh–Nagumo medium (FitzHugh 1961, Nagumo 1962): pulses and oscillations."""

from __future__ import annotations

import numpy as np

from macropatch.contract import Quantity
from macropatch_spde.declaration import ReactionDiffusion
from macropatch_spde.field_system import FieldSystem
from macropatch_spde.settings import FitzHughNagumoSettings, MediumStart
from macropatch_spde.starts import drawn


def reaction(values: tuple[float, ...], parameters: tuple[float, ...]) -> tuple[float, ...]:
    """An excitable activator and its slow recovery."""
    u, v = values
    a, b, slowness, current = parameters
    return u - u * u * u / 3.0 - v + current, slowness * (u + a - b * v)


def mixed(
    x: tuple[np.ndarray, ...], count: int, start: MediumStart, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Means as given or drawn, with independent deviations at every site."""
    size = np.broadcast_shapes(*(axis.shape for axis in x))
    shape = (count, *[1] * len(x))
    u, v = (
        drawn(value, shape, rng) + start.spread * rng.standard_normal((count, *size))
        for value in (start.u, start.v)
    )
    return u, v


def fitzhugh_nagumo(settings: FitzHughNagumoSettings) -> FieldSystem:
    """The system at its settings."""
    return FieldSystem(
        settings,
        ReactionDiffusion(
            fields=(Quantity("u", "mean activator"), Quantity("v", "mean recovery")),
            time_unit="activator times",
            reaction=reaction,
            profile=mixed,
            diffusion=(settings.activator_diffusion, settings.recovery_diffusion),
            noise=(settings.activator_noise, settings.recovery_noise),
            parameters=(settings.a, settings.b, settings.slowness, settings.current),
        ),
    )
