"""Declarations that tests use."""

from __future__ import annotations

import numpy as np

from macropatch.contract import Quantity
from macropatch_spde.declaration import ReactionDiffusion


def three_species(values, parameters):
    a, b, c = values
    (k,) = parameters
    return a * (1.0 - b) - 0.2 * c, k * b * (a - c), c - c * c * a


def own_and_next(values, parameters):
    a, b, c = values
    return 0.5 + abs(b), 1.0, a * c


def decay(values, parameters):
    (u,) = values
    rate, _ = parameters
    return (-rate * u,)


def proportional(values, parameters):
    (u,) = values
    return (u,)


def unmoved(values, parameters):
    return (0.0 * values[0],)


def flat(x, count, start, rng):
    return (np.full((count, *[1] * len(x)), start),)


def noisy(x, count, start, rng):
    size = np.broadcast_shapes(*(axis.shape for axis in x))
    return tuple(0.5 + 0.3 * rng.standard_normal((count, *size)) for _ in range(3))


CYCLE = ReactionDiffusion(
    fields=tuple(Quantity(name, f"mean {name}") for name in "abc"),
    time_unit="times",
    reaction=three_species,
    profile=noisy,
    diffusion=(1.0, 0.0, 0.4),
    noise=(0.1, 0.2, 0.3),
    parameters=(1.7,),
    amplitude=own_and_next,
)


def linear_model(rate=0.5, diffusion=1.0, noise=0.3, multiplicative=False):
    """``du = [−rate u + diffusion Δu]dt + noise (u) dW``."""
    return ReactionDiffusion(
        fields=(Quantity("u", "mean"),),
        time_unit="times",
        reaction=decay,
        profile=flat,
        diffusion=(diffusion,),
        noise=(noise,),
        parameters=(rate, 0.0),
        amplitude=proportional if multiplicative else None,
    )
