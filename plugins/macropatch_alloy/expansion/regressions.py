"""Linear fits of coefficients to energies, and their cross-validation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Float, Int, Shaped
from sklearn.feature_selection import RFECV
from sklearn.linear_model import ARDRegression, LassoCV, LinearRegression, RidgeCV
from sklearn.model_selection import GroupKFold, KFold

Method = Literal["ridge", "lasso", "ard", "rfe", "least-squares"]
"""Ridge, LASSO, automatic relevance determination, recursive elimination, or no penalty at all."""

Splits = list[tuple[Int[np.ndarray, " _"], Int[np.ndarray, " _"]]]
"""Rows to fit and rows held out, of each fold."""

PENALTIES = {"ridge": np.logspace(-10, 2, 13), "lasso": np.logspace(-6, 0, 25)}
"""Penalties tried, for columns and energies of unit variance."""


@dataclass(frozen=True)
class FitReport:
    """How good a fit is; errors in the units of the energies fitted.

    Attributes
    ----------
    observations, columns, used : rows and columns of the design matrix, columns whose coefficient
        is not zero
    folds, seed : of the cross-validation
    cv_rmse : root mean square error of the held-out energies
    cv_rmse_uncertainty : standard error of the root mean square errors of the folds. Folds share
        most of their training data, so that it is somewhat too small
    train_rmse : of the energies that were fitted
    r2 : share of the variance of held-out energies that is explained (of the mean square, where
        the fit has no constant)
    """

    method: Method
    observations: int
    columns: int
    used: int
    folds: int
    seed: int
    cv_rmse: float
    cv_rmse_uncertainty: float
    train_rmse: float
    r2: float


def fit_coefficients(
    matrix: Float[np.ndarray, "observations columns"],
    energies: Float[np.ndarray, " observations"],
    *,
    method: Method = "ridge",
    constant: bool = True,
    groups: Shaped[np.ndarray, " observations"] | None = None,
    folds: int = 5,
    seed: int = 0,
) -> tuple[Float[np.ndarray, " columns"], FitReport]:
    """Fit coefficients to energies or to energy differences.

    Columns are scaled to unit variance, so that penalties treat clusters alike however many of them
    a site has. Penalties are chosen by cross-validation within the data fitted.

    Parameters
    ----------
    matrix : rows of :meth:`ClusterSpace.cluster_vectors` or :meth:`ClusterSpace.differences`
    energies : per site for cluster vectors, of the whole supercell for differences, eV
    constant : whether the first column, that of the empty cluster, gets a coefficient of its own,
        which no penalty touches; for differences it must be off
    groups : observations of one group are held out together, such as all jumps from one state

    Returns
    -------
    coefficients, and a report with the error of ``folds`` parts held out in turn

    Raises
    ------
    ValueError
        for shapes that do not belong together, energies that are no numbers, an unknown method, or
        fewer observations than folds
    """
    _check(matrix, energies, method, folds)
    held_out = np.empty_like(energies)
    errors = []
    for train, test in _folds(len(energies), groups, folds, seed):
        inside = None if groups is None else groups[train]
        found = _fitted(matrix[train], energies[train], method, constant, inside, folds, seed)
        held_out[test] = matrix[test] @ found
        errors.append(float(np.sqrt(np.mean((held_out[test] - energies[test]) ** 2))))
    coefficients = _fitted(matrix, energies, method, constant, groups, folds, seed)
    spread = energies - energies.mean() if constant else energies
    report = FitReport(
        method=method,
        observations=len(energies),
        columns=matrix.shape[1],
        used=int(np.count_nonzero(coefficients)),
        folds=folds,
        seed=seed,
        cv_rmse=float(np.sqrt(np.mean((held_out - energies) ** 2))),
        cv_rmse_uncertainty=float(np.std(errors, ddof=1) / np.sqrt(folds)),
        train_rmse=float(np.sqrt(np.mean((matrix @ coefficients - energies) ** 2))),
        r2=float(1.0 - np.sum((held_out - energies) ** 2) / np.sum(spread**2)),
    )
    return coefficients, report


def _check(
    matrix: Float[np.ndarray, "observations columns"],
    energies: Float[np.ndarray, " observations"],
    method: str,
    folds: int,
) -> None:
    if method not in get_args(Method):
        raise ValueError(f"method {method!r}: choose one of {', '.join(get_args(Method))}")
    if matrix.ndim != 2 or energies.shape != (len(matrix),):
        raise ValueError(
            f"a matrix of shape {matrix.shape} and energies of shape {energies.shape}: they must "
            "be (observations, columns) and (observations,)"
        )
    wrong = ~np.isfinite(energies) | ~np.isfinite(matrix).all(axis=1)
    if wrong.any():
        raise ValueError(f"observation {int(np.flatnonzero(wrong)[0])} is not finite")
    if not 2 <= folds <= len(energies):
        raise ValueError(
            f"{folds} folds of {len(energies)} observations: there must be at least two folds and "
            "an observation in each"
        )
    if not np.ptp(energies):
        raise ValueError(f"all {len(energies)} energies are equal: they determine nothing")


def _fitted(
    matrix: Float[np.ndarray, "observations columns"],
    energies: Float[np.ndarray, " observations"],
    method: Method,
    constant: bool,
    groups: Shaped[np.ndarray, " observations"] | None,
    folds: int,
    seed: int,
) -> Float[np.ndarray, " columns"]:
    middle = matrix.mean(axis=0) if constant else np.zeros(matrix.shape[1])
    mean = energies.mean() if constant else 0.0
    scale = np.sqrt(np.mean((matrix - middle) ** 2, axis=0))
    varies = scale > 1e-10 * max(1.0, float(np.abs(matrix).max()))
    height = float(np.sqrt(np.mean((energies - mean) ** 2))) or 1.0
    columns = ((matrix - middle) / np.where(varies, scale, 1.0))[:, varies]
    splits = [*_folds(len(energies), groups, min(folds, len(energies)), seed)]
    ridge = None if groups is None else splits  # leaving out one at a time is quicker
    slopes = _slopes(columns, (energies - mean) / height, method, splits, ridge)
    coefficients = np.zeros(matrix.shape[1])
    coefficients[varies] = slopes * height / scale[varies]
    if constant:
        coefficients[0] = mean - middle @ coefficients
    return coefficients


def _slopes(
    columns: Float[np.ndarray, "observations columns"],
    energies: Float[np.ndarray, " observations"],
    method: Method,
    splits: Splits,
    ridge_splits: Splits | None,
) -> Float[np.ndarray, " columns"]:
    straight = LinearRegression(fit_intercept=False)
    estimators: dict[str, Any] = {
        "least-squares": straight,
        "ridge": RidgeCV(PENALTIES["ridge"], fit_intercept=False, cv=ridge_splits),
        "lasso": LassoCV(
            alphas=PENALTIES["lasso"], fit_intercept=False, cv=splits, max_iter=200_000, tol=1e-7
        ),
        "ard": ARDRegression(fit_intercept=False, max_iter=3_000, threshold_lambda=1e9),
        "rfe": RFECV(straight, cv=splits, scoring="neg_mean_squared_error"),
    }
    fitted = estimators[method].fit(columns, energies)
    if method != "rfe":
        return np.asarray(fitted.coef_)
    slopes = np.zeros(columns.shape[1])
    slopes[fitted.support_] = fitted.estimator_.coef_
    return slopes


def _folds(
    count: int, groups: Shaped[np.ndarray, " observations"] | None, folds: int, seed: int
) -> Iterator[tuple[Int[np.ndarray, " _"], Int[np.ndarray, " _"]]]:
    if groups is None:
        yield from KFold(folds, shuffle=True, random_state=seed).split(np.empty(count))
    else:
        divided = GroupKFold(folds, shuffle=True, random_state=seed)
        yield from divided.split(np.empty(count), groups=groups)
