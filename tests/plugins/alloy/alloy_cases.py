"""Expansions with random energies, and their energies in plain Python."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from macropatch_alloy.expansion.orbits import Orbit
from macropatch_alloy.lattices import CubicLattice


def random_tensors(
    orbits: Sequence[Orbit], codes: int, rng: np.random.Generator, scale: float = 0.1
) -> list[np.ndarray]:
    """Energies of clusters, equal for equivalent orders of members."""
    tensors = []
    for orbit in orbits:
        raw = rng.normal(scale=scale, size=(codes,) * orbit.order)
        tensors.append(np.mean([np.transpose(raw, p) for p in orbit.permutations], axis=0))
    return tensors


def plain_energy(
    orbits: Sequence[Orbit],
    tensors: Sequence[np.ndarray],
    lattice: CubicLattice,
    occupation: np.ndarray,
) -> float:
    """Energy of a supercell, each cluster once."""
    energy = 0.0
    places = lattice.coordinates(np.arange(lattice.sites))
    for orbit, tensor in zip(orbits, tensors, strict=True):
        for members in orbit.translated_once:
            sites = lattice.site(places[:, None] + members)
            energy += tensor[tuple(occupation[sites].T)].sum()
    return float(energy)
