"""The networks of drift and diffusion, as one module for one member or for all of an ensemble."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear, softplus

from macropatch.learning import LinearFit
from macropatch_models.settings import MLPSettings

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "relu": nn.ReLU,
}
UNIT = 0.541324854612918  # softplus(UNIT) = 1
LAST_LAYER = 0.1
"""Weights of the last layer start this much smaller: the first drift is next to zero."""


class Affine(nn.Module):
    """``x → x Wᵀ + b``; ``leading = (members,)`` holds the weights of all members."""

    def __init__(self, inputs: int, outputs: int, leading: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(*leading, outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(*leading, outputs))

    def draw(self, generator: torch.Generator) -> None:
        """Initial weights and biases, uniform in ``±1/√inputs``."""
        bound = 1.0 / math.sqrt(self.weight.shape[-1])
        with torch.no_grad():
            for parameter in (self.weight, self.bias):
                parameter.uniform_(-bound, bound, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Rows ``(count, inputs)``, or ``(members, count, inputs)`` with the weights of all."""
        if self.weight.dim() == 2:
            return linear(x, self.weight, self.bias)
        return torch.baddbmm(self.bias.unsqueeze(-2), x, self.weight.mT)


class DriftDiffusion(nn.Module):
    """``(z, c) → (μ, σ)`` in normalised units.

    The networks' outputs are of order one: the drift is scaled by its size in a regression, ``σ``
    starts as the Cholesky factor of the linear fit's ``Σ``. ``level``, ``drift_scale`` and ``root``
    have an axis of length one for the rows, so that they fit one member and stacked ones.
    """

    drift_scale: Tensor
    root: Tensor

    def __init__(
        self,
        settings: MLPSettings,
        dimension: int,
        conditions: int,
        leading: tuple[int, ...] = (),
    ) -> None:
        super().__init__()
        self.kind = settings.diffusion
        self.dimension = dimension
        self.drift = _network(settings, dimension + conditions, dimension, leading)
        outputs = dimension if "diagonal" in self.kind else dimension * (dimension + 1) // 2
        if self.kind in {"diagonal", "general"}:
            self.spread = _network(settings, dimension + conditions, outputs, leading)
        else:
            self.level = nn.Parameter(torch.zeros(*leading, 1, outputs))
        self.register_buffer("drift_scale", torch.ones(*leading, 1, dimension))
        self.register_buffer("root", torch.eye(dimension).expand(*leading, 1, -1, -1).clone())

    def start_from(self, seed: int, fit: LinearFit) -> DriftDiffusion:
        """Draw initial weights; take the scales of a linear fit.

        The generator is the module's own: torch's global one would be shared with other threads.
        """
        generator = torch.Generator().manual_seed(seed)
        layers = [module for module in self.modules() if isinstance(module, Affine)]
        for layer in layers:
            layer.draw(generator)
        for network in (module for module in self.modules() if isinstance(module, nn.Sequential)):
            last = network[-1]
            assert isinstance(last, Affine)
            nn.init.zeros_(last.bias)
            with torch.no_grad():
                last.weight.mul_(LAST_LAYER)
        lower = np.linalg.cholesky(fit.covariance)
        self.drift_scale.copy_(torch.from_numpy(np.where(fit.size > 0, fit.size, 1.0)))
        self.root.copy_(torch.from_numpy(lower))
        return self

    def forward(
        self, z: Float[Tensor, "*members count d"], c: Float[Tensor, "*members count conditions"]
    ) -> tuple[Tensor, Tensor]:
        """Drift like ``z``, and ``σ``: its diagonal like ``z``, or lower triangles."""
        inputs = torch.cat([z, c], dim=-1)
        drift = self.drift_scale * self.drift(inputs)
        if self.kind in {"diagonal", "general"}:
            raw = self.spread(inputs)
        else:
            raw = self.level.expand(*z.shape[:-1], -1)
        diagonal = softplus(raw[..., : self.dimension] + UNIT)
        if "diagonal" in self.kind:
            return drift, diagonal * torch.diagonal(self.root, dim1=-2, dim2=-1)
        lower = torch.diag_embed(diagonal)
        if self.dimension > 1:
            i, j = torch.tril_indices(self.dimension, self.dimension, -1).unbind()
            pick = torch.zeros(len(i), self.dimension, self.dimension, dtype=raw.dtype)
            pick[torch.arange(len(i)), i, j] = 1.0
            lower = lower + torch.einsum(
                "...p,pij->...ij", raw[..., self.dimension :], pick.to(raw.device)
            )
        return drift, self.root @ lower


def _network(
    settings: MLPSettings, inputs: int, outputs: int, leading: tuple[int, ...]
) -> nn.Sequential:
    layers: list[nn.Module] = []
    width = inputs
    for _ in range(settings.depth):
        layers += [Affine(width, settings.width, leading), ACTIVATIONS[settings.activation]()]
        width = settings.width
    return nn.Sequential(*layers, Affine(width, outputs, leading))
