"""Snapshots that grow from the pool to the large system, level by level, each from one block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from macropatch.contract import Size, States
from macropatch.pipeline.columns import STATE
from macropatch.pipeline.imported_pool import Pool
from macropatch.pipeline.source import SystemSource
from macropatch.runs.arrays import read_rows, read_stored
from macropatch.runs.identity import plain
from macropatch.runs.stage import Workplace
from macropatch.stages.upsample import choose_parts, join, relaxed

Batch = tuple[States, np.ndarray]
"""Snapshots and their conditions ``(count, conditions)``."""


def joined(batches: Sequence[Batch]) -> Batch:
    """One batch after another; a single one as it is."""
    if len(batches) == 1:
        return batches[0]
    return join(*(states for states, _ in batches)), np.concatenate([c for _, c in batches])


def level_sizes(small: Size, large: Size, factor: int | None) -> tuple[Size, ...]:
    """Sizes on the way from the small system to the large one, which is the last.

    Edges grow by ``factor`` as long as it divides what is left of each that still grows, then by
    what is left at once. Without a factor there is one level.
    """
    sizes, size = [], tuple(small)
    while factor is not None:
        ratios = [whole // edge for whole, edge in zip(large, size, strict=True)]
        growing = [ratio for ratio in ratios if ratio > 1]
        if not growing or any(ratio % factor for ratio in growing) or max(growing) == factor:
            break
        size = tuple(
            edge * (factor if ratio > 1 else 1) for edge, ratio in zip(size, ratios, strict=True)
        )
        sizes.append(size)
    return (*sizes, tuple(large))


@dataclass(frozen=True)
class Growth:
    """How snapshots grow: ``sizes`` of the levels, and the share of snapshots that repeat one.

    ``conditions`` are those wanted, where the pool has more.
    """

    source: SystemSource
    pool: Pool
    sizes: tuple[Size, ...]
    repeat_share: float
    conditions: tuple[tuple[float, ...], ...] | None = None

    def settings(self) -> dict[str, Any]:
        """What a digest must know of it beside the pool."""
        return {
            "system": self.source.identity(),
            "sizes": plain(self.sizes),
            "repeat_share": self.repeat_share,
            "conditions": plain(self.conditions),
        }

    def from_pool(self, block: int, count: int, place: Workplace) -> Batch:
        """``count`` snapshots of the first level tiled from pool snapshots of a block, not relaxed.

        Only the picked pool snapshots are unpacked.
        """
        system, rows = self.source.make(), self.pool.block_rows(block)
        group = self.pool.store(place.root)
        z, c = read_rows(group, "z", rows), read_rows(group, "c", rows)
        wanted = np.arange(len(c))
        if self.conditions is not None:
            wanted = np.flatnonzero((c[:, None] == np.array(self.conditions)).all(2).any(1))
        picks = wanted[self._picks(z[wanted], c[wanted], self.pool.size, 0, count, place)]
        used, index = np.unique(picks, return_inverse=True)
        states = {
            name: read_stored(group, STATE + name, rows).take(used)
            for name in system.state_spec(self.pool.size)
        }
        tiled = system.tile(states, index.reshape(picks.shape), self.sizes[0], place.rng)
        return tiled, c[picks[:, 0]]

    def from_level(self, level: int, below: Batch, count: int, place: Workplace) -> Batch:
        """``count`` snapshots of a level tiled from relaxed ones of the level below."""
        system, (states, c) = self.source.make(), below
        size = self.sizes[level - 1]
        picks = self._picks(system.observe(states), c, size, level, count, place)
        return system.tile(states, picks, self.sizes[level], place.rng), c[picks[:, 0]]

    def grown(self, block: int, count: int, lengths: Sequence[float], place: Workplace) -> Batch:
        """``count`` snapshots of the large system, relaxed at each level for its length."""
        batch = self.from_pool(block, count, place)
        for level, length in enumerate(lengths):
            if level > 0:
                batch = self.from_level(level, batch, count, place)
            states, c = batch
            batch = relaxed(self.source.make(), states, c, length, place.rng), c
        return batch

    def _picks(
        self, z: np.ndarray, c: np.ndarray, size: Size, level: int, count: int, place: Workplace
    ) -> np.ndarray:
        system = self.source.make()
        parts = system.sites(self.sizes[level]) // system.sites(size)
        repeat = place.rng.random(count) < self.repeat_share
        return choose_parts(z, c, parts, repeat, place.rng)
