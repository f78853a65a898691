"""Layers and small matrices of networks, for one member or stacked for all of an ensemble."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear, softplus

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "relu": nn.ReLU,
}
UNIT = 0.541324854612918  # softplus(UNIT) = 1


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


def fully_connected(
    inputs: int, outputs: int, depth: int, width: int, activation: str, leading: tuple[int, ...]
) -> nn.Sequential:
    """``depth`` hidden layers of ``width``, each an :class:`Affine` and an activation."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [Affine(inputs, width, leading), ACTIVATIONS[activation]()]
        inputs = width
    return nn.Sequential(*layers, Affine(inputs, outputs, leading))


def positive(raw: Tensor) -> Tensor:
    """Above zero, and 1 at 0."""
    return softplus(raw + UNIT)


def lower_triangles(
    raw: Float[Tensor, "*batch entries"], dimension: int
) -> Float[Tensor, "*batch d d"]:
    """Lower triangles: the diagonal's raw values come first and are made positive."""
    lower = torch.diag_embed(positive(raw[..., :dimension]))
    return lower + below(raw[..., dimension:], dimension) if dimension > 1 else lower


def below(entries: Float[Tensor, "*batch pairs"], dimension: int) -> Float[Tensor, "*batch d d"]:
    """Matrices with the given entries below the diagonal, row by row, and zeros elsewhere."""
    i, j = torch.tril_indices(dimension, dimension, -1).unbind()
    pick = torch.zeros(len(i), dimension, dimension, dtype=entries.dtype)
    pick[torch.arange(len(i)), i, j] = 1.0
    return torch.einsum("...p,pij->...ij", entries, pick.to(entries.device))
