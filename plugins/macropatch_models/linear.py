"""SDE model ``linear``: an Ornstein–Uhlenbeck process by least squares."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from macropatch.contract import FitContext, FitReport, Member, SDEModel, TrainingPairs
from macropatch.learning import linear_regression


class LinearModel(SDEModel):
    """``μ`` linear in ``z`` and ``c``, ``Σ`` constant; the most likely one, without iteration."""

    def __init__(self, dimension: int, conditions: int, members: int) -> None:
        self._intercept = np.zeros((members, dimension))
        self._slope = np.zeros((members, dimension, dimension + conditions))
        self._root = np.broadcast_to(np.eye(dimension), (members, dimension, dimension)).copy()

    def fit(
        self, pairs: TrainingPairs, members: tuple[Member, ...], context: FitContext
    ) -> FitReport:
        """Least squares for each member without its held-out block."""
        for index, member in enumerate(members):
            found = linear_regression(pairs, pairs.block != member.held_out)
            self._intercept[index] = found.intercept
            self._slope[index] = found.slope
            self._root[index] = np.linalg.cholesky(found.covariance)
        likelihood = self.log_likelihood(pairs)
        held_out = [likelihood[i, pairs.block == m.held_out].mean() for i, m in enumerate(members)]
        scores = np.array([x if math.isfinite(x) else -math.inf for x in held_out])
        return FitReport(scores, scores[None])

    def drift(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, "members count d"]:
        """``μ`` of each member."""
        inputs = np.concatenate([z, c], axis=1)
        return np.asarray(
            self._intercept[:, None] + np.einsum("mij,nj->mni", self._slope, inputs)
        )

    def diffusion(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, "members count d d"]:
        """The constant ``σ`` of each member."""
        members, d = self._intercept.shape
        return np.broadcast_to(self._root[:, None], (members, len(z), d, d))

    def parameters(self) -> dict[str, np.ndarray]:
        """Intercept, slope and Cholesky factor."""
        return {"intercept": self._intercept, "slope": self._slope, "root": self._root}

    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Take them back."""
        for name, mine in self.parameters().items():
            if name not in parameters or parameters[name].shape != mine.shape:
                raise ValueError(f"parameter {name!r} is missing or of another shape")
            mine[...] = parameters[name]
