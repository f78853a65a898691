"""Networks of the generalised Onsager principle: ``μ = −(M + W) ∇V + f``."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from macropatch_models.layers import below, fully_connected, lower_triangles
from macropatch_models.networks import SDENetworks, network
from macropatch_models.potential import REACH, Potential, level
from macropatch_models.settings import NetworkSettings, OnsagerSettings


class OnsagerNetworks(SDENetworks):
    """``M`` symmetric and positive definite, ``W`` antisymmetric, ``V`` confining.

    ``M = t √s (floor + L Lᵀ) √s`` and ``W = t² √s (A − Aᵀ) √s``; the size ``s`` of the drift stands
    on both sides, which keeps them what they are. ``L``, ``A``, ``f`` and ``σ`` see levelled states
    and are bounded; ``t = 1/√(1 + |z|²/(d REACH²))``, next to 1 within the data, falls as
    ``1/|z|``, and so does ``f``. As ``V`` becomes a parabola, ``∇V' M ∇V`` grows as ``|z|``, and
    what noise, ``f`` and the length of a step add to ``V`` does not: Euler steps of any length
    return from far enough.

    Source: Yu, Tian, E and Li, Phys. Rev. Fluids 6, 114402 (2021); ``c``, ``σ``, ``t`` are ours.
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
        self.entries = network(
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
        inputs, fall = _levelled(z, c), _falling(z)
        dissipative, conservative = self._matrices(inputs, fall)
        gradient = self.potential.gradient(z, c)
        drift = -((dissipative + conservative) * gradient.unsqueeze(-2)).sum(-1)
        if self.force is not None:
            drift = drift + self.drift_scale * fall * self.force(inputs)
        return drift, self.sigma(inputs)

    def matrices(
        self, z: Float[Tensor, "*members count d"], c: Float[Tensor, "*members count conditions"]
    ) -> tuple[Float[Tensor, "*members count d d"], Float[Tensor, "*members count d d"]]:
        """``M`` and ``W``."""
        return self._matrices(_levelled(z, c), _falling(z))

    def _matrices(self, inputs: Tensor, fall: Tensor) -> tuple[Tensor, Tensor]:
        d = self.dimension
        raw = self.entries(inputs)
        count = d * (d + 1) // 2
        lower = lower_triangles(raw[..., :count], d)
        identity = torch.eye(d, dtype=raw.dtype, device=raw.device)
        size = self.drift_scale.sqrt()
        scale = size.unsqueeze(-1) * size.unsqueeze(-2) * fall.unsqueeze(-1)
        dissipative = scale * (self.floor * identity + lower @ lower.mT)
        if not self.rotates:
            return dissipative, torch.zeros_like(dissipative)
        triangle = below(raw[..., count:], d)
        return dissipative, scale * fall.unsqueeze(-1) * (triangle - triangle.mT)


def _levelled(z: Tensor, c: Tensor) -> Tensor:
    return torch.cat([level(z)[0], c], dim=-1)


def _falling(z: Tensor) -> Tensor:
    """``t``, with an axis of length one for the components."""
    return torch.rsqrt(1.0 + z.square().mean(-1, keepdim=True) / REACH**2)
