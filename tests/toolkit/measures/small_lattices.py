"""Ising lattices so small that all their states can be listed."""

from __future__ import annotations

import functools

import numpy as np


@functools.cache
def all_states(edge: int) -> tuple[np.ndarray, np.ndarray]:
    """Magnetisation and energy per site of every state of a periodic square lattice.

    A pair of sites that two bonds join (edge 2) counts twice.
    """
    sites = edge * edge
    bits = np.arange(2**sites)[:, None] >> np.arange(sites)
    spins = (2 * (bits & 1) - 1).astype(np.int8).reshape(-1, edge, edge)
    bonds = sum(
        (spins * np.roll(spins, 1, axis)).sum(axis=(1, 2), dtype=np.int64) for axis in (1, 2)
    )
    return spins.mean(axis=(1, 2)), -bonds / sites


def boltzmann(edge: int, temperature: float) -> np.ndarray:
    """Probability of each state."""
    energy = all_states(edge)[1] * edge**2
    weights = np.exp(-(energy - energy.min()) / temperature)
    return weights / weights.sum()


def binder(edge: int, temperature: float) -> float:
    """Exact Binder cumulant."""
    m, p = all_states(edge)[0], boltzmann(edge, temperature)
    return float(1.0 - p @ m**4 / (3.0 * (p @ m**2) ** 2))


def sample(
    edge: int, temperature: float, records: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Magnetisation and energy in their exact proportions, up to rounding, in random order."""
    levels, which = np.unique(np.stack(all_states(edge), axis=1), axis=0, return_inverse=True)
    proportions = np.bincount(which.ravel(), boltzmann(edge, temperature))
    counts = np.rint(proportions * records).astype(int)
    m, energy = rng.permutation(np.repeat(levels, counts, axis=0)).T
    return m, energy
