"""calibrate: the variance ratio ``λ`` by component, from one-patch and whole-system increments.

Smooth functions of ``z0`` are regressed out of both; ``λ`` is the ratio of what remains (DESIGN,
decision 5). Errors are those of a delete-one-block jackknife within the whole-system sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.linalg import sqrtm
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from macropatch.errors import TrainingError

DEGREE = 4
JACKKNIFE_BLOCKS = 50


@dataclass(frozen=True)
class Calibration:
    """Variance ratios with standard errors ``(d,)`` and the matrix ``A`` ``(d, d)``."""

    ratio: Float[np.ndarray, " d"]
    error: Float[np.ndarray, " d"]
    factor: Float[np.ndarray, "d d"]


def residuals(
    z0: Float[np.ndarray, "count d"],
    c: Float[np.ndarray, "count conditions"],
    change: Float[np.ndarray, "count d"],
) -> Float[np.ndarray, "count d"]:
    """What a polynomial in ``z0`` and ``c`` does not explain, scaled to an unbiased variance."""
    inputs = np.concatenate([z0, c], axis=1)
    degree = DEGREE
    while degree > 1 and PolynomialFeatures(degree).fit(inputs[:1]).n_output_features_ > (
        len(inputs) // 10
    ):
        degree -= 1
    features = PolynomialFeatures(degree, include_bias=False)
    model = make_pipeline(StandardScaler(), features, LinearRegression()).fit(inputs, change)
    free = len(inputs) - features.n_output_features_ - 1
    rest = change - model.predict(inputs)
    return np.asarray(rest * np.sqrt(len(inputs) / max(free, 1)))


def calibrate(
    patch: tuple[np.ndarray, np.ndarray, np.ndarray],
    whole: tuple[np.ndarray, np.ndarray, np.ndarray],
    matrix: bool = False,
    parities: Float[np.ndarray, " d"] | None = None,
) -> Calibration:
    """Variance ratio of patch to whole-system increments, each given as ``(z0, c, change)``.

    With ``matrix``, ``A = W^-½ (W^½ P W^½)^½ W^-½`` from the two residual covariances ``P`` (one
    patch) and ``W`` (whole); else ``A = diag(√λ)``. With ``parities`` (±1 of each variable) both
    covariances are averaged with their images under the symmetry, so that ``A`` commutes with it.
    """
    rest_patch, rest_whole = residuals(*patch), residuals(*whole)
    variance = (rest_patch**2).mean(axis=0)
    squares = rest_whole**2
    if not (variance > 0).all() or not (squares > 0).any(axis=0).all():
        raise TrainingError(
            "increments of the patch or of the whole system do not fluctuate: nothing happens "
            "within dt. Raise [evolve] dt, or set [sde] lambda = 'K'"
        )
    ratio = variance / squares.mean(axis=0)
    parts = np.array_split(squares, min(JACKKNIFE_BLOCKS, len(squares)))
    sums, sizes = np.array([p.sum(axis=0) for p in parts]), np.array([len(p) for p in parts])
    left_out = variance / ((squares.sum(axis=0) - sums) / (len(squares) - sizes)[:, None])
    count = len(parts)
    error_whole = np.sqrt((count - 1) / count * ((left_out - left_out.mean(axis=0)) ** 2).sum(0))
    error_patch = ratio * np.std(rest_patch**2, axis=0) / variance / np.sqrt(len(rest_patch))
    factor = np.diag(np.sqrt(ratio))
    if matrix:
        p = rest_patch.T @ rest_patch / len(rest_patch)
        w = rest_whole.T @ rest_whole / len(rest_whole)
        sign = np.ones(len(ratio)) if parities is None else parities
        alike = np.outer(sign, sign) > 0.0
        p, w = p * alike, w * alike
        root = np.real(sqrtm(w))
        inverse = np.linalg.inv(root)
        factor = inverse @ np.real(sqrtm(root @ p @ root)) @ inverse * alike
    return Calibration(ratio, np.hypot(error_whole, error_patch), factor)
