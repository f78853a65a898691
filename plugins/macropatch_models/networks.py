"""The networks of drift and diffusion, as one module for one member or for all of an ensemble."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from macropatch.learning import LinearFit
from macropatch_models.layers import Affine, fully_connected, lower_triangles, positive
from macropatch_models.settings import MLPSettings, NetworkSettings

LAST_LAYER = 0.1
"""Weights of the last layer start this much smaller: what they give is next to zero."""


class SDENetworks(nn.Module):
    """``(z, c) → (μ, σ)`` in normalised units: the diffusion, and scales that all drifts have.

    The networks' outputs are of order one: the drift is scaled by its size in a regression, ``σ``
    starts as the Cholesky factor of the linear fit's ``Σ``. ``level``, ``drift_scale`` and ``root``
    have an axis of length one for the rows, so that they fit one member and stacked ones.
    """

    drift_scale: Tensor
    root: Tensor

    def __init__(
        self,
        settings: NetworkSettings,
        dimension: int,
        conditions: int,
        leading: tuple[int, ...] = (),
    ) -> None:
        super().__init__()
        self.kind = settings.diffusion
        self.dimension = dimension
        self.add_drift(settings, dimension, conditions, leading)
        outputs = dimension if "diagonal" in self.kind else dimension * (dimension + 1) // 2
        if self.kind in {"diagonal", "general"}:
            self.spread = network(settings, dimension + conditions, outputs, leading)
        else:
            self.level = nn.Parameter(torch.zeros(*leading, 1, outputs))
        self.register_buffer("drift_scale", torch.ones(*leading, 1, dimension))
        self.register_buffer("root", torch.eye(dimension).expand(*leading, 1, -1, -1).clone())

    @abstractmethod
    def add_drift(
        self, settings: NetworkSettings, dimension: int, conditions: int, leading: tuple[int, ...]
    ) -> None:
        """Make the modules of the drift; they draw their weights before those of the diffusion."""

    @abstractmethod
    def forward(
        self, z: Float[Tensor, "*members count d"], c: Float[Tensor, "*members count conditions"]
    ) -> tuple[Tensor, Tensor]:
        """Drift like ``z``, and ``σ``: its diagonal like ``z``, or lower triangles."""

    def start_from(self, seed: int, fit: LinearFit) -> SDENetworks:
        """Draw initial weights; take the scales of a linear fit.

        The generator is the module's own: torch's global one would be shared with other threads.
        """
        generator = torch.Generator().manual_seed(seed)
        layers = [module for module in self.modules() if isinstance(module, Affine)]
        for layer in layers:
            layer.draw(generator)
        for one in (module for module in self.modules() if isinstance(module, nn.Sequential)):
            last = one[-1]
            assert isinstance(last, Affine)
            nn.init.zeros_(last.bias)
            with torch.no_grad():
                last.weight.mul_(LAST_LAYER)
        lower = np.linalg.cholesky(fit.covariance)
        self.drift_scale.copy_(torch.from_numpy(np.where(fit.size > 0, fit.size, 1.0)))
        self.root.copy_(torch.from_numpy(lower))
        return self

    def sigma(self, inputs: Float[Tensor, "*members count inputs"]) -> Tensor:
        """``σ``, or its diagonal, from states and conditions side by side."""
        if self.kind in {"diagonal", "general"}:
            raw = self.spread(inputs)
        else:
            raw = self.level.expand(*inputs.shape[:-1], -1)
        if "diagonal" in self.kind:
            return positive(raw) * torch.diagonal(self.root, dim1=-2, dim2=-1)
        return self.root @ lower_triangles(raw, self.dimension)


class DriftDiffusion(SDENetworks):
    """The drift is a network of its own: the first one is next to zero."""

    def add_drift(
        self, settings: NetworkSettings, dimension: int, conditions: int, leading: tuple[int, ...]
    ) -> None:
        """One network."""
        assert isinstance(settings, MLPSettings)
        self.drift = network(settings, dimension + conditions, dimension, leading)

    def forward(
        self, z: Float[Tensor, "*members count d"], c: Float[Tensor, "*members count conditions"]
    ) -> tuple[Tensor, Tensor]:
        """Drift and ``σ``."""
        inputs = torch.cat([z, c], dim=-1)
        return self.drift_scale * self.drift(inputs), self.sigma(inputs)


def network(
    settings: NetworkSettings, inputs: int, outputs: int, leading: tuple[int, ...]
) -> nn.Sequential:
    """Fully connected, of the depth, width and activation of the settings."""
    return fully_connected(
        inputs, outputs, settings.depth, settings.width, settings.activation, leading
    )
