"""Tiled snapshots of the large system, each from one block of the pool."""

from __future__ import annotations

import numpy as np

from macropatch.contract import Size, States
from macropatch.pipeline.columns import STATE
from macropatch.pipeline.imported_pool import Pool
from macropatch.pipeline.source import SystemSource
from macropatch.runs.arrays import read_rows, read_stored
from macropatch.runs.stage import Workplace
from macropatch.stages.upsample import choose_parts


def tiled_from_block(
    source: SystemSource,
    pool: Pool,
    size: Size,
    block: int,
    count: int,
    repeat_share: float,
    place: Workplace,
) -> tuple[States, np.ndarray]:
    """``count`` snapshots tiled from pool snapshots of a block, not relaxed, and their conditions.

    Only the picked pool snapshots are unpacked.
    """
    system, rows, group = source.make(), pool.block_rows(block), pool.store(place.root)
    z, c = read_rows(group, "z", rows), read_rows(group, "c", rows)
    parts = system.sites(size) // system.sites(pool.size)
    repeat = place.rng.random(count) < repeat_share
    picks = choose_parts(z, c, parts, repeat, place.rng)
    used, index = np.unique(picks, return_inverse=True)
    states = {
        name: read_stored(group, STATE + name, rows).take(used)
        for name in system.state_spec(pool.size)
    }
    return system.tile(states, index.reshape(picks.shape), size, place.rng), c[picks[:, 0]]
