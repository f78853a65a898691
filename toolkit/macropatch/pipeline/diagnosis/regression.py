"""Conditional means by polynomial regression, their mean squares without the noise's share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from macropatch.stages.calibrate import DEGREE

INDEPENDENT = 1e-9
"""Singular values below this share of the largest are rounding: two temperatures have no square."""


@dataclass(frozen=True)
class Basis:
    """An orthonormal basis ``(rows, features)`` of the polynomials in ``z0`` and ``c``."""

    q: np.ndarray

    @classmethod
    def of(cls, z0: np.ndarray, c: np.ndarray) -> Basis:
        """Of the highest degree up to ``DEGREE`` with ten rows a feature."""
        inputs = StandardScaler().fit_transform(np.concatenate([z0, c], axis=1))
        degree = DEGREE
        while degree > 1 and _width(degree, inputs.shape[1]) > len(inputs) // 10:
            degree -= 1
        u, s, _ = np.linalg.svd(PolynomialFeatures(degree).fit_transform(inputs), False)
        return cls(u[:, s > INDEPENDENT * s[0]])

    def fit(self, target: np.ndarray) -> np.ndarray:
        """Conditional mean of ``target`` ``(rows, k)`` at each row."""
        return np.asarray(self.q @ (self.q.T @ target))

    def mean_square(self, target: np.ndarray) -> np.ndarray:
        """``(k,)``: mean square of the conditional mean.

        The noise of the fit adds ``Σ h σ²`` to the plain mean square, ``h`` the leverage of a row;
        it is subtracted with ``σ² = y r/(1 − h)``, ``r`` the residual, which has the right mean for
        any uneven noise (Kline, Saggio and Sølvsten, Econometrica 88, 1859, 2020). So the result
        has the right mean, also where it is zero, and may come out below zero there.
        """
        found, rest, leverage = self._parts(target)
        return np.asarray((found**2 - leverage * target * rest).mean(axis=0))

    def mean_square_error(self, target: np.ndarray) -> np.ndarray:
        """``(k,)``: standard error of :meth:`mean_square` for independent Gaussian noise.

        ``Var(yᵀHy) = 2 tr(HSHS) + 4 bᵀSb`` for ``y`` of mean ``b = Hb`` and covariance ``S``.
        """
        found, rest, leverage = self._parts(target)
        noise = rest * (target - found)
        signal = (found**2 - leverage * noise).clip(min=0.0)
        spread = [((self.q * one[:, None]).T @ self.q) for one in noise.T]
        trace = np.array([(matrix**2).sum() for matrix in spread])
        variance = 2.0 * trace + 4.0 * (signal * noise).sum(axis=0)
        return np.asarray(np.sqrt(variance) / len(target))

    def _parts(self, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Conditional mean, residual over ``1 − h``, and ``h``."""
        leverage = (self.q**2).sum(axis=1)[:, None]
        found = self.fit(target)
        return found, (target - found) / (1.0 - leverage).clip(min=0.1), leverage

    def residuals(self, target: np.ndarray) -> np.ndarray:
        """``(rows, p, k)``: what is left of ``p`` values a row, scaled to an unbiased variance."""
        rest = target - self.fit(target.mean(axis=1))[:, None]
        free = 1.0 - self.q.shape[1] / (len(self.q) * target.shape[1])
        return np.asarray(rest / np.sqrt(free))


@dataclass(frozen=True)
class Blocks:
    """Bases of all rows, and without each block in turn: for the delete-block jackknife."""

    rows: tuple[np.ndarray, ...]
    bases: tuple[Basis, ...]

    @classmethod
    def of(cls, z0: np.ndarray, c: np.ndarray, block: np.ndarray) -> Blocks:
        """All rows first."""
        rows = [np.arange(len(z0)), *(np.flatnonzero(block != b) for b in np.unique(block))]
        return cls(tuple(rows), tuple(Basis.of(z0[some], c[some]) for some in rows))

    def jackknife(
        self, figure: Callable[[Basis, np.ndarray], np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """A figure of all rows, and its standard error."""
        whole, *left_out = (
            figure(basis, rows) for basis, rows in zip(self.bases, self.rows, strict=True)
        )
        each = np.stack(left_out)
        spread = ((each - each.mean(axis=0)) ** 2).sum(axis=0)
        return whole, np.sqrt((len(each) - 1) / len(each) * spread)


@dataclass(frozen=True)
class Root:
    """Root of a mean square that may be next to zero.

    Attributes
    ----------
    value, error : the error reaches up to ``√(square + error)``
    low, high : four standard errors of the square below, two above
    """

    value: np.ndarray
    error: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, square: np.ndarray, error: np.ndarray) -> Root:
        """From the square and its error."""
        positive = square.clip(min=0.0)
        root = np.sqrt(positive)
        low, high = np.sqrt((square - 4.0 * error).clip(min=0.0)), np.sqrt(positive + 2.0 * error)
        return cls(root, np.sqrt(positive + error) - root, low, high)


def _width(degree: int, inputs: int) -> int:
    return int(PolynomialFeatures(degree).fit(np.zeros((1, inputs))).n_output_features_)
