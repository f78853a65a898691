"""The case that all checks look at: a record's example, made into states, pairs and conditions."""

from __future__ import annotations

import itertools
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from macropatch.contract import (
    Evolution,
    Geometry,
    MicroscopicSystem,
    PatchEvolution,
    Size,
    States,
    SystemRecord,
    count_of,
)

if TYPE_CHECKING:
    from macropatch.testing.replicates import Replicates

SNAPSHOTS = 24
"""Snapshots of the example that checks look at."""


@dataclass(frozen=True)
class Case:
    """A record's example.

    Attributes
    ----------
    record : what is checked
    seed : seed of the suite
    thorough : four times the statistical precision
    """

    record: SystemRecord
    seed: int = 0
    thorough: bool = False

    @cached_property
    def system(self) -> MicroscopicSystem:
        """The system at the example's settings."""
        return self.record.factory(self.record.settings(**self.record.example.settings))

    @property
    def size(self) -> Size:
        """Edges of the example's system."""
        return self.record.example.size

    @property
    def geometry(self) -> Geometry:
        """The example's patch and cell."""
        return self.record.example.geometry

    @property
    def dt(self) -> float:
        """Duration of partial evolution."""
        return self.record.example.dt

    @cached_property
    def patches(self) -> int:
        """``K``."""
        return self.system.patch_count(self.size, self.geometry.patch)

    @property
    def dimension(self) -> int:
        """Number of observables."""
        return len(self.system.observables)

    def rng(self, purpose: str) -> np.random.Generator:
        """A generator of its own for each purpose."""
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode())])

    def conditions(self, count: int) -> np.ndarray:
        """``(count, conditions)``: the example's combinations in turn."""
        given = self.record.example.conditions
        names = [quantity.name for quantity in self.system.conditions]
        missing = sorted(set(names) ^ set(given))
        if missing:
            raise ValueError(
                f"the example's conditions are {sorted(given)}, the system's {sorted(names)}: "
                "give SystemExample(conditions={name: (values, …)}) for each"
            )
        table = np.array(list(itertools.product(*(given[name] for name in names))), dtype=float)
        return table.reshape(len(table), len(names))[np.arange(count) % len(table)]

    def start_from(self, size: Size, count: int, purpose: str) -> States:
        """Snapshots as the example starts them."""
        start = self.record.start(**self.record.example.start)
        c = self.conditions(count)
        return self.system.initial(size, count, c, start, self.rng(f"start {purpose}"))

    @cached_property
    def states(self) -> States:
        """Snapshots of the example's size: half as started, half evolved for ten ``dt``."""
        return self._prepare(self.size, "whole")

    @cached_property
    def pool(self) -> States:
        """Snapshots of a patch's size."""
        return self._prepare(self.geometry.patch, "pool")

    @cached_property
    def c(self) -> np.ndarray:
        """Conditions of :attr:`states` and :attr:`pool`."""
        return self.conditions(SNAPSHOTS)

    @cached_property
    def pairs(self) -> np.ndarray:
        """All patches of all snapshots, in order."""
        grid = np.indices((SNAPSHOTS, self.patches))
        return np.ascontiguousarray(grid.reshape(2, -1).T.astype(np.int64))

    def evolve_patches(
        self,
        states: States,
        pairs: np.ndarray,
        dt: float | np.ndarray,
        rng: np.random.Generator,
        martingale: bool = False,
        cells: bool = False,
    ) -> PatchEvolution:
        """Partial evolution as in the example; cells only if asked for."""
        geometry = self.geometry if cells else Geometry(self.geometry.patch)
        durations = np.array(np.broadcast_to(dt, len(pairs)), dtype=np.float64)
        return self.system.evolve_patches(
            states, pairs, geometry, self.conditions(count_of(states)), durations,
            self.record.example.surroundings, rng, martingale,
        )  # fmt: skip

    def replicates(self, dt: float) -> Replicates:
        """Replicates over ``dt``, computed once."""
        from macropatch.testing.replicates import replicate

        if dt not in self._replicates:
            self._replicates[dt] = replicate(self, dt)
        return self._replicates[dt]

    @cached_property
    def _replicates(self) -> dict[float, Replicates]:
        return {}

    def _prepare(self, size: Size, purpose: str) -> States:
        first = self.start_from(size, SNAPSHOTS, purpose)
        rng = self.rng(f"prepare {purpose}")
        later = self.system.evolve(first, self.c, 10 * self.dt, rng).states
        return {
            name: np.concatenate([later[name][: SNAPSHOTS // 2], array[SNAPSHOTS // 2 :]])
            for name, array in first.items()
        }


def take(states: States, index: np.ndarray) -> dict[str, np.ndarray]:
    """The snapshots of the given numbers."""
    return {name: np.ascontiguousarray(array[index]) for name, array in states.items()}


def in_order(cells: np.ndarray) -> np.ndarray:
    """``(count, cells, entries)``: each snapshot's, in an order that depends on nothing else."""
    flat = cells.reshape(*cells.shape[:2], -1)
    return np.stack([rows[np.lexsort(rows.T)] for rows in flat])


def arrays_of(result: Any) -> list[np.ndarray]:
    """All arrays of what a member returned."""
    if isinstance(result, Evolution):
        return arrays_of((result.states, result.credit))
    if isinstance(result, PatchEvolution):
        parts = (result.change, result.elapsed, result.before, result.after, result.martingale)
        return arrays_of(parts)
    if isinstance(result, dict) or hasattr(result, "keys"):
        return [np.asarray(result[name]) for name in sorted(result)]
    if isinstance(result, tuple):
        return [array for part in result if part is not None for array in arrays_of(part)]
    return [] if result is None else [np.asarray(result)]


def equal(left: list[np.ndarray], right: list[np.ndarray]) -> bool:
    """Whether two lists of arrays are the same, bit by bit."""
    return len(left) == len(right) and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(left, right, strict=True)
    )
