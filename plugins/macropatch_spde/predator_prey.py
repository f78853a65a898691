"""Stochastic predators and prey (arXiv 2511.12842)."""

from __future__ import annotations

import numpy as np

from macropatch.contract import Quantity
from macropatch_spde.declaration import ReactionDiffusion
from macropatch_spde.field_system import FieldSystem
from macropatch_spde.settings import PredatorPreySettings, WaveStart
from macropatch_spde.starts import drawn


def reaction(values: tuple[float, ...], parameters: tuple[float, ...]) -> tuple[float, ...]:
    """Prey grow and are eaten, predators grow by eating and die."""
    u, v = values
    a, b = parameters
    return u * (1.0 - u - v), a * v * (u - b)


def waves(
    x: tuple[np.ndarray, ...], count: int, start: WaveStart, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """``u = m + k cos(10πx)``, ``v = 1 − u``."""
    shape = (count, *[1] * len(x))
    m, k = (drawn(value, shape, rng) for value in (start.m, start.k))
    u = m + k * np.cos(10.0 * np.pi * x[-1])
    return u, 1.0 - u


def predator_prey(settings: PredatorPreySettings) -> FieldSystem:
    """The system at its settings."""
    return FieldSystem(
        settings,
        ReactionDiffusion(
            fields=(
                Quantity("u", "mean density of prey"),
                Quantity("v", "mean density of predators"),
            ),
            time_unit="growth times of prey",
            reaction=reaction,
            profile=waves,
            diffusion=(settings.prey_diffusion, settings.predator_diffusion),
            noise=(settings.noise, settings.noise),
            parameters=(settings.a, settings.b),
        ),
    )
