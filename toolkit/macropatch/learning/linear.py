"""Least squares for a linear drift: the Ornstein–Uhlenbeck baseline and the scale of networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from sklearn.linear_model import LinearRegression

from macropatch.contract import TrainingPairs
from macropatch.errors import TrainingError

STILL = 1e-18
"""Of a mean squared increment: a residual below it is rounding, not noise."""


@dataclass(frozen=True)
class LinearFit:
    """``μ = intercept + slope (z, c)`` and the constant ``Σ`` of the residuals.

    ``size`` is the root mean square of the drift, its square and cubic parts included: near a
    critical point the linear part alone is next to zero and sets no scale.
    """

    intercept: Float[np.ndarray, " d"]
    slope: Float[np.ndarray, "d inputs"]
    covariance: Float[np.ndarray, "d d"]
    size: Float[np.ndarray, " d"]

    def drift(self, inputs: Float[np.ndarray, "count inputs"]) -> Float[np.ndarray, "count d"]:
        """``μ`` at rows of ``(z, c)``."""
        return np.asarray(self.intercept + inputs @ self.slope.T)


def linear_regression(pairs: TrainingPairs, rows: Bool[np.ndarray, " pairs"]) -> LinearFit:
    """The most likely linear drift and constant diffusion of the pairs picked by ``rows``.

    Each pair weighs with its ``dt``: ``change/dt`` has variance ``A Σ Aᵀ/dt``. The drift is that
    of the targets, ``Σ`` that of the changes about it.

    Raises
    ------
    TrainingError
        if the residual covariance is singular: some combination of ``z`` does not fluctuate.
    """
    inputs = np.concatenate([pairs.z0, pairs.c], axis=1)[rows]
    change, dt = pairs.change[rows], pairs.dt[rows]
    rate = pairs.targets[rows] / dt[:, None]
    fit = LinearRegression().fit(inputs, rate, sample_weight=dt)
    curved = np.concatenate([inputs, inputs**2, inputs**3], axis=1)
    bent = LinearRegression().fit(curved, rate, sample_weight=dt).predict(curved)
    rest = (change - fit.predict(inputs) * dt[:, None]) / np.sqrt(dt)[:, None]
    factor = pairs.factor if pairs.factor.ndim == 2 else pairs.factor[rows]
    white = np.linalg.solve(factor, rest[..., None])[..., 0]
    covariance = white.T @ white / len(white)
    squares = (change**2 / dt[:, None]).mean(axis=0)
    still = ~(rest.var(axis=0) > STILL * squares)
    if still.any() or not np.linalg.cond(covariance) < 1e12:
        raise TrainingError(
            "the increments have a singular covariance: a combination of the observables does not "
            "fluctuate. Remove a dependent observable or closure, or evolve longer ([evolve] dt)."
        )
    size = np.sqrt((bent**2).mean(axis=0))
    return LinearFit(np.asarray(fit.intercept_), np.asarray(fit.coef_), covariance, size)
