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
        return np.asarray(self._intercept[:, None] + np.einsum("mij,nj->mni", self._slope, inputs))

    def diffusion(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, "members count d d"]:
        """The constant ``σ`` of each member."""
        members, d = self._intercept.shape
        return np.broadcast_to(self._root[:, None], (members, len(z), d, d))

    def own_coefficients(
        self, z: Float[np.ndarray, "members count d"], c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "members count d"], Float[np.ndarray, "members count d d"]]:
        """``μ`` and ``σ`` of each member at its own states."""
        c = np.broadcast_to(c, (len(z), *np.shape(c)))
        inputs = np.concatenate([z, c], axis=2)
        drift = self._intercept[:, None] + np.einsum("mij,mnj->mni", self._slope, inputs)
        return np.asarray(drift), self.diffusion(z[0], c[0])

    def parameters(self) -> dict[str, np.ndarray]:
        """Intercept, slope and Cholesky factor."""
        named = {"intercept": self._intercept, "slope": self._slope, "root": self._root}
        return {name: array.copy() for name, array in named.items()}

    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Take them back."""
        expected = {name: array.shape for name, array in self.parameters().items()}
        got = {name: array.shape for name, array in parameters.items()}
        if expected != got:
            raise ValueError(f"parameters of other names or shapes: {got}, expected {expected}")
        self._intercept = np.array(parameters["intercept"], dtype=np.float64)
        self._slope = np.array(parameters["slope"], dtype=np.float64)
        self._root = np.array(parameters["root"], dtype=np.float64)
