"""Closure ``moments``: means of products of a cell's channels. Nothing to train."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from macropatch.contract import CellSample, ClosureEncoder
from macropatch_models.settings import MomentSettings


class Moments(ClosureEncoder):
    """One closure a product; the mean over cells is the mean over the system."""

    def __init__(self, settings: MomentSettings) -> None:
        self._products = settings.products

    @property
    def dimension(self) -> int:
        """Number of products."""
        return len(self._products)

    def fit(self, sample: CellSample) -> dict[str, float]:
        """Nothing to learn; refuses channels that cells have not.

        Raises
        ------
        ValueError
            if a product names a channel beyond those of the cells.
        """
        channels = sample.cells.shape[1]
        for product in self._products:
            if max(product) >= channels:
                raise ValueError(
                    f"[closure] products: {list(product)} names channel {max(product)}, but cells "
                    f"have {channels}, counted from 0"
                )
        return {}

    def encode(
        self, cells: Float[np.ndarray, "count channels ..."]
    ) -> Float[np.ndarray, "count closures"]:
        """Moments of each cell."""
        fields = cells.reshape(*cells.shape[:2], -1).astype(np.float64, copy=False)
        moments = np.empty((len(cells), self.dimension))
        for closure, (first, *others) in enumerate(self._products):
            product = fields[:, first]
            for channel in others:
                product = product * fields[:, channel]
            moments[:, closure] = product.mean(axis=1)
        return moments

    def parameters(self) -> dict[str, np.ndarray]:
        """None."""
        return {}

    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Nothing to take back."""
        if parameters:
            raise ValueError(f"closure 'moments' has no parameters, but got {sorted(parameters)}")
