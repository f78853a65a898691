"""Increments of critical Ising lattices, of 16² patches and of the whole, and their ratio by force.

``brute_force`` regresses nothing: it evolves every snapshot many times.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from macropatch.contract import Geometry, Surroundings
from macropatch.stages.evolve import evolve_partially
from macropatch_ising.ising import Ising
from macropatch_ising.settings import IsingSettings, SpinStart

EDGE, K, DT = 64, 16, 5.0
GEOMETRY, HALO = Geometry((16, 16)), Surroundings("halo", 4)
SYSTEM = Ising(IsingSettings(temperature=2.27, field=0.0))
GROUPS = 30


def equilibrium(count, rng, sweeps=30):
    """Snapshots after cluster sweeps from random spins."""
    states = SYSTEM.initial((EDGE, EDGE), count, none(count), SpinStart(), rng)
    return SYSTEM.equilibrate(states, none(count), sweeps, rng)


def none(count):
    """No conditions."""
    return np.zeros((count, 0))


def follow(states, steps, patches, rng):
    """Whole lattices for ``steps`` of ``DT``, and patches of each for one ``DT`` at every step.

    Returns ``z0``, the whole's change ``(steps, count, 2)``, the patches' ``(…, patches, 2)``.
    """
    c, found = none(len(states["sites"])), []
    for _ in range(steps):
        z0 = SYSTEM.observe(states)
        pairs = evolve_partially(SYSTEM, states, c, GEOMETRY, K, patches, DT, HALO, rng)
        states = SYSTEM.evolve(states, c, DT, rng).states
        found.append((z0, SYSTEM.observe(states) - z0, pairs.change))
    return tuple(np.stack(arrays) for arrays in zip(*found, strict=True))


def brute_force(states, repeats, rng, batch=50):
    """The ratio given ``z0`` and its error, and the ratio given all spins, ``(2,)`` each.

    A variance given ``z0`` is that among ``repeats`` of one snapshot, and that of the repeats'
    means among snapshots of equal ``z0``: half the mean square difference of nearest neighbours,
    less the noise of means. Halos are wide enough for patches and whole to share the latter.
    """
    z0, count = SYSTEM.observe(states), len(states["sites"])
    within_whole, within_patch, means = (np.empty((count, 2)) for _ in range(3))
    for first in range(0, count, batch):
        rows = slice(first, first + batch)
        sites = states["sites"][rows]
        some = len(sites)
        copies = {"sites": np.repeat(sites, repeats, axis=0)}
        after = SYSTEM.evolve(copies, none(some * repeats), DT, rng).states
        change = SYSTEM.observe(after).reshape(some, repeats, 2) - z0[rows, None]
        within_whole[rows], means[rows] = change.var(axis=1, ddof=1), change.mean(axis=1)
        pairs = np.stack([np.repeat(np.arange(some), 3 * repeats),
                          rng.integers(0, K, some * 3 * repeats)], axis=1)  # fmt: skip
        patch = SYSTEM.evolve_patches(
            {"sites": sites}, pairs, GEOMETRY, none(some), np.full(len(pairs), DT), HALO, rng
        ).change
        within_patch[rows] = K**2 * patch.reshape(some, -1, 2).var(axis=1, ddof=1)
    scaled = (z0 - z0.mean(axis=0)) / z0.std(axis=0)
    neighbour = cKDTree(scaled).query(scaled, k=2)[1][:, 1]
    apart = (means - means[neighbour]) ** 2 / 2.0

    def ratios(kept):
        whole, patch = within_whole[kept].mean(axis=0), within_patch[kept].mean(axis=0)
        between = apart[kept].mean(axis=0) - whole / repeats
        return np.stack([(patch + between) / (whole + between), patch / whole])

    group = np.arange(count) % GROUPS
    left_out = np.stack([ratios(group != one)[0] for one in range(GROUPS)])
    error = np.sqrt((GROUPS - 1) * left_out.var(axis=0))
    given_z0, given_spins = ratios(group >= 0)
    return given_z0, error, given_spins
