"""How long tiled snapshots must relax: until the drift, given ``z``, stops changing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

DEGREE = 3


@dataclass(frozen=True)
class Increments:
    """Pilot increments after some relaxation: ``z0``, conditions and change, ``(count, ·)``."""

    z0: Float[np.ndarray, "count d"]
    c: Float[np.ndarray, "count conditions"]
    change: Float[np.ndarray, "count d"]

    @property
    def inputs(self) -> Float[np.ndarray, "count inputs"]:
        """``(z0, c)``."""
        return np.concatenate([self.z0, self.c], axis=1)


def drift_difference(before: Increments, after: Increments) -> float:
    """How much the drift given ``z`` differs, in standard errors.

    A polynomial drift is fitted to the increments ``before``. What it leaves of those ``after`` and
    of held-out ones ``before`` is regressed on ``1`` and ``z``; the coefficients should agree.

    Returns
    -------
    root mean square of the differences of all coefficients over their standard errors; about 1
    where nothing has changed
    """
    half = np.arange(len(before.z0)) % 2 == 0
    features = PolynomialFeatures(DEGREE, include_bias=False)
    fit = make_pipeline(StandardScaler(), features, LinearRegression()).fit(
        before.inputs[half], before.change[half]
    )
    mean, scale = before.z0.mean(axis=0), before.z0.std(axis=0)

    def left(z0: np.ndarray, inputs: np.ndarray, change: np.ndarray) -> tuple[np.ndarray, ...]:
        design = np.column_stack([np.ones(len(z0)), (z0 - mean) / np.where(scale > 0, scale, 1.0)])
        rest = change - fit.predict(inputs)
        normal = np.linalg.inv(design.T @ design)
        coefficients = normal @ design.T @ rest
        noise = ((rest - design @ coefficients) ** 2).sum(axis=0) / (len(z0) - design.shape[1])
        return coefficients, np.diag(normal)[:, None] * noise

    old, old_variance = left(before.z0[~half], before.inputs[~half], before.change[~half])
    new, new_variance = left(after.z0, after.inputs, after.change)
    squares = (new - old) ** 2 / (old_variance + new_variance)
    return float(np.sqrt(squares.mean()))
