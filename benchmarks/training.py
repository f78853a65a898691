"""A training step of 1,024 samples: ours against a loop with a data loader, same network.

The plain loop is how such a fit is usually written: one module, ``TensorDataset`` and
``DataLoader(shuffle=True)``, Adam.
"""

from __future__ import annotations

import time

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

from macropatch.contract import FitContext, Member, TrainingPairs
from macropatch.experiment.tables import TrainingTable
from macropatch.learning.loss import partial_loss
from macropatch_models.mlp import MLPModel
from macropatch_models.networks import DriftDiffusion
from macropatch_models.settings import MLPSettings

PAIRS, BATCH, EPOCHS = 100_000, 1024, 2
SETTINGS = MLPSettings(depth=3, width=64, diffusion="general")


def main() -> None:
    """Milliseconds a step, and ratios."""
    torch.set_num_threads(1)
    for dimension in (1, 2):
        pairs = synthetic(dimension)
        plain = plain_loop(pairs)
        print(f"d = {dimension}: data loader, one member   {1e3 * plain:.2f} ms a step")
        for members in (1, 5):
            ours = our_loop(pairs, members)
            print(
                f"d = {dimension}: ours, {members} member(s)           {1e3 * ours:.2f} ms a step, "
                f"{1e3 * ours / members:.2f} ms a member ({plain * members / ours:.1f} × faster)"
            )


def synthetic(dimension: int) -> TrainingPairs:
    """Increments of an Ornstein–Uhlenbeck process."""
    rng = np.random.default_rng(0)
    z0 = rng.standard_normal((PAIRS, dimension))
    change = -0.3 * z0 + 0.5 * rng.standard_normal(z0.shape)
    block = np.arange(PAIRS) % 5
    return TrainingPairs(z0, change, np.ones(PAIRS), np.zeros((PAIRS, 0)), block, np.eye(dimension))


def our_loop(pairs: TrainingPairs, members: int) -> float:
    """Seconds a step of all members."""
    training = TrainingTable(batch=BATCH, epochs=EPOCHS)
    model = MLPModel(SETTINGS, training, pairs.z0.shape[1], 0, members)
    ensemble = tuple(Member(held_out, held_out) for held_out in range(members))
    return model.fit(pairs, ensemble, FitContext()).seconds_per_step


def plain_loop(pairs: TrainingPairs) -> float:
    """Seconds a step."""
    dimension = pairs.z0.shape[1]
    data = TensorDataset(*(torch.from_numpy(a).float() for a in (pairs.z0, pairs.change, pairs.dt)))
    module = DriftDiffusion(SETTINGS, dimension, 0)
    optimiser = torch.optim.Adam(module.parameters())
    factor, steps, began = torch.eye(dimension), 0, time.perf_counter()
    for z0, change, dt in DataLoader(data, batch_size=BATCH, shuffle=True):
        optimiser.zero_grad()
        drift, sigma = module(z0, z0[:, :0])
        partial_loss(drift, sigma, change, dt, factor, True).mean().backward()
        optimiser.step()
        steps += 1
    return (time.perf_counter() - began) / steps


if __name__ == "__main__":
    main()
