"""Replicates: the same snapshots, evolved many times as wholes and patch by patch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from macropatch.testing.case import SNAPSHOTS, Case, take
from macropatch.testing.statistics import compare_covariances, drift_scale, weighted_mean, weights

ROUND = 150
MOST_ROUNDS = 40
DRIFT_ERROR = 0.008
COVARIANCE_ERROR = 0.012
LONGEST = 0.1
"""Durations above this are too long to compare covariances without a calibrated ratio."""


@dataclass(frozen=True)
class Replicates:
    """Changes of the observables over ``dt`` from the same snapshots.

    Attributes
    ----------
    g : ``(snapshots, f)`` weights of comparisons
    whole : ``(snapshots, replicates, d)``, changes of whole systems
    partial : the same, each the sum of the changes of all patches, each evolved on its own
    martingale : the same sums of the martingales, or ``None``
    drift : ``(snapshots, replicates, d)``, whole changes less the trapezoidal integral of the
        exact drift, or ``None``
    last_drift : the same shape, exact drift in the end times ``dt / 2``, or ``None``
    diffusion : ``(snapshots, replicates, d²)``, trapezoidal integral of the exact diffusion
    """

    g: np.ndarray
    whole: np.ndarray
    partial: np.ndarray
    martingale: np.ndarray | None
    drift: np.ndarray | None
    last_drift: np.ndarray | None
    diffusion: np.ndarray | None

    def excess_covariance(self) -> np.ndarray | None:
        """``(snapshots, replicates, d²)`` of mean zero up to ``dt³``, if the generator is exact.

        ``d Cov(z)/dt = E[Γ] + Cov(z, Lz) + Cov(Lz, z)``, integrated by the trapezoidal rule.
        """
        if self.last_drift is None or self.diffusion is None:
            return None
        unbiased = self.whole.shape[1] / (self.whole.shape[1] - 1)
        change, drift = (x - x.mean(axis=1, keepdims=True) for x in (self.whole, self.last_drift))
        cross = change[..., :, None] * drift[..., None, :]
        squares = change[..., :, None] * change[..., None, :]
        excess = unbiased * (squares - cross - cross.swapaxes(-1, -2))
        return np.asarray(excess.reshape(self.diffusion.shape) - self.diffusion)


def replicate(case: Case, dt: float) -> Replicates:
    """Evolve in rounds until comparisons are precise enough (or ``MOST_ROUNDS``).

    The number of rounds depends on standard errors alone, never on the deviations.
    """
    g = weights(case.system.observe(case.states))
    most = MOST_ROUNDS * (4 if case.thorough else 1)
    rounds: list[tuple[np.ndarray | None, ...]] = []
    while True:
        while len(rounds) < 2 or not _time_to_look(len(rounds), most):
            rounds.append(_one_round(case, dt, len(rounds)))
        joined = [
            None if part[0] is None else np.concatenate([x for x in part if x is not None], axis=1)
            for part in zip(*rounds, strict=True)
        ]
        whole, partial, *rest = joined
        assert whole is not None and partial is not None
        result = Replicates(g, whole, partial, *rest)
        if len(rounds) >= most or _precise(result, 2.0 if case.thorough else 1.0):
            return result
        rounds.append(_one_round(case, dt, len(rounds)))


def _time_to_look(rounds: int, most: int) -> bool:
    """Powers of two, so that looking costs no more than evolving."""
    return rounds >= most or rounds & (rounds - 1) == 0


def _precise(found: Replicates, factor: float) -> bool:
    scale = drift_scale(found.whole)
    moving = scale > 0
    errors = [np.hypot(*(weighted_mean(x, found.g)[1] for x in (found.whole, found.partial)))]
    if found.drift is not None:
        errors = [weighted_mean(found.drift, found.g)[1]]
    relative = np.max(errors[0][:, moving] / scale[moving], initial=0.0)
    spread = compare_covariances(found.partial, found.whole, 0.0).error.max()
    return bool(relative * factor <= DRIFT_ERROR * 2 and spread * factor <= COVARIANCE_ERROR)


def _one_round(case: Case, dt: float, number: int) -> tuple[np.ndarray | None, ...]:
    system, d, k = case.system, case.dimension, case.patches
    rng = case.rng(f"replicates {dt} {number}")
    index = np.repeat(np.arange(SNAPSHOTS), ROUND)
    start, c = take(case.states, index), case.c[index]
    later = system.evolve(start, c, dt, rng).states
    before = system.observe(case.states)[index]
    shape = (SNAPSHOTS, ROUND, -1)
    whole = system.observe(later) - before

    # Pairs in a random order: a system that loses it mixes snapshots up and fails.
    pairs = np.repeat(case.pairs.reshape(SNAPSHOTS, 1, k, 2), ROUND, axis=1).reshape(-1, 2)
    order = rng.permutation(len(pairs))
    martingale = "martingale" in case.record.capabilities
    result = case.evolve_patches(case.states, pairs[order], dt, rng, martingale)

    def summed(x: np.ndarray) -> np.ndarray:
        sorted_back = np.empty_like(x)
        sorted_back[order] = x
        return np.asarray(sorted_back.reshape(SNAPSHOTS, ROUND, k, d).sum(axis=2))

    compensated = summed(result.martingale) if result.martingale is not None else None
    exact: list[np.ndarray | None] = [None, None, None]
    if "drift_and_diffusion" in case.record.capabilities:
        drift_0, diffusion_0 = system.drift_and_diffusion(case.states, case.c)
        drift_1, diffusion_1 = system.drift_and_diffusion(later, c)
        integrals = (
            whole - dt / 2 * (drift_0[index] + drift_1),
            dt / 2 * drift_1,
            dt / 2 * (diffusion_0[index] + diffusion_1),
        )
        exact = [x.reshape(shape) for x in integrals]
    return (whole.reshape(shape), summed(result.change), compensated, *exact)
