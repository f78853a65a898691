"""Scale ``z`` and ``c`` to zero mean and unit variance for the fit, and back for predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from macropatch.errors import TrainingError

SINGULAR = 1e-10
CONSTANT = 1e-13


@dataclass(frozen=True)
class Normalisation:
    """Means and scales of ``z`` and ``c``, and the range of ``z`` in the snapshots."""

    mean: Float[np.ndarray, " d"]
    scale: Float[np.ndarray, " d"]
    low: Float[np.ndarray, " d"]
    high: Float[np.ndarray, " d"]
    c_mean: Float[np.ndarray, " conditions"]
    c_scale: Float[np.ndarray, " conditions"]

    @classmethod
    def of(
        cls,
        z: Float[np.ndarray, "count d"],
        c: Float[np.ndarray, "count conditions"],
        parities: Float[np.ndarray, " d"] | None = None,
    ) -> Normalisation:
        """From snapshots.

        Parameters
        ----------
        parities : ±1 of each variable under a symmetry: the snapshots' images are counted too, so
            that odd variables have mean zero, and the range holds both

        Raises
        ------
        TrainingError
            if a variable is constant, or one is a linear function of the others.
        """
        if parities is not None:
            z = np.concatenate([z, z * parities])
        scale = z.std(axis=0)
        # Rounding leaves a constant 0.1 with a spread of 1e-17.
        constant = np.flatnonzero(~(scale > CONSTANT * np.abs(z).max(axis=0)))
        if len(constant):
            raise TrainingError(
                f"macroscopic variables {constant.tolist()} are constant, or not finite, in the "
                "data: remove them, or let the snapshots differ ([upsample] random_start)"
            )
        if np.linalg.eigvalsh(np.corrcoef(z.T).reshape(z.shape[1], -1))[0] < SINGULAR:
            rank = int(np.linalg.matrix_rank(np.corrcoef(z.T), tol=SINGULAR))
            raise TrainingError(
                f"the {z.shape[1]} macroscopic variables have rank {rank}: one is a linear "
                "function of the others. Give the system independent observables, or ask for "
                "fewer closures ([closure] dimension)."
            )
        c_scale = c.std(axis=0)
        c_scale = np.where(c_scale > CONSTANT * np.abs(c).max(axis=0), c_scale, 1.0)
        mean = z.mean(axis=0)
        if parities is not None:
            mean[parities < 0.0] = 0.0  # without rounding
        return cls(mean, scale, z.min(0), z.max(0), c.mean(0), c_scale)

    def inward(self, z: np.ndarray) -> np.ndarray:
        """Normalised ``z``."""
        return np.asarray((z - self.mean) / self.scale)

    def inward_c(self, c: np.ndarray) -> np.ndarray:
        """Normalised ``c``."""
        return np.asarray((c - self.c_mean) / self.c_scale)

    def to_json(self) -> dict[str, list[float]]:
        """As plain lists."""
        return {name: np.asarray(value).tolist() for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, values: Any) -> Normalisation:
        """Back from plain lists. Raises ``ValueError`` if they are not finite numbers."""
        try:
            arrays = {n: np.array(values[n], dtype=np.float64) for n in cls.__annotations__}
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the normalisation lacks a list of numbers: {error}") from error
        own = [array.shape for name, array in arrays.items() if not name.startswith("c_")]
        equal = len(set(own)) == 1 and arrays["c_mean"].shape == arrays["c_scale"].shape
        positive = (arrays["scale"] > 0).all() and (arrays["c_scale"] > 0).all()
        if not (equal and positive and all(map(_finite, arrays.values()))):
            raise ValueError("the normalisation holds something else than finite numbers")
        return cls(**arrays)


def _finite(array: np.ndarray) -> bool:
    return array.ndim == 1 and bool(np.isfinite(array).all())
