"""Networks of the generalised Onsager principle: ``μ = −(M + W) ∇V + f``."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from macropatch_models.layers import below, fully_connected, lower_triangles
from macropatch_models.networks import SDENetworks, network
from macropatch_models.potential import Potential
from macropatch_models.settings import NetworkSettings, OnsagerSettings

REACH = 4.0
"""Where ``M``, ``W``, ``f`` and ``σ`` level off, in standard deviations of the data."""


class OnsagerNetworks(SDENetworks):
    """``M`` symmetric and positive definite, ``W`` antisymmetric, ``V`` confining.

    ``M`` and ``W`` are scaled by the size ``s`` of the drift, ``M = √s (floor + L Lᵀ) √s``, which
    keeps them what they are. They, ``f`` and ``σ`` see ``z / √(1 + (z/REACH)²)`` and are bounded:
    far out, where ``V`` is a parabola, the way down wins, in continuous time and in short steps.

    Source: Yu, Tian, E and Li, Phys. Rev. Fluids 6, 114402 (2021); conditions and ``σ`` are ours.
    """

    def add_drift(
        self, settings: NetworkSettings, dimension: int, conditions: int, leading: tuple[int, ...]
    ) -> None:
        """The potential, one network for the entries of ``M`` and ``W``, and one for ``f``."""
        assert isinstance(settings, OnsagerSettings)
        self.floor = settings.floor
        self.potential = Potential(settings, dimension, conditions, leading)
        pairs = dimension * (dimension - 1) // 2
        self.rotates = not settings.reversible and dimension > 1
        self.operators = network(
            settings, dimension + conditions, dimension + pairs * (1 + self.rotates), leading
        )
        self.force = (
            fully_connected(
                dimension + conditions, dimension, 1, settings.width, settings.activation, leading
            )
            if settings.force
            else None
        )

    def forward(
        self, z: Float[Tensor, "*members count d"], c: Float[Tensor, "*members count conditions"]
    ) -> tuple[Tensor, Tensor]:
        """Drift and ``σ``."""
        inputs = self._levelled(z, c)
        dissipative, conservative = self.matrices(inputs)
        gradient = self.potential.gradient(z, c)
        drift = -((dissipative + conservative) * gradient.unsqueeze(-2)).sum(-1)
        if self.force is not None:
            drift = drift + self.drift_scale * self.force(inputs)
        return drift, self.sigma(inputs)

    def operators_at(
        self, z: Float[Tensor, "*members count d"], c: Float[Tensor, "*members count conditions"]
    ) -> tuple[Tensor, Tensor]:
        """``M`` and ``W``, each ``(members, count, d, d)``."""
        return self.matrices(self._levelled(z, c))

    def matrices(self, inputs: Float[Tensor, "*members count inputs"]) -> tuple[Tensor, Tensor]:
        """``M`` and ``W`` from levelled states and conditions."""
        d = self.dimension
        raw = self.operators(inputs)
        entries = d * (d + 1) // 2
        lower = lower_triangles(raw[..., :entries], d)
        identity = torch.eye(d, dtype=raw.dtype, device=raw.device)
        dissipative = self.floor * identity + lower @ lower.mT
        size = self.drift_scale.sqrt()
        scale = size.unsqueeze(-1) * size.unsqueeze(-2)
        if not self.rotates:
            return scale * dissipative, torch.zeros_like(dissipative)
        triangle = below(raw[..., entries:], d)
        return scale * dissipative, scale * (triangle - triangle.mT)

    @staticmethod
    def _levelled(z: Tensor, c: Tensor) -> Tensor:
        """States that stay within ``±REACH``, and conditions, side by side."""
        return torch.cat([z * torch.rsqrt(1.0 + (z / REACH).square()), c], dim=-1)
