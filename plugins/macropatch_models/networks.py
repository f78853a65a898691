"""The network of drift and diffusion, as one module for one member."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import softplus

from macropatch.learning import LinearFit
from macropatch_models.settings import MLPSettings

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "relu": nn.ReLU,
}
UNIT = 0.541324854612918  # softplus(UNIT) = 1


class DriftDiffusion(nn.Module):
    """``(z, c) → (μ, σ)`` in normalised units.

    The networks' outputs are of order one: the drift is scaled by that of a linear fit, ``σ`` starts
    as the Cholesky factor of the linear fit's ``Σ``.
    """

    drift_scale: Tensor
    root: Tensor

    def __init__(self, settings: MLPSettings, dimension: int, conditions: int) -> None:
        super().__init__()
        self.kind = settings.diffusion
        self.dimension = dimension
        self.drift = _network(settings, dimension + conditions, dimension)
        outputs = dimension if "diagonal" in self.kind else dimension * (dimension + 1) // 2
        if self.kind in {"diagonal", "general"}:
            self.spread = _network(settings, dimension + conditions, outputs)
        else:
            self.level = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("drift_scale", torch.ones(dimension))
        self.register_buffer("root", torch.eye(dimension))

    def start_from(self, fit: LinearFit, inputs: np.ndarray) -> DriftDiffusion:
        """Take the scales of a linear fit to rows ``inputs`` of ``(z, c)``."""
        size = np.sqrt((fit.drift(inputs) ** 2).mean(axis=0))
        lower = np.linalg.cholesky(fit.covariance)
        self.drift_scale.copy_(torch.from_numpy(np.where(size > 0, size, 1.0)))
        self.root.copy_(torch.from_numpy(lower))
        return self

    def forward(
        self, z: Float[Tensor, "count d"], c: Float[Tensor, "count conditions"]
    ) -> tuple[Tensor, Tensor]:
        """Drift ``(count, d)`` and ``σ``: its diagonal ``(count, d)``, or ``(count, d, d)``."""
        inputs = torch.cat([z, c], dim=-1)
        drift = self.drift_scale * self.drift(inputs)
        if self.kind in {"diagonal", "general"}:
            raw = self.spread(inputs)
        else:
            raw = self.level.expand(*z.shape[:-1], -1)
        diagonal = softplus(raw[..., : self.dimension] + UNIT)
        if "diagonal" in self.kind:
            return drift, diagonal * torch.diagonal(self.root)
        lower = torch.diag_embed(diagonal)
        if self.dimension > 1:
            i, j = torch.tril_indices(self.dimension, self.dimension, -1).unbind()
            pick = torch.zeros(len(i), self.dimension, self.dimension, dtype=raw.dtype)
            pick[torch.arange(len(i)), i, j] = 1.0
            lower = lower + torch.einsum(
                "...p,pij->...ij", raw[..., self.dimension :], pick.to(raw.device)
            )
        return drift, self.root @ lower


def _network(settings: MLPSettings, inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    width = inputs
    for _ in range(settings.depth):
        layers += [nn.Linear(width, settings.width), ACTIVATIONS[settings.activation]()]
        width = settings.width
    last = nn.Linear(width, outputs)
    nn.init.zeros_(last.bias)
    with torch.no_grad():
        last.weight.mul_(0.1)
    return nn.Sequential(*layers, last)
