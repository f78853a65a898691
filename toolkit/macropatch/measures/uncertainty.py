"""Standard errors: bootstrap over independent units, delete-block jackknife."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

RESAMPLES = 500
"""Bootstrap resamples: the error of a standard error is 3 %."""


@dataclass(frozen=True)
class Estimate:
    """A figure and its standard error (``None`` where the data do not determine it)."""

    value: float
    uncertainty: float | None = None


def bootstrap_error(
    units: Float[np.ndarray, "units moments"],
    statistic: Callable[[Float[np.ndarray, "resamples moments"]], Float[np.ndarray, " resamples"]],
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> float | None:
    """Standard error of a function of means, by resampling independent units.

    Parameters
    ----------
    units : ``(units, moments)``, the moments of each unit: of a run, or of a long block of one
    statistic : maps mean moments ``(resamples, moments)`` to ``(resamples,)``

    Returns
    -------
    The standard error, or ``None`` for fewer than two units.
    """
    count = units.shape[0]
    if count < 2:
        return None
    centre = units.mean(axis=0)
    shifts = _resampled_weights(count, resamples, rng) @ (units - centre)
    return float(np.std(statistic(centre + shifts), ddof=1))


def squared_distance_error(
    gram: Float[np.ndarray, "units units"],
    first: int,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> float | None:
    """Standard error of ``|mean φ(x) − mean φ(y)|²``, from the Gram matrix of all ``φ``.

    Test errors (``φ`` the scaled trajectory) and the MMD (``φ`` the kernel's features) are of this
    form. With ``d`` the difference of means and ``ε`` its resampling error, ``|d + ε|²`` has the
    parts ``2 d·ε`` and ``|ε|²``. The plain bootstrap takes the noise in ``d`` for signal, so that
    its variance is three times too large where there is no difference; for Gaussian ``ε`` the
    excess is ``2 Var|ε|²``, which is subtracted.

    Parameters
    ----------
    gram : ``(units, units)``, inner products; the first ``first`` units are ``x``, the others ``y``

    Returns
    -------
    The standard error, or ``None`` if a set has fewer than two units.
    """
    second = gram.shape[0] - first
    if min(first, second) < 2:
        return None
    contrast = np.concatenate([np.full(first, 1.0 / first), np.full(second, -1.0 / second)])
    noise = np.hstack(
        [
            _resampled_weights(first, resamples, rng),
            -_resampled_weights(second, resamples, rng),
        ]
    )
    linear = np.var(2.0 * noise @ (gram @ contrast), ddof=1)
    quadratic = np.var(np.einsum("ri,ri->r", noise @ gram, noise), ddof=1)
    return float(np.sqrt(max(linear - 2.0 * quadratic, 0.0) + quadratic))


def _resampled_weights(
    count: int, resamples: int, rng: np.random.Generator
) -> Float[np.ndarray, "resamples units"]:
    """Bootstrap weights less their mean, scaled so that variances of means are unbiased."""
    draws = rng.multinomial(count, np.full(count, 1.0 / count), size=resamples)
    return np.asarray((draws - 1.0) / count * np.sqrt(count / (count - 1.0)))


def jackknife_error(values: Float[np.ndarray, " members"]) -> float | None:
    """Delete-block jackknife: ``√((B−1)/B Σ (e_b − ē)²)``, ``e_b`` the figure without block ``b``.

    ``None`` for fewer than two members.
    """
    count = values.size
    if count < 2:
        return None
    return float(np.sqrt((count - 1) / count * np.sum((values - values.mean()) ** 2)))


def quadrature(*errors: float | None) -> float | None:
    """Root of the sum of squares of independent errors; ``None`` if all are unknown."""
    known = [error for error in errors if error is not None]
    return float(np.sqrt(sum(error**2 for error in known))) if known else None
