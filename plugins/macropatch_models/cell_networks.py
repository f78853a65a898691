"""Encoder and decoder of cells: fully connected in one dimension, convolutional in more."""

from __future__ import annotations

import math
import threading

import torch
from torch import Tensor, nn

from macropatch_models.settings import AutoencoderSettings

_global_generator = threading.Lock()

CONVOLUTION: dict[int, type[nn.Module]] = {2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED: dict[int, type[nn.Module]] = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
SMALLEST = 4
"""Edges are halved as long as they are even and at least this long."""


class CellNetworks(nn.Module):
    """``encoder``: cells → ``(count, dimension)``; ``decoder``: back to cells."""

    scale: Tensor

    def __init__(
        self,
        settings: AutoencoderSettings,
        shape: tuple[int, ...],
        centre: float,
        spread: float,
        seed: int,
    ) -> None:
        super().__init__()
        self.register_buffer("shape", torch.tensor(shape))
        self.register_buffer("scale", torch.tensor([centre, spread]))
        build = _convolutional if len(shape) - 1 in CONVOLUTION else _fully_connected
        # Layers draw their first weights from torch's global generator.
        with _global_generator, torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder, self.decoder = build(settings, shape)

    def scaled(self, cells: Tensor) -> Tensor:
        """Cells in the units that the networks see."""
        return (cells - self.scale[0]) / self.scale[1]


def _fully_connected(
    settings: AutoencoderSettings, shape: tuple[int, ...]
) -> tuple[nn.Sequential, nn.Sequential]:
    entries, width, d = math.prod(shape), settings.width, settings.dimension
    encoder = nn.Sequential(
        nn.Flatten(), nn.Linear(entries, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(),
        nn.Linear(width, d),
    )  # fmt: skip
    decoder = nn.Sequential(
        nn.Linear(d, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(),
        nn.Linear(width, entries), nn.Unflatten(1, shape),
    )  # fmt: skip
    return encoder, decoder


def _convolutional(
    settings: AutoencoderSettings, shape: tuple[int, ...]
) -> tuple[nn.Sequential, nn.Sequential]:
    channels, *edges = shape
    dimension = len(edges)
    down: list[nn.Module] = []
    up: list[nn.Module] = []
    depth, inside = channels, settings.channels
    while all(edge % 2 == 0 and edge >= SMALLEST for edge in edges) and len(up) < 2:
        down += [CONVOLUTION[dimension](depth, inside, 4, stride=2, padding=1), nn.SiLU()]
        up.insert(0, TRANSPOSED[dimension](inside, depth, 4, stride=2, padding=1))
        edges = [edge // 2 for edge in edges]
        depth, inside = inside, 2 * inside
    flat = depth * math.prod(edges)
    encoder = nn.Sequential(
        *down, nn.Flatten(), nn.Linear(flat, settings.width), nn.SiLU(),
        nn.Linear(settings.width, settings.dimension),
    )  # fmt: skip
    layers: list[nn.Module] = [
        nn.Linear(settings.dimension, settings.width), nn.SiLU(), nn.Linear(settings.width, flat),
        nn.Unflatten(1, (depth, *edges)),
    ]  # fmt: skip
    for transposed in up:
        layers += [nn.SiLU(), transposed]
    return encoder, nn.Sequential(*layers)
