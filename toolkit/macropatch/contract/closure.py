"""What a closure encoder implements: ``ẑ = mean over cells of encode(cell)``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class CellSample:
    """Cells to train an encoder on.

    Attributes
    ----------
    cells : ``(count, channels, *shape)``, as the system's ``cells`` gives them
    two_level : whether entries take only two values (binary cross-entropy applies)
    seed : seed of all randomness of the fit
    device : ``"cpu"`` or ``"cuda"``
    """

    cells: np.ndarray
    two_level: bool
    seed: int
    device: str = "cpu"


class ClosureEncoder(ABC):
    """Maps each cell to ``dimension`` numbers; its weights are named arrays, never pickles."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Number of closure variables."""

    @abstractmethod
    def fit(self, sample: CellSample) -> dict[str, float]:
        """Train; returns figures of merit for the report. A fixed encoder does nothing."""

    @abstractmethod
    def encode(
        self, cells: Float[np.ndarray, "count channels ..."]
    ) -> Float[np.ndarray, "count closures"]:
        """Encode cells one by one."""

    @abstractmethod
    def parameters(self) -> dict[str, np.ndarray]:
        """All that a fit determined, as named arrays (stored as safetensors)."""

    @abstractmethod
    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Take parameters back. Raises ``ValueError`` if names or shapes do not fit."""
