"""evolve: partial evolution of large snapshots, and the two baselines that evolve a patch alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from macropatch.contract import Geometry, MicroscopicSystem, States, Surroundings, count_of
from macropatch.stages.encode import independent

Encode = Callable[[np.ndarray], np.ndarray]
"""``(count, cells, channels, *shape)`` → ``(count, closures)``, the mean over cells."""


@dataclass(frozen=True)
class PartialPairs:
    """``(N, p, d)`` increments ``z1 − z0`` of ``p`` patches a snapshot, and the time ``(N, p)``.

    If it was asked for also ``K`` times the patches' martingale of the observables,
    ``(N, p, observables)``, which has mean zero given the snapshot.
    """

    change: Float[np.ndarray, "count patches d"]
    elapsed: Float[np.ndarray, "count patches"]
    martingale: Float[np.ndarray, "count patches observables"] | None = None


def draw_patches(
    count: int, patches: int, available: int, rng: np.random.Generator
) -> Int[np.ndarray, "pairs 2"]:
    """Pairs (snapshot, patch): ``patches`` different ones of each snapshot, drawn at random."""
    if patches > available:
        raise ValueError(f"{patches} patches a snapshot, but there are only {available}")
    if patches == available:
        chosen = np.broadcast_to(np.arange(available), (count, available))
    elif patches == 1:
        chosen = rng.integers(0, available, (count, 1))
    else:
        keys = rng.random((count, available))
        chosen = np.argpartition(keys, patches - 1, axis=1)[:, :patches]
    snapshot = np.repeat(np.arange(count), patches)
    return np.stack([snapshot, chosen.reshape(-1)], axis=1)


def evolve_partially(
    system: MicroscopicSystem,
    states: States,
    c: Float[np.ndarray, "count conditions"],
    geometry: Geometry,
    patch_total: int,
    patches: int,
    dt: float,
    surroundings: Surroundings,
    rng: np.random.Generator,
    encode: Encode | None = None,
    martingale: bool = False,
) -> PartialPairs:
    """Evolve ``patches`` of each snapshot's ``K = patch_total`` and credit them: ``z1 − z0 = K Δ``.

    The change of closures is that of the encoder's mean over the patch's cells.
    """
    count = count_of(states)
    pairs = draw_patches(count, patches, patch_total, rng)
    result = system.evolve_patches(
        states, pairs, geometry, c, np.full(len(pairs), dt), surroundings, rng, martingale
    )
    change, compensated = patch_total * independent(system, result.change), None
    if martingale:
        if result.martingale is None:
            raise ValueError(f"{type(system).__name__} gave no martingale of its patches")
        own = independent(system, result.martingale)
        compensated = (patch_total * own).reshape(count, patches, -1)
    if encode is not None:
        if result.before is None or result.after is None:
            raise ValueError(f"{type(system).__name__} gave no cells of its patches")
        change = np.concatenate([change, encode(result.after) - encode(result.before)], axis=1)
    elapsed = result.elapsed.reshape(count, patches)
    return PartialPairs(change.reshape(count, patches, -1), elapsed, compensated)


@dataclass(frozen=True)
class AlonePairs:
    """Observables (and closures) of a patch alone before and after, ``(N, d)``, and the time."""

    before: Float[np.ndarray, "count d"]
    after: Float[np.ndarray, "count d"]
    elapsed: Float[np.ndarray, " count"]


def evolve_alone(
    system: MicroscopicSystem,
    states: States,
    c: Float[np.ndarray, "count conditions"],
    geometry: Geometry,
    patch_total: int,
    events: int,
    rng: np.random.Generator,
    encode: Encode | None = None,
) -> AlonePairs:
    """Evolve one patch of each snapshot alone, for a number of its own events.

    This is what the paper's published scheme and its naive baseline share.
    """
    pairs = draw_patches(count_of(states), 1, patch_total, rng)
    cut = system.cut(states, pairs, geometry)
    after, elapsed = system.evolve_alone(states, pairs, geometry, c, events, rng)

    def z(patch: States) -> np.ndarray:
        observed = independent(system, system.observe(patch))
        if encode is None or geometry.cell is None:
            return observed
        return np.concatenate([observed, encode(system.cells(patch, geometry.cell))], axis=1)

    return AlonePairs(z(cut), z(after), elapsed)


def averaged(
    change: Float[np.ndarray, "count patches d"],
    elapsed: Float[np.ndarray, "count patches"],
    average: bool,
) -> tuple[Float[np.ndarray, "pairs d"], Float[np.ndarray, " pairs"]]:
    """Increments and times of pairs: one a snapshot, averaged over its patches, or one a patch."""
    if average:
        return change.mean(axis=1), elapsed.mean(axis=1)
    return change.reshape(-1, change.shape[2]), elapsed.reshape(-1)
