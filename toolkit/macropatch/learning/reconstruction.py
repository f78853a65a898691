"""Observables that an SDE leaves out: linear in the independent ones, smooth in the conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.linalg import lstsq

DEGREE = 3
"""Degree of the polynomial in each condition."""


@dataclass(frozen=True)
class Reconstruction:
    """How all observables follow from the independent ones and the conditions.

    Attributes
    ----------
    columns : ``(independent,)``, places of the independent observables among all
    slopes : ``(independent, every)``; the independent ones are themselves
    terms : ``(features, every)``, of the powers of the normalised conditions, the constant first
    c_mean, c_scale : ``(conditions,)``, of the normalisation
    residual : ``(every,)``, root mean square of what it misses in the snapshots
    """

    columns: tuple[int, ...]
    slopes: Float[np.ndarray, "independent every"]
    terms: Float[np.ndarray, "features every"]
    c_mean: Float[np.ndarray, " conditions"]
    c_scale: Float[np.ndarray, " conditions"]
    residual: Float[np.ndarray, " every"]

    @classmethod
    def of(
        cls,
        z: Float[np.ndarray, "count every"],
        c: Float[np.ndarray, "count conditions"],
        columns: tuple[int, ...],
    ) -> Reconstruction:
        """By least squares from snapshots."""
        mean, scale = c.mean(axis=0), c.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        own = z[:, columns]
        features = _powers((c - mean) / scale)
        size = np.concatenate([np.abs(own).max(axis=0), np.ones(features.shape[1])])
        size = np.where(size > 0, size, 1.0)[:, None]
        found = lstsq(np.concatenate([own, features], axis=1) / size.T, z, cond=1e-10)[0] / size
        slopes, terms = found[: len(columns)], found[len(columns) :]
        slopes[:, columns], terms[:, columns] = np.eye(len(columns)), 0.0
        rest = z - own @ slopes - features @ terms
        return cls(columns, slopes, terms, mean, scale, np.sqrt((rest**2).mean(axis=0)))

    def complete(
        self, z: Float[np.ndarray, "*batch d"], c: Float[np.ndarray, "*batch conditions"]
    ) -> Float[np.ndarray, "*batch every"]:
        """All observables, then what closures ``z`` has."""
        count = len(self.columns)
        features = _powers((c - self.c_mean) / self.c_scale)
        every = z[..., :count] @ self.slopes + features @ self.terms
        return np.concatenate([every, z[..., count:]], axis=-1)

    def to_json(self) -> dict[str, Any]:
        """As plain lists."""
        return {name: np.asarray(value).tolist() for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, values: Any) -> Reconstruction:
        """Back from plain lists. Raises ``ValueError`` if they do not fit together."""
        try:
            columns = tuple(int(column) for column in values["columns"])
            arrays = {
                name: np.array(values[name], dtype=np.float64)
                for name in ("slopes", "terms", "c_mean", "c_scale", "residual")
            }
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the reconstruction lacks a list of numbers: {error}") from error
        every, conditions = arrays["residual"].size, arrays["c_mean"].size
        shapes = {
            "slopes": (len(columns), every),
            "terms": (1 + DEGREE * conditions, every),
            "c_scale": (conditions,),
        }
        fits = all(arrays[name].shape == shape for name, shape in shapes.items())
        finite = all(np.isfinite(array).all() for array in arrays.values())
        if not (fits and finite and all(0 <= column < every for column in columns)):
            raise ValueError("the reconstruction holds arrays that do not fit together")
        return cls(columns, **arrays)


def _powers(c: Float[np.ndarray, "*batch conditions"]) -> Float[np.ndarray, "*batch features"]:
    """``1`` and the powers of each condition."""
    powers = [c ** (power + 1) for power in range(DEGREE)]
    return np.concatenate([np.ones((*c.shape[:-1], 1)), *powers], axis=-1)
