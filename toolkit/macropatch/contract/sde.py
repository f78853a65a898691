"""What an SDE model ``dz = μ(z, c) dt + σ(z, c) dW`` implements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class TrainingPairs:
    """Pairs to fit on, in normalised ``z``.

    Attributes
    ----------
    z0 : ``(N, d)``, macroscopic states (observables, then closures)
    change : ``(N, d)``, ``z1 − z0``
    dt : ``(N,)``, elapsed times
    c : ``(N, conditions)``, normalised conditions
    block : ``(N,)``, the block of pool runs that a pair descends from
    factor : ``(d, d)`` or ``(N, d, d)``, the matrix ``A`` of the variance ratio: a pair's noise
        has covariance ``A Σ Aᵀ dt``. ``λ`` is ``A = √λ``.
    drift_change : ``(N, d)``, or ``None``: increments of the same mean given ``z0`` with less
        noise, to fit the drift on. ``Σ`` is that of ``change`` alone; a model may ignore these
    """

    z0: Float[np.ndarray, "pairs d"]
    change: Float[np.ndarray, "pairs d"]
    dt: Float[np.ndarray, " pairs"]
    c: Float[np.ndarray, "pairs conditions"]
    block: Int[np.ndarray, " pairs"]
    factor: Float[np.ndarray, "*leading d d"]
    drift_change: Float[np.ndarray, "pairs d"] | None = None

    @property
    def targets(self) -> Float[np.ndarray, "pairs d"]:
        """What to fit the drift on: ``drift_change`` if it is given, else ``change``."""
        return self.change if self.drift_change is None else self.drift_change

    def mirrored(self) -> TrainingPairs:
        """Each change reflected about its target: the noise that targets lack, reversed.

        A drift is judged by the likelihood of both, for in the mean of the two that noise does not
        blur the difference between one drift and another.
        """
        return replace(self, change=2.0 * self.targets - self.change)


@dataclass(frozen=True)
class Member:
    """One member of an ensemble: trained without ``held_out``, which judges it."""

    held_out: int
    seed: int


@dataclass(frozen=True)
class FitContext:
    """What surrounds a fit.

    Attributes
    ----------
    checkpoint : file to continue from and to write to, or ``None``
    progress : called with (epochs done, epochs at most)
    device : ``"cpu"`` or ``"cuda"``
    """

    checkpoint: Path | None = None
    progress: Callable[[int, int], None] | None = None
    device: str = "cpu"


@dataclass(frozen=True)
class FitReport:
    """How a fit went.

    Attributes
    ----------
    held_out_log_likelihood : ``(members,)``, mean log-likelihood a pair of the held-out block
    history : ``(epochs, members)``, what the best epoch was chosen by: the same, or, of pairs with
        a ``drift_change``, that of the pairs and of the mirrored ones, averaged
    steps : optimiser steps taken (0 for a closed form)
    seconds_per_step : mean wall time of a step
    """

    held_out_log_likelihood: Float[np.ndarray, " members"]
    history: Float[np.ndarray, "epochs members"]
    steps: int = 0
    seconds_per_step: float = 0.0


class SDEModel(ABC):
    """An ensemble of SDEs in normalised ``z``; one member is an ensemble of one.

    The factory of its record is called with ``(settings, training, dimension, conditions,
    members)``. Arrays in and out are NumPy's; weights are named arrays, never pickles.
    """

    @abstractmethod
    def fit(
        self, pairs: TrainingPairs, members: tuple[Member, ...], context: FitContext
    ) -> FitReport:
        """Fit all members by the partial likelihood. Raises ``TrainingError`` on divergence."""

    @abstractmethod
    def drift(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, "members count d"]:
        """``μ`` of each member."""

    @abstractmethod
    def diffusion(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, "members count d d"]:
        """``σ`` of each member, lower triangular: ``Σ = σ σᵀ``."""

    def coefficients(
        self, z: Float[np.ndarray, "count d"], c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "members count d"], Float[np.ndarray, "members count d d"]]:
        """``μ`` and ``σ`` together; override it where one pass gives both."""
        return self.drift(z, c), self.diffusion(z, c)

    def own_coefficients(
        self, z: Float[np.ndarray, "members count d"], c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "members count d"], Float[np.ndarray, "members count d d"]]:
        """``μ`` and ``σ`` of each member at its own states; override it if one pass gives them."""
        each = [self.coefficients(own, c) for own in z]
        return (
            np.stack([drift[member] for member, (drift, _) in enumerate(each)]),
            np.stack([sigma[member] for member, (_, sigma) in enumerate(each)]),
        )

    def log_likelihood(self, pairs: TrainingPairs) -> Float[np.ndarray, "members pairs"]:
        """Log-density of each pair's change under each member's Euler transition."""
        mean = self.drift(pairs.z0, pairs.c) * pairs.dt[:, None]
        spread = pairs.factor @ self.diffusion(pairs.z0, pairs.c)
        covariance = spread @ np.swapaxes(spread, -1, -2) * pairs.dt[:, None, None]
        root = np.linalg.cholesky(covariance)
        white = np.linalg.solve(root, (pairs.change - mean)[..., None])[..., 0]
        log_det = 2.0 * np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(-1)
        d = pairs.z0.shape[1]
        return np.asarray(-0.5 * ((white**2).sum(-1) + log_det + d * np.log(2.0 * np.pi)))

    @abstractmethod
    def parameters(self) -> dict[str, np.ndarray]:
        """All that a fit determined, as named arrays (stored as safetensors)."""

    @abstractmethod
    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Take parameters back. Raises ``ValueError`` if names or shapes do not fit."""
