"""predict: Euler–Maruyama ensembles of a fitted SDE, by steps of exactly the fitted ``dt``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from macropatch.errors import PredictionError

Transition = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""``z`` ``(*batch, d)`` → drift ``(*batch, d)`` and ``σ`` ``(*batch, d, d)``."""


@dataclass(frozen=True)
class Ensemble:
    """Recorded trajectories ``(*batch, records, d)`` and the share of steps outside the range."""

    z: Float[np.ndarray, "*batch records d"]
    outside: float


def simulate_sde(
    transition: Transition,
    z0: Float[np.ndarray, "*batch d"],
    dt: float,
    record_times: Float[np.ndarray, " records"],
    low: Float[np.ndarray, " d"],
    high: Float[np.ndarray, " d"],
    rng: np.random.Generator,
    common_axis: int | None = None,
    clamp: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Ensemble:
    """Simulate ``z ← z + μ dt + σ √dt ξ`` and record it at the given times.

    Times that are no multiple of ``dt`` are interpolated linearly between steps.

    Parameters
    ----------
    z0 : initial states; leading axes are independent trajectories
    low, high : range of the training data; steps outside it are counted, or with ``clamp`` cut back
    common_axis : an axis of the batch along which trajectories share their random numbers

    Raises
    ------
    PredictionError
        if a trajectory is no longer finite; says when.
    """
    z = np.array(z0, dtype=np.float64)
    noise_shape = list(z.shape)
    if common_axis is not None:
        noise_shape[common_axis] = 1
    position = np.round(record_times / dt, 9)
    steps = int(np.ceil(position[-1]))
    records = np.empty((*z.shape[:-1], len(record_times), z.shape[-1]))
    next_record, outside = 0, 0
    previous = z
    for step in range(steps + 1):
        while next_record < len(position) and position[next_record] <= step:
            weight = step - position[next_record]
            records[..., next_record, :] = (
                z if weight == 0 else weight * previous + (1 - weight) * z
            )
            next_record += 1
        if step == steps:
            break
        previous = z
        noise = np.broadcast_to(rng.standard_normal(noise_shape), z.shape)
        z = _step(transition, z, dt, noise)
        if not np.isfinite(z).all():
            raise PredictionError(_not_finite((step + 1) * dt))
        beyond = (z < low) | (z > high)
        outside += int(beyond.any(axis=-1).sum())
        if clamp:
            z = np.clip(z, low, high)
        if step % 64 == 0 and progress is not None:
            progress(step)
    return Ensemble(records, outside / max(1, steps * int(np.prod(z.shape[:-1]))))


def _step(transition: Transition, z: np.ndarray, dt: float, noise: np.ndarray) -> np.ndarray:
    """One Euler–Maruyama step; not finite where numbers overflow or ``Σ`` has no root."""
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            drift, sigma = transition(z)
        except np.linalg.LinAlgError:
            return np.full_like(z, np.nan)
        step = drift * dt + np.sqrt(dt) * np.einsum("...ij,...j->...i", sigma, noise)
        return np.asarray(z + step)


def _not_finite(time: float) -> str:
    return (
        f"a predicted trajectory is no longer finite by t = {time:g}: it left the range of the "
        "training data, where the fitted drift means nothing. Widen [upsample] random_start, train "
        "with more snapshots, or set [predict] clamp = true."
    )
