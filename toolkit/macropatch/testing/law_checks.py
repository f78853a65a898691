"""Statistical checks: partial against whole evolution, rates against the exact generator."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import ks_2samp

from macropatch.contract import Geometry
from macropatch.testing.case import SNAPSHOTS, Case, take
from macropatch.testing.findings import check
from macropatch.testing.replicates import LONGEST
from macropatch.testing.statistics import (
    COVARIANCE_TOLERANCE,
    DRIFT_TOLERANCE,
    FALSE_ALARM,
    NOISE_TOLERANCE,
    RATE_TOLERANCE,
    TESTS,
    Comparison,
    compare_covariances,
    compare_means,
    drift_scale,
    weighted_mean,
    weights,
)

ALONE = 2000


@check(false_alarm=FALSE_ALARM)
def partial_drift_agrees_with_whole(case: Case) -> Iterator[str]:
    """``E[Σ_I Δ_I]`` over ``dt`` is the mean change of the whole system."""
    found = case.replicates(case.dt)
    if not found.whole.any():
        yield f"nothing changes within dt = {case.dt}: give an example with a longer dt"
        return
    yield from compare_means(found.partial, found.whole, found.g, DRIFT_TOLERANCE).problems(
        f"the drift of partial evolution over dt = {case.dt}",
        "Look at what is credited (own events only, all bonds they touch), at the surroundings, "
        "at the order of pairs, and at whether dt is short enough for this halo.",
    )


@check(false_alarm=FALSE_ALARM)
def partial_covariance_agrees_with_whole(case: Case) -> Iterator[str]:
    """``Σ_I Cov(Δ_I | x0)`` is the covariance of the whole system's change."""
    dt = min(case.dt, LONGEST)
    found = case.replicates(dt)
    if not found.whole.var(axis=1).any():
        yield f"copies of a snapshot do not differ after dt = {dt}"
        return
    yield from compare_covariances(found.partial, found.whole, COVARIANCE_TOLERANCE).problems(
        f"the covariance of partial evolution over dt = {dt}",
        "Look at the scale of `change`, at credited events of others, at random numbers that pairs "
        "share; if these are right, the example's dt is too long for the ratio to be K.",
    )


@check(false_alarm=FALSE_ALARM)
def one_patch_is_the_whole(case: Case) -> Iterator[str]:
    """At ``K = 1`` partial evolution has the law of ``evolve``."""
    patch, system = case.geometry.patch, case.system
    if system.patch_count(patch, patch) != 1:
        yield f"a system of one patch's size {patch} has K = {system.patch_count(patch, patch)}"
        return
    rng, index = case.rng("alone"), np.repeat(np.arange(SNAPSHOTS), ALONE // SNAPSHOTS * 2)
    start, c, dt = take(case.pool, index), case.c[index], 4 * case.dt
    whole = system.observe(system.evolve(start, c, dt, rng).states) - system.observe(start)
    pairs = np.stack([index, np.zeros_like(index)], axis=1)
    partial = system.evolve_patches(
        case.pool, pairs, Geometry(patch), case.c, np.full(len(index), dt),
        case.record.example.surroundings, rng,
    ).change  # fmt: skip
    left, right = (x.reshape(SNAPSHOTS, -1, case.dimension) for x in (partial, whole))
    g = weights(system.observe(case.pool))
    advice = "Patch and halo that reach around the system are clamped to it: nothing is frozen."
    yield from compare_means(left, right, g, 0.0).problems("the mean change at K = 1", advice)
    yield from compare_covariances(left, right, 0.0).problems("the covariance at K = 1", advice)
    for a, quantity in enumerate(system.observables):
        rounded = [np.round(x[:, a], 12) for x in (partial, whole)]
        if ks_2samp(*rounded, method="asymp").pvalue < FALSE_ALARM / (TESTS * case.dimension):
            yield f"the law of {quantity.name!r} at K = 1 is not that of evolve. {advice}"


@check(needs="drift_and_diffusion", false_alarm=FALSE_ALARM)
def rates_agree_with_the_exact_generator(case: Case) -> Iterator[str]:
    """Short simulations obey ``drift_and_diffusion``, to the order of ``dt³``."""
    drift, diffusion = case.system.drift_and_diffusion(case.states, case.c)
    d = case.dimension
    if drift.shape != (SNAPSHOTS, d) or diffusion.shape != (SNAPSHOTS, d, d):
        yield f"shapes are {drift.shape}, {diffusion.shape}, expected {(SNAPSHOTS, d)} and (…, {d})"
        return
    if np.linalg.eigvalsh(diffusion).min() < -1e-10 * np.abs(diffusion).max():
        yield "the diffusion has negative eigenvalues"
    for constraint in case.system.constraints:
        if np.abs(drift @ np.array(constraint.coefficients)).max() > 1e-10 * np.abs(drift).max():
            yield f"the drift breaks the constraint {constraint.name!r}"
    dt = min(case.dt, LONGEST)
    found = case.replicates(dt)
    excess = found.excess_covariance()
    if found.drift is None or excess is None:
        return
    noise = np.sqrt(found.whole.var(axis=1).mean(axis=0))
    advice = "Either the rates in the kernels or drift_and_diffusion are wrong."
    mean, error = weighted_mean(found.drift, found.g)
    scale = drift_scale(found.whole)
    allowed = np.broadcast_to(RATE_TOLERANCE * scale + NOISE_TOLERANCE * noise, mean.shape)
    yield from Comparison(mean, error, allowed, scale).problems("the exact drift", advice)
    spread = np.outer(noise, noise).ravel()
    spread = np.where(spread > 0, spread, 1.0)
    mean, error = weighted_mean(excess / spread, np.ones((SNAPSHOTS, 1)))
    allowed = np.full(mean.shape, RATE_TOLERANCE)
    yield from Comparison(mean, error, allowed, np.ones_like(mean)).problems(
        "the exact diffusion", advice
    )


@check(needs="martingale", false_alarm=FALSE_ALARM)
def martingale_has_mean_zero(case: Case) -> Iterator[str]:
    """The credited change less its compensator averages to zero, and is not the change itself."""
    found = case.replicates(case.dt)
    if found.martingale is None:
        yield "evolve_patches(martingale=True) gives no martingale"
        return
    if np.array_equal(found.martingale, found.partial):
        yield "the martingale is the change: subtract the path integral of the patch's exact drift"
    mean, error = weighted_mean(found.martingale, found.g)
    noise = np.sqrt(found.martingale.var(axis=1).mean(axis=0))
    allowed = np.broadcast_to(NOISE_TOLERANCE * noise, mean.shape)
    yield from Comparison(mean, error, allowed, drift_scale(found.partial)).problems(
        "the mean of the martingale",
        "Its compensator is the path integral of Σ rate · δz over the patch's own events.",
    )
