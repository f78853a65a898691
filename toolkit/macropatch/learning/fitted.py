"""A fitted SDE in the user's units: an ensemble of members behind their normalisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from macropatch.contract import SDEModel
from macropatch.learning.normalisation import Normalisation
from macropatch.learning.reconstruction import Reconstruction


@dataclass(frozen=True)
class FittedSDE:
    """``dz = μ dt + σ dW`` of the large system, stepped by exactly ``dt``."""

    model: SDEModel
    normalisation: Normalisation
    dt: float
    reconstruction: Reconstruction | None = None

    def complete(
        self, z: Float[np.ndarray, "*batch d"], c: Float[np.ndarray, "*batch conditions"]
    ) -> Float[np.ndarray, "*batch every"]:
        """All observables of the system, and the closures."""
        return z if self.reconstruction is None else self.reconstruction.complete(z, c)

    def coefficients(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "members count d"], Float[np.ndarray, "members count d d"]]:
        """``μ`` and ``Σ = σσᵀ`` of each member."""
        n = self.normalisation
        drift, sigma = self.model.coefficients(n.inward(z), n.inward_c(c))
        sigma = sigma * n.scale[:, None]
        return drift * n.scale, sigma @ np.swapaxes(sigma, -1, -2)

    def transition(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "count d"], Float[np.ndarray, "count d d"]]:
        """Mean drift of the members, and ``σ`` of their mean covariance."""
        drift, covariance = self.coefficients(z, c)
        return drift.mean(axis=0), _root(covariance.mean(axis=0))

    def member_transition(
        self, z: Float[np.ndarray, "members count d"], c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "members count d"], Float[np.ndarray, "members count d d"]]:
        """Each member's own drift and ``σ`` at its own states."""
        n = self.normalisation
        drift, sigma = self.model.own_coefficients(n.inward(z), n.inward_c(c))
        return drift * n.scale, sigma * n.scale[:, None]


def _root(covariance: np.ndarray) -> np.ndarray:
    return np.sqrt(covariance) if covariance.shape[-1] == 1 else np.linalg.cholesky(covariance)
