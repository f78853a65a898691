"""Any SDE model, made symmetric: ``μ(Pz) = P μ(z)`` and ``Σ(Pz) = P Σ(z) P``, ``P = diag(±1)``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from macropatch.contract import FitContext, FitReport, Member, SDEModel, TrainingPairs
from macropatch.learning.held_out import held_out_of_observables


class SymmetricSDE(SDEModel):
    """The average of a model and its image, fitted to pairs and their images.

    ``(μ(z) + P μ(Pz))/2`` and ``(Σ(z) + P Σ(Pz) P)/2``. Where ``Pz = z`` the drift of odd
    variables is exactly zero.
    """

    def __init__(self, inner: SDEModel, parities: Float[np.ndarray, " d"]) -> None:
        self._inner, self._parities = inner, parities

    def fit(
        self, pairs: TrainingPairs, members: tuple[Member, ...], context: FitContext
    ) -> FitReport:
        """Fit the model inside; the average is judged by the pairs as they are."""
        report = self._inner.fit(with_images(pairs, self._parities), members, context)
        d = len(self._parities)
        blocks = np.array([member.held_out for member in members])
        judged = held_out_of_observables(self, pairs, blocks, np.ones(d), d)
        return replace(report, held_out_log_likelihood=judged.mean)

    def drift(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, "members count d"]:
        """``μ`` of each member."""
        return self._mean(self._inner.drift(z, c), self._inner.drift(z * self._parities, c))

    def diffusion(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, "members count d d"]:
        """``σ`` of each member."""
        image = self._inner.diffusion(z * self._parities, c)
        return self._root(self._inner.diffusion(z, c), image)

    def coefficients(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "members count d"], Float[np.ndarray, "members count d d"]]:
        """``μ`` and ``σ`` together."""
        drift, sigma = self._inner.coefficients(z, c)
        image_drift, image_sigma = self._inner.coefficients(z * self._parities, c)
        return self._mean(drift, image_drift), self._root(sigma, image_sigma)

    def own_coefficients(
        self, z: Float[np.ndarray, "members count d"], c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "members count d"], Float[np.ndarray, "members count d d"]]:
        """``μ`` and ``σ`` of each member at its own states."""
        drift, sigma = self._inner.own_coefficients(z, c)
        image_drift, image_sigma = self._inner.own_coefficients(z * self._parities, c)
        return self._mean(drift, image_drift), self._root(sigma, image_sigma)

    def parameters(self) -> dict[str, np.ndarray]:
        """Those of the model inside."""
        return self._inner.parameters()

    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Take them back."""
        self._inner.restore(parameters)

    def _mean(self, drift: np.ndarray, image: np.ndarray) -> np.ndarray:
        return np.asarray((drift + self._parities * image) / 2.0)

    def _root(self, sigma: np.ndarray, image: np.ndarray) -> np.ndarray:
        """Cholesky factor of the mean of ``σσᵀ`` and of its image ``(Pσ)(Pσ)ᵀ``."""
        both = (sigma, self._parities[:, None] * image)
        first, second = (root @ np.swapaxes(root, -1, -2) for root in both)
        return np.linalg.cholesky((first + second) / 2.0)


def with_images(pairs: TrainingPairs, parities: Float[np.ndarray, " d"]) -> TrainingPairs:
    """Pairs and their images: ``z`` and its changes are reflected, a factor ``A`` is ``P A P``.

    A single ``A`` for all pairs must equal its image.
    """
    factor = pairs.factor
    if factor.ndim == 3:
        factor = np.concatenate([factor, parities[:, None] * factor * parities])
    z0, change = (np.concatenate([own, own * parities]) for own in (pairs.z0, pairs.change))
    dt, c, block = (np.concatenate([own, own]) for own in (pairs.dt, pairs.c, pairs.block))
    target = pairs.drift_change
    if target is not None:
        target = np.concatenate([target, target * parities])
    return TrainingPairs(z0, change, dt, c, block, factor, target)
