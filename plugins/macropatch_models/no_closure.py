"""No closure variables."""

from __future__ import annotations

import numpy as np

from macropatch.contract import CellSample, ClosureEncoder


class NoClosure(ClosureEncoder):
    """An encoder of dimension zero."""

    @property
    def dimension(self) -> int:
        """Zero."""
        return 0

    def fit(self, sample: CellSample) -> dict[str, float]:
        """Nothing to learn."""
        return {}

    def encode(self, cells: np.ndarray) -> np.ndarray:
        """No numbers for each cell."""
        return np.zeros((len(cells), 0))

    def parameters(self) -> dict[str, np.ndarray]:
        """None."""
        return {}

    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Nothing to take back."""
        if parameters:
            raise ValueError(f"closure 'none' has no parameters, but got {sorted(parameters)}")
