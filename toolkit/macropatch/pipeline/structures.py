"""Snapshots as structures, for pictures of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from macropatch.contract import MicroscopicSystem, Size
from macropatch.pipeline.columns import STATE
from macropatch.pipeline.snapshots import SnapshotsStage
from macropatch.runs.arrays import read_rows

if TYPE_CHECKING:
    from ase import Atoms

MOST_ATOMS = 20_000
"""Of a larger snapshot the lowest whole layers are kept."""

SAME_HEIGHT = 1e-3
"""Atoms of a layer differ by less along the third axis, Å."""


def structures_of(stage: SnapshotsStage, root: Path) -> dict[str, Atoms]:
    """A snapshot at the lowest, the middle and the highest of the conditions, by label.

    Of the large system, as tiled and relaxed; where those are not stored, of the small one. Empty
    for a system that makes no structures.
    """
    if "to_atoms" not in stage.source.record.capabilities:
        return {}
    system = stage.source.make()
    if stage.stored:
        group, size, kind = stage.store(root), stage.size, ""
        tiled = (stage.tiled_of(task) for task in range(stage.tasks))
        rows = np.concatenate([np.arange(one.start, one.stop) for one in tiled])
    else:
        pool = stage.growth.pool
        group, size, kind = pool.store(root), pool.size, "small system"
        rows = np.arange(len(read_rows(group, "c")))[::-1]  # a run's last record comes first
    c = read_rows(group, "c")
    found: dict[str, Atoms] = {}
    for wanted in _spread(np.array(stage.conditions)):
        there = rows[(c[rows] == wanted).all(axis=1)]
        if len(there):
            label = ", ".join(filter(None, (kind, _told(system, wanted)))) or "snapshot"
            found[label] = _read(system, size, group, int(there[0]))
    return found


def _spread(
    conditions: Float[np.ndarray, "rows conditions"],
) -> Float[np.ndarray, "few conditions"]:
    ordered = np.unique(conditions, axis=0)
    return np.asarray(ordered[sorted({0, len(ordered) // 2, len(ordered) - 1})])


def _told(system: MicroscopicSystem, row: Float[np.ndarray, " conditions"]) -> str:
    told = zip(system.conditions, row, strict=True)
    return ", ".join(f"{q.name} {value:g} {q.unit}".strip() for q, value in told)


def _read(system: MicroscopicSystem, size: Size, group: Path, row: int) -> Atoms:
    only = slice(row, row + 1)
    states = {name: read_rows(group, STATE + name, only) for name in system.state_spec(size)}
    return lowest_layers(system.to_atoms(states, 0), MOST_ATOMS)


def lowest_layers(atoms: Atoms, most: int) -> Atoms:
    """The whole structure if it has at most so many atoms, else the lowest layers that fit.

    Layers lie across the third axis. Of one that is too large by itself the first atoms are kept.
    """
    if len(atoms) <= most:
        return atoms
    heights = atoms.positions[:, 2]
    below = np.flatnonzero(heights < np.sort(heights)[most] - SAME_HEIGHT)
    kept = below if len(below) else np.arange(most)
    slab = atoms[kept]
    slab.pbc = (*atoms.pbc[:2], False)
    return slab
