"""Pairs of an SDE with known coefficients, made by single Euler steps: exactly what models fit."""

from __future__ import annotations

import numpy as np

from macropatch.contract import TrainingPairs

DT = 0.1


def pairs_of(drift, sigma, d, conditions=0, count=20_000, factor=None, seed=0, spread=1.0):
    """``change = μ(z, c) dt + A σ(z, c) √dt ξ`` from ``z``, ``c`` uniform in ``±spread √3``."""
    rng = np.random.default_rng(seed)
    reach = spread * np.sqrt(3.0)
    z = rng.uniform(-reach, reach, (count, d))
    c = rng.uniform(-np.sqrt(3.0), np.sqrt(3.0), (count, conditions))
    factor = np.eye(d) if factor is None else factor
    noise = (factor @ sigma(z, c) @ rng.standard_normal((count, d, 1)))[..., 0]
    change = drift(z, c) * DT + np.sqrt(DT) * noise
    return TrainingPairs(z, change, np.full(count, DT), c, np.arange(count) % 5, factor)
