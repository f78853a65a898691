"""Pairs from processes whose drift and diffusion are known, and a module that can learn them."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from macropatch.contract import TrainingPairs

RATE = np.array([[1.0, 0.3], [-0.2, 0.5]])
NOISE = np.array([[0.5, 0.0], [0.3, 0.4]])


def relaxing_cells(cells, count, dt, seed=0, d=2, blocks=5, known=None):
    """Partial evolution of a system of independent Ornstein–Uhlenbeck cells, made exactly.

    Cell ``i`` obeys ``dy = −R y dt + √cells S dW``; the observable is their mean, so that
    ``dz = −R z dt + S dW``. One cell is evolved: ``z1 − z0 = cells · (y' − y)/cells``, whose
    noise has ``cells`` times the variance of ``z``: ``λ = K = cells``. For ``R dt`` small.

    ``known`` is the share of the noise that ``drift_change`` lacks.
    """
    rng = np.random.default_rng(seed)
    rate, noise = RATE[:d, :d], NOISE[:d, :d]
    z0 = rng.standard_normal((count, d))
    # One cell's deviation from the mean is noise as well; it enters the drift, so the variance
    # only to second order in dt.
    y = z0 + 0.1 * rng.standard_normal((count, d))
    values, vectors = np.linalg.eig(rate)
    decay = (vectors * np.exp(-values * dt)) @ np.linalg.inv(vectors)
    kicks = rng.standard_normal((count, d)) @ noise.T * np.sqrt(cells * dt)
    change = y @ np.real(decay).T - y + kicks
    block = np.arange(count) % blocks
    factor = np.sqrt(cells) * np.eye(d)
    no_conditions = np.zeros((count, 0))
    targets = None if known is None else change - known * kicks
    return TrainingPairs(z0, change, np.full(count, dt), no_conditions, block, factor, targets)


def exact_drift(z, dt, d=2):
    """``E[z(dt) − z0]/dt``."""
    values, vectors = np.linalg.eig(RATE[:d, :d])
    decay = np.real((vectors * np.exp(-values * dt)) @ np.linalg.inv(vectors))
    return (z @ decay.T - z) / dt


class Line(nn.Module):
    """A linear drift and a constant ``σ``: its diagonal, or a lower triangle."""

    def __init__(self, d, seed=0, full=True):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.slope = nn.Parameter(0.1 * torch.randn(d, d, generator=generator))
        self.level = nn.Parameter(torch.zeros(d))
        self.diagonal = nn.Parameter(torch.zeros(d))
        self.below = nn.Parameter(torch.zeros(d, d))
        self.full = full

    def forward(self, z, c):
        drift = z @ self.slope.mT + self.level
        if not self.full:
            return drift, self.diagonal.exp().expand(z.shape)
        sigma = torch.tril(self.below, -1) + torch.diag(self.diagonal.exp())
        return drift, sigma.expand(*z.shape, -1)


def sigma_of(parameters, member=0):
    """``σ`` of a fitted :class:`Line`."""
    below = np.tril(parameters["below"][member].numpy(), -1)
    return below + np.diag(np.exp(parameters["diagonal"][member].numpy()))
