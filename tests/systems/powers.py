"""A closure encoder with one number as its weights: powers of a cell's mean."""

from __future__ import annotations

import numpy as np

from macropatch.contract import CellSample, ClosureEncoder, ClosureRecord, PluginSettings


class PowerSettings(PluginSettings):
    """Which powers; the first is the mean itself, which lattices have as an observable."""

    powers: tuple[int, ...] = (2,)


class Powers(ClosureEncoder):
    """``(mean of the cell − mean of the sample) ** power``."""

    def __init__(self, settings: PowerSettings) -> None:
        self._powers = np.array(settings.powers)
        self._centre = np.zeros(1)

    @property
    def dimension(self) -> int:
        return len(self._powers)

    def fit(self, sample: CellSample) -> dict[str, float]:
        self._centre = np.array([sample.cells.mean(dtype=np.float64)])
        return {"cells": float(len(sample.cells))}

    def encode(self, cells: np.ndarray) -> np.ndarray:
        means = cells.reshape(len(cells), -1).mean(axis=1, dtype=np.float64)
        return (means - self._centre)[:, None] ** self._powers

    def parameters(self) -> dict[str, np.ndarray]:
        return {"centre": self._centre}

    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        if {name: array.shape for name, array in parameters.items()} != {"centre": (1,)}:
            raise ValueError(f"one weight 'centre' expected, got {sorted(parameters)}")
        self._centre = np.array(parameters["centre"], dtype=np.float64)


RECORD = ClosureRecord(
    name="powers",
    summary="powers of a cell's mean",
    api_version=1,
    settings=PowerSettings,
    factory=Powers,
)
