"""SDE model ``polynomial``: least squares for the drift, then for the covariance."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import PolynomialFeatures

from macropatch.contract import FitContext, FitReport, Member, SDEModel, TrainingPairs
from macropatch_models.settings import PolynomialSettings

LEAST = 0.05
"""Eigenvalues of ``Σ`` are at least this share of those of the constant ``Σ``."""

QUADRATIC = 2


class PolynomialModel(SDEModel):
    """Coefficients of all monomials up to a degree, one set a member."""

    def __init__(
        self, settings: PolynomialSettings, dimension: int, conditions: int, members: int
    ) -> None:
        self._settings, self._members, self._dimension = settings, members, dimension
        self._inputs = dimension + conditions
        self._degree = 1 if settings.degree == "auto" else settings.degree
        self._spread_degree = QUADRATIC if settings.diffusion == "quadratic" else 0
        self._allocate()

    def _allocate(self) -> None:
        d, m = self._dimension, self._members
        self._drift = np.zeros((m, _width(self._degree, self._inputs), d))
        self._spread = np.zeros((m, _width(self._spread_degree, self._inputs), d * d))
        self._constant = np.broadcast_to(np.eye(d), (m, d, d)).copy()

    def fit(
        self, pairs: TrainingPairs, members: tuple[Member, ...], context: FitContext
    ) -> FitReport:
        """Choose the degree by held-out likelihood over blocks, then fit each member.

        Of pairs with a ``drift_change`` the mirrored ones judge the degree too.
        """
        blocks = np.unique(pairs.block)
        degrees = [self._degree]
        if self._settings.degree == "auto":
            degrees = list(range(1, self._settings.highest + 1))
        judges = [pairs] if pairs.drift_change is None else [pairs, pairs.mirrored()]
        history = []
        for step, degree in enumerate(degrees):
            scores = self._held_out(pairs, judges, degree, [int(block) for block in blocks])
            history.append(scores.mean())
            if context.progress:
                context.progress(step + 1, len(degrees) + 1)
        self._degree = degrees[int(np.argmax(history))]
        held_out = [member.held_out for member in members]
        scores = self._held_out(pairs, [pairs], self._degree, held_out)
        return FitReport(scores, np.array(history)[:, None])

    def _held_out(
        self, pairs: TrainingPairs, judges: list[TrainingPairs], degree: int, blocks: list[int]
    ) -> np.ndarray:
        """Fit without each block; mean log-likelihood of a pair of it among the judges."""
        members, self._members, self._degree = self._members, len(blocks), degree
        self._allocate()
        for index, block in enumerate(blocks):
            self._fit_member(index, pairs, pairs.block != block)
        scores = [
            [self.log_likelihood(_rows(judge, judge.block == block))[index].mean()
             for index, block in enumerate(blocks)]
            for judge in judges
        ]  # fmt: skip
        self._members = members
        return np.asarray(np.mean(scores, axis=0))

    def _fit_member(self, index: int, pairs: TrainingPairs, rows: np.ndarray) -> None:
        part = _rows(pairs, rows)
        inputs = np.concatenate([part.z0, part.c], axis=1)
        features = _features(inputs, self._degree)
        model = LinearRegression(fit_intercept=False)
        rate = part.targets / part.dt[:, None]
        self._drift[index] = model.fit(features, rate, sample_weight=part.dt).coef_.T
        rest = (part.change - features @ self._drift[index] * part.dt[:, None]) / np.sqrt(part.dt)[
            :, None
        ]
        white = np.linalg.solve(part.factor, rest[..., None])[..., 0]
        products = (white[:, :, None] * white[:, None, :]).reshape(len(white), -1)
        self._constant[index] = products.mean(axis=0).reshape(self._dimension, -1)
        spread = _features(inputs, self._spread_degree)
        self._spread[index] = model.fit(spread, products).coef_.T

    def drift(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, "members count d"]:
        """``μ`` of each member."""
        return np.asarray(_features(np.concatenate([z, c], axis=1), self._degree) @ self._drift)

    def diffusion(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, "members count d d"]:
        """Cholesky factor of ``Σ``; its eigenvalues stay above a share of the constant one's."""
        d = self._dimension
        root = np.linalg.cholesky(self._constant)
        if self._spread_degree == 0:
            return np.broadcast_to(root[:, None], (len(root), len(z), d, d))
        features = _features(np.concatenate([z, c], axis=1), self._spread_degree)
        raw = (features @ self._spread).reshape(len(root), len(z), d, d)
        inverse = np.linalg.inv(root)[:, None]
        relative = inverse @ raw @ np.swapaxes(inverse, -1, -2)
        values, vectors = np.linalg.eigh((relative + np.swapaxes(relative, -1, -2)) / 2)
        half = root[:, None] @ vectors * np.sqrt(np.maximum(values, LEAST))[..., None, :]
        return np.linalg.cholesky(half @ np.swapaxes(half, -1, -2))

    def parameters(self) -> dict[str, np.ndarray]:
        """Degree and coefficients."""
        return {
            "degree": np.array([self._degree]),
            "drift": self._drift,
            "spread": self._spread,
            "constant": self._constant,
        }

    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Take them back."""
        degree = parameters.get("degree", np.zeros(0))
        if degree.shape != (1,) or not 1 <= int(degree[0]) <= self._settings.highest:
            raise ValueError("parameter 'degree' is missing or not one number in range")
        self._degree = int(degree[0])
        self._allocate()
        for name, mine in self.parameters().items():
            if name not in parameters or parameters[name].shape != mine.shape:
                raise ValueError(f"parameter {name!r} is missing or of another shape")
        self._drift, self._spread = parameters["drift"], parameters["spread"]
        self._constant = parameters["constant"]


def _features(inputs: np.ndarray, degree: int) -> np.ndarray:
    return np.asarray(PolynomialFeatures(degree).fit_transform(inputs))


def _width(degree: int, inputs: int) -> int:
    return int(PolynomialFeatures(degree).fit(np.zeros((1, inputs))).n_output_features_)


def _rows(pairs: TrainingPairs, rows: np.ndarray) -> TrainingPairs:
    factor = pairs.factor if pairs.factor.ndim == 2 else pairs.factor[rows]
    drift_change = None if pairs.drift_change is None else pairs.drift_change[rows]
    return TrainingPairs(
        pairs.z0[rows], pairs.change[rows], pairs.dt[rows], pairs.c[rows], pairs.block[rows],
        factor, drift_change,
    )  # fmt: skip
