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
    steps = int(np.ceil(record_times[-1] / dt - 1e-9))
    records = np.empty((*z.shape[:-1], len(record_times), z.shape[-1]))
    position = np.round(record_times / dt, 9)
    root, next_record, outside = np.sqrt(dt), 0, 0
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
        drift, sigma = transition(z)
        noise = np.broadcast_to(rng.standard_normal(noise_shape), z.shape)
        z = z + drift * dt + root * np.einsum("...ij,...j->...i", sigma, noise)
        beyond = (z < low) | (z > high)
        outside += int(beyond.any(axis=-1).sum())
        if clamp:
            z = np.clip(z, low, high)
        if step % 64 == 0:
            if not np.isfinite(z).all():
                raise PredictionError(_not_finite(step * dt))
            if progress is not None:
                progress(step)
    if not np.isfinite(records).all():
        raise PredictionError(_not_finite(steps * dt))
    return Ensemble(records, outside / max(1, steps * int(np.prod(z.shape[:-1]))))


def _not_finite(time: float) -> str:
    return (
        f"a predicted trajectory is no longer finite by t = {time:g}: it left the range of the "
        "training data, where the fitted drift means nothing. Widen [upsample] random_start, train "
        "with more snapshots, or set [predict] clamp = true."
    )
