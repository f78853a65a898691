"""Ensembles of a fitted SDE in groups of runs, each group at its own conditions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from macropatch.learning.fitted import FittedSDE
from macropatch.stages.predict import Ensemble, simulate_sde

TRAJECTORY_SECONDS = 2e-6
"""Rough core seconds of one step of one trajectory of one member."""

Progress = Callable[[float], None]


def simulate(
    fitted: FittedSDE,
    z0: np.ndarray,
    conditions: np.ndarray,
    times: np.ndarray,
    rng: np.random.Generator,
    clamp: bool,
    progress: Progress | None = None,
) -> Ensemble:
    """Trajectories from ``z0`` ``(groups, runs, d)`` by the mean of the members.

    They hold all observables, also those that the SDE leaves out. With a leading axis, ``(members,
    groups, runs, d)``, each member goes on its own, with random numbers in common.

    Parameters
    ----------
    conditions : ``(groups, conditions)``
    times : of the records
    progress : called with the share that is done
    """
    runs, d = z0.shape[-2:]
    c = np.repeat(conditions, runs, axis=0)
    alone = z0.ndim == 4

    def transition(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if alone:
            drift, sigma = fitted.member_transition(z.reshape(len(z), -1, d), c)
        else:
            drift, sigma = fitted.transition(z.reshape(-1, d), c)
        return drift.reshape(z.shape), sigma.reshape(*z.shape, d)

    steps = max(1, int(np.ceil(times[-1] / fitted.dt)))
    normal = fitted.normalisation
    found = simulate_sde(
        transition, z0, fitted.dt, times, normal.low, normal.high, rng,
        common_axis=0 if alone else None, clamp=clamp,
        progress=(lambda step: progress(step / steps)) if progress else None,
    )  # fmt: skip
    rows = np.broadcast_to(conditions[:, None, None], (*found.z.shape[:-1], conditions.shape[-1]))
    return Ensemble(fitted.complete(found.z, rows), found.outside)


def simulate_with_members(
    fitted: FittedSDE,
    z0: np.ndarray,
    conditions: np.ndarray,
    times: np.ndarray,
    runs: int,
    member_runs: int,
    members: int,
    rng: np.random.Generator,
    clamp: bool,
    progress: Progress = lambda share: None,
) -> tuple[Ensemble, np.ndarray | None]:
    """``runs`` by the mean of the members, and ``member_runs`` of each of ``members`` on its own.

    Parameters
    ----------
    z0 : ``(groups, runs or more, d)``, as many as the larger of the two numbers
    """
    share = members * member_runs / (runs * max(1, members))
    split = 1.0 / (1.0 + share)
    mean = simulate(
        fitted, z0[:, :runs], conditions, times, rng, clamp, lambda done: progress(done * split)
    )
    if not members:
        return mean, None
    own = np.repeat(z0[None, :, :member_runs], members, axis=0)
    alone = simulate(
        fitted, own, conditions, times, rng, clamp,
        lambda done: progress(split + done * (1.0 - split)),
    )  # fmt: skip
    return mean, alone.z
