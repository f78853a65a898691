"""Closure ``correlations``: principal components of translation-averaged pair correlations."""

from __future__ import annotations

import itertools

import numpy as np
from jaxtyping import Float
from sklearn.decomposition import PCA

from macropatch.contract import CellSample, ClosureEncoder
from macropatch_models.settings import CorrelationSettings


class Correlations(ClosureEncoder):
    """Projects the standardised correlations of a cell on their leading components."""

    def __init__(self, settings: CorrelationSettings) -> None:
        self._settings = settings
        self._mean = np.zeros(0)
        self._projection = np.zeros((0, settings.dimension))

    @property
    def dimension(self) -> int:
        """Number of components."""
        return self._settings.dimension

    def fit(self, sample: CellSample) -> dict[str, float]:
        """Find the components; the figure of merit is the share of variance that they carry."""
        features = pair_correlations(sample.cells, self._settings.reach)
        if features.shape[1] < self.dimension:
            raise ValueError(
                f"[closure] dimension = {self.dimension}: cells of shape {sample.cells.shape[1:]} "
                f"have only {features.shape[1]} correlations up to reach {self._settings.reach}"
            )
        self._mean, scale = features.mean(axis=0), features.std(axis=0)
        scaled = (features - self._mean) / np.where(scale > 0, scale, 1.0)
        found = PCA(self.dimension, svd_solver="full").fit(scaled)
        self._projection = (found.components_ / np.where(scale > 0, scale, 1.0)).T
        return {"explained_variance": float(found.explained_variance_ratio_.sum())}

    def encode(
        self, cells: Float[np.ndarray, "count channels ..."]
    ) -> Float[np.ndarray, "count closures"]:
        """Components of each cell."""
        features = pair_correlations(cells, self._settings.reach)
        return np.asarray((features - self._mean) @ self._projection)

    def parameters(self) -> dict[str, np.ndarray]:
        """Mean and projection."""
        return {"mean": self._mean, "projection": self._projection}

    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Take them back."""
        if set(parameters) != {"mean", "projection"}:
            raise ValueError(f"parameters {sorted(parameters)}: expected mean and projection")
        mean, projection = parameters["mean"], parameters["projection"]
        if mean.ndim != 1 or projection.shape != (len(mean), self.dimension):
            raise ValueError(f"a projection of shape {projection.shape} for {mean.shape} means")
        self._mean, self._projection = mean, projection


def displacements(shape: tuple[int, ...], reach: int) -> list[tuple[int, ...]]:
    """Half of all displacements up to ``reach`` an axis that fit in a cell, without zero."""
    spans = [range(-min(reach, edge - 1), min(reach, edge - 1) + 1) for edge in shape]
    zero = (0,) * len(shape)
    return [step for step in itertools.product(*spans) if step > zero]


def pair_correlations(
    cells: Float[np.ndarray, "count channels ..."], reach: int
) -> Float[np.ndarray, "count features"]:
    """Mean products of sites at each displacement, inside the cell, for each channel in turn.

    Means of the channels are left out: over all cells they are those of the field, which systems
    have as observables or conserve.
    """
    count, channels, *shape = cells.shape
    fields = cells.astype(np.float32, copy=False)
    axes = tuple(range(2, cells.ndim))
    columns = [np.zeros((count, channels, 0))]
    for step in displacements(tuple(shape), reach):
        near = tuple(
            slice(max(0, -s), edge - max(0, s)) for s, edge in zip(step, shape, strict=True)
        )
        far = tuple(slice(max(0, s), edge + min(0, s)) for s, edge in zip(step, shape, strict=True))
        every = (slice(None), slice(None))
        product = fields[every + near] * fields[every + far]
        columns.append(product.mean(axis=axes, dtype=np.float64)[..., None])
    return np.concatenate(columns, axis=2).reshape(count, -1)
