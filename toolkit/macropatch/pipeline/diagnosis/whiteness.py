"""Are the residuals of the fitted Euler transition white? If so, ``z`` is closed at this ``dt``.

If ``z`` is Markov and the drift is right, what a step leaves is a martingale difference: of mean
zero and uncorrelated with what the steps before have left, at any ``dt``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from macropatch.learning.fitted import FittedSDE
from macropatch.pipeline.diagnosis.protocol import LAGS


def whiteness(
    fitted: FittedSDE, path: np.ndarray, c: np.ndarray, components: Sequence[str]
) -> xr.Dataset:
    """Residuals of whole systems, each over its fitted standard deviation.

    Parameters
    ----------
    path : ``(N, steps + 1, d)``, whole systems at successive ``dt``

    Returns
    -------
    ``autocorrelation`` ``(component, lag)``; ``fit_share`` ``(component,)``: as much of it, at any
    lag, as the jackknife error of the fitted drift explains; ``residual_mean`` (also
    ``_by_step``), ``residual_variance``. All with ``_error``, from the spread over snapshots.
    """
    rest = standardised(fitted, path, c)
    dims = ("component",)
    mean, square = rest.mean(axis=1), (rest**2).mean(axis=1)
    arrays = {
        "residual_mean": (dims, mean.mean(axis=0)),
        "residual_mean_error": (dims, _error(mean)),
        "residual_variance": (dims, square.mean(axis=0)),
        "residual_variance_error": (dims, _error(square)),
        "residual_mean_by_step": (("component", "step"), rest.mean(axis=0).T),
        "residual_mean_by_step_error": (("component", "step"), _error(rest).T),
    }
    found = [_autocorrelation(rest, square, lag) for lag in range(1, LAGS + 1)]
    for i, name in enumerate(("autocorrelation", "autocorrelation_error")):
        arrays[name] = (("component", "lag"), np.array([both[i] for both in found]).T)
    share = fit_share(fitted, path[:, 0], c)
    if share is not None:
        arrays["fit_share"] = (dims, share)
    coordinates = {
        "component": list(components),
        "lag": np.arange(1, LAGS + 1),
        "step": np.arange(1, path.shape[1]),
    }
    return xr.Dataset(arrays, coords=coordinates)


def standardised(fitted: FittedSDE, path: np.ndarray, c: np.ndarray) -> np.ndarray:
    """``(N, steps, d)``: ``(z1 − z0 − μ dt) / √(Σ_kk dt)`` of each step."""
    steps = []
    for i in range(path.shape[1] - 1):
        drift, sigma = fitted.transition(path[:, i], c)
        spread = np.sqrt((sigma**2).sum(axis=-1) * fitted.dt)
        steps.append((path[:, i + 1] - path[:, i] - drift * fitted.dt) / spread)
    return np.stack(steps, axis=1)


def fit_share(fitted: FittedSDE, z: np.ndarray, c: np.ndarray) -> np.ndarray | None:
    """``(d,)``: mean of ``δμ² dt / Σ_kk``, ``δμ`` the jackknife error of the drift.

    ``None`` for an ensemble of one.
    """
    drift, covariance = fitted.coefficients(z, c)
    members = len(drift)
    if members < 2:
        return None
    spread = (members - 1) / members * ((drift - drift.mean(axis=0)) ** 2).sum(axis=0)
    variance = np.diagonal(covariance.mean(axis=0), axis1=-2, axis2=-1)
    return np.asarray((spread * fitted.dt / variance).mean(axis=0))


def _autocorrelation(
    rest: np.ndarray, square: np.ndarray, lag: int
) -> tuple[np.ndarray, np.ndarray]:
    products = (rest[:, :-lag] * rest[:, lag:]).mean(axis=1)
    variance = square.mean(axis=0)
    value = products.mean(axis=0) / variance
    return value, _error(products - value * square) / variance


def _error(rows: np.ndarray) -> np.ndarray:
    """Standard error of the mean over the first axis."""
    return np.asarray(rows.std(axis=0, ddof=1) / np.sqrt(len(rows)))
