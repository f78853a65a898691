"""upsample: snapshots of the large system from the pool, or from random starts.

A tiled snapshot descends from one block of pool runs. Its parts are pool snapshots of similar
macroscopic state (the nearest in normalised ``z`` to one drawn at random), or one repeated.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int
from pydantic import BaseModel
from scipy.spatial import cKDTree

from macropatch.contract import MicroscopicSystem, Size, States

AGES = 9
"""Random starts are of so many ages."""

NEIGHBOURHOOD = 2
"""Parts are drawn from this many times as many nearest pool snapshots."""


def choose_parts(
    z: Float[np.ndarray, "pool d"],
    c: Float[np.ndarray, "pool conditions"],
    parts: int,
    repeat: Bool[np.ndarray, " count"],
    rng: np.random.Generator,
) -> Int[np.ndarray, "count parts"]:
    """Which pool snapshots each new snapshot is built of.

    The first part is drawn at random; the others are that same one where ``repeat``, else drawn
    from the nearest ones of equal conditions.
    """
    first = rng.integers(0, len(z), len(repeat))
    picks = np.repeat(first[:, None], parts, axis=1)
    if parts == 1 or repeat.all():
        return picks
    spread = z.std(axis=0)
    scaled = z / np.where(spread > 0, spread, 1.0)
    rows, group = np.unique(c, axis=0, return_inverse=True)
    group = group.reshape(-1)
    for which in range(len(rows)):
        members = np.flatnonzero(group == which)
        joined = np.flatnonzero((group[first] == which) & ~repeat)
        if len(joined) == 0:
            continue
        near = min(NEIGHBOURHOOD * parts, len(members))
        _, found = cKDTree(scaled[members]).query(scaled[first[joined]], k=near)
        drawn = rng.integers(0, near, (len(joined), parts - 1))
        neighbours = members[np.reshape(found, (len(joined), near))]
        picks[joined, 1:] = np.take_along_axis(neighbours, drawn, axis=1)
    return picks


def relaxed(
    system: MicroscopicSystem,
    states: States,
    c: Float[np.ndarray, "count conditions"],
    duration: float,
    rng: np.random.Generator,
) -> States:
    """Snapshots after the system's own relaxation for ``duration``, or as they are."""
    return system.relax(states, c, duration, rng) if duration > 0 else states


def random_snapshots(
    system: MicroscopicSystem,
    large: Size,
    start: BaseModel,
    c: Float[np.ndarray, "count conditions"],
    longest: float,
    rng: np.random.Generator,
) -> States:
    """Snapshots on the way from the system's own starts, which predictions will begin from.

    Their ages are spread evenly between 0 and ``longest``, in ``AGES`` steps.
    """
    started = system.initial(large, len(c), c, start, rng)
    if longest == 0.0:
        return started
    states = {name: np.array(array) for name, array in started.items()}
    steps = rng.permutation(len(c)) % AGES
    for step in range(1, AGES):
        older = np.flatnonzero(steps >= step)
        if len(older) == 0:
            break
        part = {name: array[older] for name, array in states.items()}
        grown = system.evolve(part, c[older], longest / (AGES - 1), rng).states
        for name, array in grown.items():
            states[name][older] = array
    return states


def followed(
    system: MicroscopicSystem,
    states: States,
    c: Float[np.ndarray, "count conditions"],
    along: int,
    every: float,
    rng: np.random.Generator,
) -> tuple[States, Float[np.ndarray, "snapshots conditions"]]:
    """``along`` snapshots of each trajectory that begins at ``states``, ``every`` apart.

    All trajectories' first ones come first, then all second ones …
    """
    found = [states]
    for _ in range(1, along):
        found.append(system.evolve(found[-1], c, every, rng).states)
    if along == 1:
        return states, c
    return join(*found), np.tile(c, (along, 1))


def join(*batches: States) -> dict[str, np.ndarray]:
    """One batch after another."""
    return {name: np.concatenate([one[name] for one in batches]) for name in batches[0]}
