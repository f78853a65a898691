"""A confining potential ``V(z, c)``, and its gradient by hand: exact, and without a graph."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from macropatch_models.layers import Affine, fully_connected
from macropatch_models.settings import OnsagerSettings

REACH = 3.0
"""Where networks of a state level off, in standard deviations of the data."""


class Potential(nn.Module):
    """``V = ½ |U(z, c) + Γ z|² + ½ κ |z|²`` with a network ``U`` of ``d + 1`` outputs.

    So ``V ≥ ½ κ |z|²`` whatever the weights. ``U`` sees levelled states and is bounded, so far from
    the data ``V`` is a parabola: a steeper wall would make steps of the SDE overshoot. ``Γ`` starts
    as the identity: a single well.

    Source: the form is that of Yu, Tian, E and Li, Phys. Rev. Fluids 6, 114402 (2021).
    """

    def __init__(
        self,
        settings: OnsagerSettings,
        dimension: int,
        conditions: int,
        leading: tuple[int, ...] = (),
    ) -> None:
        super().__init__()
        self.confinement = settings.confinement
        self.dimension = dimension
        self._activate = WITH_SLOPE[settings.activation]
        squares = dimension + 1
        self.shape = fully_connected(
            dimension + conditions, squares, settings.depth, settings.width, settings.activation,
            leading,
        )  # fmt: skip
        self.slope = nn.Parameter(torch.eye(squares, dimension).expand(*leading, -1, -1).clone())

    def forward(
        self, z: Float[Tensor, "*members count d"], c: Float[Tensor, "*members count conditions"]
    ) -> Float[Tensor, "*members count"]:
        """``V``."""
        squares = self.shape(torch.cat([level(z)[0], c], dim=-1)) + z @ self.slope.mT
        total: Tensor = squares.square().sum(-1) + self.confinement * z.square().sum(-1)
        return 0.5 * total

    def gradient(
        self, z: Float[Tensor, "*members count d"], c: Float[Tensor, "*members count conditions"]
    ) -> Float[Tensor, "*members count d"]:
        """``∇V`` in ``z``: ``U + Γ z`` is carried back through the layers by the chain rule."""
        *hidden, last = (layer for layer in self.shape if isinstance(layer, Affine))
        near, inner = level(z)
        values, slopes = torch.cat([near, c], dim=-1), []
        for layer in hidden:
            values, slope = self._activate(layer(values))
            slopes.append(slope)
        squares = last(values) + z @ self.slope.mT
        back = squares @ last.weight
        for layer, slope in zip(reversed(hidden[1:]), reversed(slopes[1:]), strict=True):
            back = (back * slope) @ layer.weight
        back = (back * slopes[0]) @ hidden[0].weight[..., : self.dimension]
        gradient: Tensor = inner * back + squares @ self.slope + self.confinement * z
        return gradient


def level(z: Tensor) -> tuple[Tensor, Tensor]:
    """States that stay within ``±REACH``, and their derivatives: ``z / √(1 + (z/REACH)²)``."""
    root = torch.rsqrt(1.0 + (z / REACH).square())
    return z * root, root**3


def _silu(x: Tensor) -> tuple[Tensor, Tensor]:
    sigmoid = torch.sigmoid(x)
    value = x * sigmoid
    return value, torch.addcmul(sigmoid + value, sigmoid, value, value=-1.0)


def _tanh(x: Tensor) -> tuple[Tensor, Tensor]:
    value = torch.tanh(x)
    return value, 1.0 - value.square()


def _gelu(x: Tensor) -> tuple[Tensor, Tensor]:
    below = 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))
    density = torch.exp(-0.5 * x.square()) / math.sqrt(2.0 * math.pi)
    return x * below, below + x * density


WITH_SLOPE: dict[str, Callable[[Tensor], tuple[Tensor, Tensor]]] = {
    "silu": _silu,
    "tanh": _tanh,
    "gelu": _gelu,
}
"""Activations and their derivatives; smooth ones, or the drift would jump."""
