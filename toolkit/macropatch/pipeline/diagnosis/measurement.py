"""Simulate what a diagnosis needs, for the chosen snapshots of one task."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from macropatch.contract import ClosureEncoder, Geometry, MicroscopicSystem, States, Surroundings
from macropatch.pipeline.diagnosis.protocol import STEPS, Protocol
from macropatch.pipeline.pairs import PartialPairsStage
from macropatch.pipeline.pool import block_of
from macropatch.runs.stage import Workplace
from macropatch.stages.encode import encode_cells, independent, macroscopic
from macropatch.stages.evolve import draw_patches


@dataclass(frozen=True)
class Measured:
    """Arrays of ``N`` snapshots, ``p`` patches of each, ``o`` observables, ``d`` variables.

    Attributes
    ----------
    z0, c, block : ``(N, ·)``
    change : ``(N, factors, widths, p, o)``, ``K`` times the credited change of the observables
    drift : the same less its martingale, where the system knows it: equal mean, less noise
    own : ``(N, factors, p, d)``, the change of all of ``z`` in the run's own surroundings
    path : ``(N, steps + 1, d)``, whole systems at successive ``dt``
    """

    z0: np.ndarray
    c: np.ndarray
    block: np.ndarray
    change: np.ndarray
    drift: np.ndarray
    own: np.ndarray
    path: np.ndarray


def measure(protocol: Protocol, index: int, root: Path) -> Measured:
    """Simulate for the chosen rows of one task."""
    task, rows = protocol.chosen[index]
    pairs, rng = protocol.fit.pairs, protocol.rng(index)
    snapshots = pairs.snapshots
    states, c = snapshots.states_of(task, Workplace(root, rng, lambda share: None, root))
    chosen = np.array(rows)
    states, c = {name: array[chosen] for name, array in states.items()}, c[chosen]
    system = snapshots.source.make()
    encoder = pairs.closure.encoder(root) if pairs.closure else None
    path = follow(system, states, c, protocol.dt, encoder, pairs.geometry, rng)
    shape = (len(c), len(protocol.factors), len(protocol.widths), protocol.patches)
    o = len(system.independent)
    change, drift = np.zeros((*shape, o)), np.zeros((*shape, o))
    own = np.zeros((*shape[:2], protocol.patches, path.shape[2]))
    if protocol.partial is not None:
        drawn = draw_patches(len(c), protocol.patches, pairs.patch_total, rng)
        for i, factor in enumerate(protocol.factors):
            seed = int(rng.integers(2**63))
            for j, width in enumerate(protocol.widths):
                # The same seed for all widths: what they have in common cancels in differences.
                found = _evolve(protocol, protocol.partial, states, c, drawn, factor, width,
                                encoder, np.random.default_rng(seed))  # fmt: skip
                change[:, i, j], drift[:, i, j], closures = found
                if width == protocol.partial.surroundings.width:
                    own[:, i] = np.concatenate([change[:, i, j], closures], axis=-1)
    block = np.full(len(c), block_of(task, snapshots.tasks))
    return Measured(path[:, 0], c, block, change, drift, own, path)


def follow(
    system: MicroscopicSystem,
    states: States,
    c: np.ndarray,
    dt: float,
    encoder: ClosureEncoder | None,
    geometry: Geometry,
    rng: np.random.Generator,
) -> np.ndarray:
    """``(N, STEPS + 1, d)``: ``z`` of whole systems at successive ``dt``."""
    path = [macroscopic(system, states, encoder, geometry.cell)]
    for _ in range(STEPS):
        states = system.evolve(states, c, dt, rng).states
        path.append(macroscopic(system, states, encoder, geometry.cell))
    return np.stack(path, axis=1)


def _evolve(
    protocol: Protocol,
    pairs: PartialPairsStage,
    states: States,
    c: np.ndarray,
    drawn: np.ndarray,
    factor: int,
    width: int,
    encoder: ClosureEncoder | None,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Change and drift of the observables, and change of the closures, each ``(N, p, ·)``.

    Closures are looked at in the run's own surroundings only.
    """
    system, own = pairs.snapshots.source.make(), pairs.surroundings
    result = system.evolve_patches(
        states,
        drawn,
        Geometry(pairs.geometry.patch, pairs.geometry.cell if width == own.width else None),
        c,
        np.full(len(drawn), factor * protocol.dt),
        Surroundings(own.kind, width),
        rng,
        martingale="martingale" in pairs.snapshots.source.record.capabilities,
    )
    count, total = (len(c), protocol.patches), pairs.patch_total
    change = (total * independent(system, result.change)).reshape(*count, -1)
    drift = change
    if result.martingale is not None:
        martingale = independent(system, result.martingale)
        drift = change - (total * martingale).reshape(change.shape)
    if encoder is None or result.before is None or result.after is None:
        return change, drift, np.zeros((*count, 0))
    closures = encode_cells(encoder, result.after) - encode_cells(encoder, result.before)
    return change, drift, closures.reshape(*count, -1)


def joined(parts: list[Measured]) -> Measured:
    """One after another, in the order of the tasks."""
    return Measured(
        *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Measured))
    )
