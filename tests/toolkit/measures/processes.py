"""Processes whose statistics are known exactly."""

from __future__ import annotations

import numpy as np


def autoregression(
    rho: float, runs: int, times: int, rng: np.random.Generator, start: float | None = None
) -> np.ndarray:
    """``x' = ρ x + √(1−ρ²) ξ``: variance 1, integrated autocorrelation time ``(1+ρ)/(1−ρ)``.

    Shape ``(runs, times)``; stationary unless ``start`` is given.
    """
    x = np.empty((runs, times))
    x[:, 0] = rng.standard_normal(runs) if start is None else start
    noise = np.sqrt(1.0 - rho**2) * rng.standard_normal((times, runs))
    for time in range(1, times):
        x[:, time] = rho * x[:, time - 1] + noise[time]
    return x


def relaxations(
    runs: int, rng: np.random.Generator, starts: tuple[float, ...] = (2.0, -1.0), times: int = 40
) -> np.ndarray:
    """Autoregressions about 3 from several starts, ``(starts, runs, times)``."""
    return 3.0 + np.stack([autoregression(0.9, runs, times, rng, start) for start in starts])


def tunnelling(
    flip: float, rho: float, runs: int, times: int, rng: np.random.Generator
) -> np.ndarray:
    """A magnetisation ``s (1 + 0.2 x)``: ``s = ±1`` flips with a probability, ``x`` as above.

    ``|m|`` has the autocorrelation time of ``x``; that of ``m`` follows from
    ``⟨m m_t⟩ = (1 − 2 flip)^t (1 + 0.04 ρ^t)``.
    """
    signs = np.where(rng.random((runs, times)) < flip, -1.0, 1.0)
    signs[:, 0] = rng.choice([-1.0, 1.0], runs)
    return np.cumprod(signs, axis=1) * (1.0 + 0.2 * autoregression(rho, runs, times, rng))
