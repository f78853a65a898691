"""An SDE model: ridge regression on squares and products, constant diffusion."""

import numpy as np

from macropatch.contract import FitReport, SDEModel


def features(z, c):
    """``1, x, x xᵀ`` of ``x = (z, c)``."""
    x = np.concatenate([z, c], axis=1)
    i, j = np.triu_indices(x.shape[1])
    return np.concatenate([np.ones((len(x), 1)), x, x[:, i] * x[:, j]], axis=1)


class Ridge(SDEModel):
    """One coefficient matrix and one Cholesky factor a member."""

    def __init__(self, settings, dimension, conditions, members):
        width = features(np.zeros((1, dimension)), np.zeros((1, conditions))).shape[1]
        self.penalty = settings.penalty
        self.slope = np.zeros((members, width, dimension))
        self.root = np.zeros((members, dimension, dimension))

    def fit(self, pairs, members, context):
        x = features(pairs.z0, pairs.c)
        for k, member in enumerate(members):
            rows = pairs.block != member.held_out
            weighted = x[rows] * pairs.dt[rows, None]
            normal = weighted.T @ x[rows] + self.penalty * len(x) * np.eye(x.shape[1])
            self.slope[k] = np.linalg.solve(normal, x[rows].T @ pairs.change[rows])
            rest = (pairs.change - x @ self.slope[k] * pairs.dt[:, None])[rows]
            white = np.linalg.solve(pairs.factor, rest[..., None])[..., 0]
            scaled = white / np.sqrt(pairs.dt[rows, None])
            self.root[k] = np.linalg.cholesky(scaled.T @ scaled / len(scaled))
        scores = self.log_likelihood(pairs)
        held = np.array(
            [s[pairs.block == m.held_out].mean() for s, m in zip(scores, members, strict=True)]
        )
        return FitReport(held, held[None])

    def drift(self, z, c):
        return features(z, c) @ self.slope

    def diffusion(self, z, c):
        return np.repeat(self.root[:, None], len(z), axis=1)

    def parameters(self):
        return {"slope": self.slope, "root": self.root}

    def restore(self, parameters):
        if {k: v.shape for k, v in parameters.items()} != {
            k: v.shape for k, v in self.parameters().items()
        }:
            raise ValueError("weights of other names or shapes")
        self.slope, self.root = parameters["slope"], parameters["root"]
