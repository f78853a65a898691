"""Comparisons of replicates, with a stated tolerance and a stated false-alarm rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

FALSE_ALARM = 1e-4
"""Probability that a statistical check fails a correct system (Bonferroni over its comparisons)."""
TESTS = 3
"""Tests that a check makes at most; each gets its share of the false alarms."""
DRIFT_TOLERANCE = 0.05
"""Allowed bias of the partial drift, of its root mean square over the snapshots."""
COVARIANCE_TOLERANCE = 0.06
"""Allowed deviation of ``K⁻¹ λ`` from 1, and of correlations, at ``dt ≤ 0.1``."""
RATE_TOLERANCE = 0.02
"""Allowed deviation of exact drift and diffusion from short simulations (trapezoidal rule)."""
NOISE_TOLERANCE = 0.002
"""Allowed bias where the drift itself is next to zero, in standard deviations of one step."""


@dataclass(frozen=True)
class Comparison:
    """Deviations from what is expected, with their standard errors and what is allowed."""

    deviation: np.ndarray
    error: np.ndarray
    allowed: np.ndarray
    scale: np.ndarray

    def problems(self, what: str, advice: str) -> Iterator[str]:
        """A sentence about the worst deviation, if one is beyond tolerance and chance."""
        threshold = z_threshold(self.deviation.size)
        excess = np.abs(self.deviation) - self.allowed - threshold * self.error
        if not np.isfinite(excess).all():
            yield f"{what}: numbers are not finite. {advice}"
        elif (excess > 1e-13).any():
            relative = excess / np.maximum(self.error, 1e-300)
            worst = np.unravel_index(int(np.argmax(relative)), excess.shape)
            scale = np.broadcast_to(self.scale, excess.shape)[worst]
            allowed = np.broadcast_to(self.allowed, excess.shape)[worst]
            yield (
                f"{what} deviates by {self.deviation[worst]:.3g} ± {self.error[worst]:.2g} "
                f"(scale {scale:.3g}, allowed {allowed:.2g}"
                f" and {threshold:.1f} standard errors; entry {tuple(map(int, worst))}). {advice}"
            )


def z_threshold(comparisons: int) -> float:
    """Standard errors that one of so many comparisons exceeds with FALSE_ALARM / TESTS."""
    return float(norm.isf(FALSE_ALARM / TESTS / (2 * max(comparisons, 1))))


def weights(z0: np.ndarray) -> np.ndarray:
    """``(snapshots, 1 + d)``: one, and each observable standardised over the snapshots.

    Biases that cancel between snapshots (an odd drift from even starts) show in the latter.
    """
    spread = z0.std(axis=0)
    standard = (z0 - z0.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.concatenate([np.ones((len(z0), 1)), standard], axis=1)


def weighted_mean(x: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over snapshots of ``g`` times the mean over replicates, and its standard error.

    ``x`` is ``(snapshots, replicates, d)``, ``g`` ``(snapshots, f)``; results are ``(f, d)``.
    """
    count, replicates = x.shape[:2]
    mean = np.einsum("sf,sd->fd", g, x.mean(axis=1)) / count
    variance = np.einsum("sf,sd->fd", g**2, x.var(axis=1, ddof=1)) / replicates / count**2
    return mean, np.sqrt(variance)


def drift_scale(x: np.ndarray) -> np.ndarray:
    """Root mean square over snapshots of the mean over replicates, less its noise, ``(d,)``."""
    noise = x.var(axis=1, ddof=1) / x.shape[1]
    return np.asarray(np.sqrt(np.maximum((x.mean(axis=1) ** 2 - noise).mean(axis=0), 0.0)))


def compare_means(
    left: np.ndarray, right: np.ndarray, g: np.ndarray, tolerance: float
) -> Comparison:
    """Mean of ``left`` against that of ``right``, both ``(snapshots, replicates, d)``."""
    (a, error_a), (b, error_b) = weighted_mean(left, g), weighted_mean(right, g)
    scale = drift_scale(right)
    noise = np.sqrt(right.var(axis=1).mean(axis=0))
    allowed = tolerance * scale + (NOISE_TOLERANCE * noise if tolerance else 0.0)
    return Comparison(a - b, np.hypot(error_a, error_b), np.broadcast_to(allowed, a.shape), scale)


def centred_products(x: np.ndarray) -> np.ndarray:
    """``(snapshots, replicates, d, d)`` whose mean over replicates is the covariance."""
    replicates = x.shape[1]
    rest = (x - x.mean(axis=1, keepdims=True)) * np.sqrt(replicates / (replicates - 1))
    return np.asarray(rest[..., :, None] * rest[..., None, :])


def compare_covariances(left: np.ndarray, right: np.ndarray, tolerance: float) -> Comparison:
    """Mean covariance given the snapshot, in units of the standard deviations of ``right``."""
    variance = right.var(axis=1, ddof=1).mean(axis=0)
    spread = np.sqrt(np.where(variance > 0, variance, 1.0))
    d = left.shape[-1]

    def averaged(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        products = centred_products(x / spread).reshape(*x.shape[:2], d * d)
        mean, error = weighted_mean(products, np.ones((len(x), 1)))
        return mean.reshape(d, d), error.reshape(d, d)

    (a, error_a), (b, error_b) = averaged(left), averaged(right)
    allowed = np.full((d, d), tolerance)
    return Comparison(a - b, np.hypot(error_a, error_b), allowed, np.ones((d, d)))
