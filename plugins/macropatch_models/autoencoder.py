"""Closure ``autoencoder``: the narrow layer of a network that restores cells."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from macropatch.contract import CellSample, ClosureEncoder
from macropatch.errors import TrainingError
from macropatch_models.cell_networks import CellNetworks
from macropatch_models.settings import AutoencoderSettings

ROWS = 16_384
"""Cells that are encoded at a time: bounds memory."""

HELD_OUT = 10
"""One cell in so many judges and is not trained on."""


class Autoencoder(ClosureEncoder):
    """Weights are float32; encoding runs on the processor."""

    def __init__(self, settings: AutoencoderSettings) -> None:
        self._settings = settings
        self._networks: CellNetworks | None = None

    @property
    def dimension(self) -> int:
        """Width of the narrow layer."""
        return self._settings.dimension

    def fit(self, sample: CellSample) -> dict[str, float]:
        """Train by Adam, keep the weights that restore held-out cells best.

        Raises
        ------
        TrainingError
            if the loss is no longer finite.
        """
        torch.set_num_threads(1)
        cells = torch.from_numpy(np.ascontiguousarray(sample.cells, dtype=np.float32))
        low, high = float(cells.min()), float(cells.max())
        centre, spread = (low + high) / 2, (high - low) / 2 or 1.0
        if not sample.two_level:
            centre, spread = float(cells.mean()), float(cells.std()) or 1.0
        networks = CellNetworks(self._settings, tuple(cells.shape[1:]), centre, spread, sample.seed)
        networks.to(sample.device)
        loss = _cross_entropy if sample.two_level else mse_loss
        held, rest = (
            cells[::HELD_OUT].to(sample.device),
            cells[torch.arange(len(cells)) % HELD_OUT > 0],
        )
        rest = rest.to(sample.device)
        optimiser = torch.optim.Adam(networks.parameters(), self._settings.learning_rate)
        generator = torch.Generator().manual_seed(sample.seed)
        best, best_state = float("inf"), networks.state_dict()
        for epoch in range(self._settings.epochs):
            for rows in torch.randperm(len(rest), generator=generator).split(self._settings.batch):
                batch = networks.scaled(rest[rows])
                optimiser.zero_grad(set_to_none=True)
                loss(networks.decoder(networks.encoder(batch)), batch).backward()
                optimiser.step()
            judged = self._judge(networks, held, loss)
            if not np.isfinite(judged):
                raise TrainingError(
                    f"the autoencoder diverged in epoch {epoch + 1}; lower [closure] learning_rate"
                )
            if judged < best:
                best = judged
                best_state = {name: value.clone() for name, value in networks.state_dict().items()}
        networks.load_state_dict(best_state)
        self._networks = networks.cpu().eval()
        return {"held_out_loss": best}

    @staticmethod
    def _judge(networks: CellNetworks, held: Tensor, loss: object) -> float:
        assert callable(loss)
        with torch.no_grad():
            scaled = networks.scaled(held)
            return float(loss(networks.decoder(networks.encoder(scaled)), scaled))

    def encode(
        self, cells: Float[np.ndarray, "count channels ..."]
    ) -> Float[np.ndarray, "count closures"]:
        """The narrow layer of each cell."""
        if self._networks is None:
            raise ValueError("the autoencoder was neither fitted nor restored")
        with torch.no_grad():
            parts = [
                self._networks.encoder(
                    self._networks.scaled(torch.from_numpy(np.ascontiguousarray(part, np.float32)))
                )
                for part in np.split(cells, range(ROWS, len(cells), ROWS))
            ]
        return np.asarray(torch.cat(parts).double().numpy())

    def parameters(self) -> dict[str, np.ndarray]:
        """Weights, scale and shape of cells."""
        if self._networks is None:
            raise ValueError("the autoencoder was neither fitted nor restored")
        return {name: value.numpy() for name, value in self._networks.state_dict().items()}

    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Take weights back."""
        if "shape" not in parameters:
            raise ValueError("weights of no autoencoder: they name no shape of cells")
        shape = tuple(int(edge) for edge in parameters["shape"])
        networks = CellNetworks(self._settings, shape, 0.0, 1.0, 0)
        expected = {name: tuple(value.shape) for name, value in networks.state_dict().items()}
        got = {name: array.shape for name, array in parameters.items()}
        if expected != got:
            raise ValueError(f"weights of other names or shapes: {got}, expected {expected}")
        networks.load_state_dict({k: torch.from_numpy(np.array(v)) for k, v in parameters.items()})
        self._networks = networks.eval()


def _cross_entropy(logits: Tensor, scaled: Tensor) -> Tensor:
    """Binary cross-entropy; the two levels are scaled to −1 and 1."""
    return binary_cross_entropy_with_logits(logits, (scaled + 1.0) / 2.0)
