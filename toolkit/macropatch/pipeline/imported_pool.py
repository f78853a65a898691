"""import: snapshots of one's own as the pool, in the place of simulate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from macropatch.contract import Size
from macropatch.errors import StorageError
from macropatch.pipeline.columns import STATE, observed_columns, state_columns
from macropatch.pipeline.pool import PoolStage
from macropatch.pipeline.pool_file import (
    MISSING,
    Layout,
    PoolFile,
    blocks_of,
    conditions_of,
    signature,
)
from macropatch.pipeline.source import SystemSource
from macropatch.runs.arrays import Column
from macropatch.runs.foreign import open_foreign, read_foreign
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace

ROW_SECONDS = 1e-5
"""Rough core seconds that it takes to copy a snapshot."""


@dataclass(frozen=True)
class ImportedPoolStage(Stage):
    """Copies a checked file into the run folder, sorted by block, as a simulated pool would be."""

    source: SystemSource
    size: Size
    file: PoolFile
    conditions: tuple[tuple[float, ...], ...]
    task_size: int
    seed: int = 0

    kind = "import"
    sources = ("pipeline/imported_pool.py", "pipeline/pool_file.py", "runs/foreign.py")
    inputs = ()

    def settings(self) -> dict[str, Any]:
        """The data by their digest: where the file lies is no matter."""
        return {
            "system": self.source.identity(),
            "size": plain(self.size),
            "data": self.file.digest,
            "conditions": plain(self.conditions),
            "task_size": self.task_size,
        }

    @property
    def rows_per_task(self) -> int:
        """As set."""
        return max(1, min(self.task_size, self.file.rows))

    @property
    def tasks(self) -> int:
        """Tasks."""
        return max(1, -(-self.file.rows // self.rows_per_task))

    @property
    def gone(self) -> bool:
        """Whether the file is no longer there, or not sound: what was made of it is kept."""
        return self.file.digest == MISSING

    @property
    def releases_gil(self) -> bool:
        """As the system's record says."""
        return self.source.record.releases_gil

    @property
    def layout(self) -> Layout:
        """What the file holds."""
        return Layout.of(self.source.make().state_spec(self.size), self.conditions)

    def block_rows(self, block: int) -> slice:
        """The snapshots of a block. Raises ``StorageError`` if the file is gone."""
        if self.gone:
            raise StorageError(
                f"{self.file.path}: gone or no longer sound, and snapshots must be made again of "
                "it; put it back, or give [small] from another path"
            )
        ends = (0, *self.file.ends)
        return slice(ends[block], ends[block + 1])

    def columns(self) -> dict[str, Column]:
        """As those of a simulated pool."""
        system = self.source.make()
        rows, part = self.file.rows, self.rows_per_task
        states = state_columns(system.state_spec(self.size), rows, part)
        return states | observed_columns(system, rows, part)

    def cost(self) -> float:
        """Copying."""
        return self.file.rows * ROW_SECONDS

    def perform(self, task: int, place: Workplace) -> Output:
        """Copy some snapshots and observe them.

        Raises
        ------
        StorageError
            if the file has changed since it was checked.
        """
        group, system = Path(self.file.path), self.source.make()
        try:
            if signature(group) != self.file.signature:
                raise StorageError(f"{group}: was changed while it was read; run again")
            blocks = blocks_of(group, self.file.rows)
            c = conditions_of(group, self.layout, self.file.rows)
            first = task * self.rows_per_task
            chosen = np.argsort(blocks, kind="stable")[first : first + self.rows_per_task]
            rows = _as_slice(chosen)
            states = {
                name: read_foreign(open_foreign(group, name), rows).astype(spec.dtype)
                for name, spec in self.layout.arrays
            }
        except ValueError as error:
            raise StorageError(f"{group}: {error}") from error
        arrays = {STATE + name: array for name, array in states.items()}
        return Output({**arrays, "z": system.observe(states), "c": c[chosen]})


Pool = PoolStage | ImportedPoolStage
"""Where tiled snapshots are made of: both have ``block_rows`` and the same arrays."""


def _as_slice(rows: np.ndarray) -> slice | np.ndarray:
    """Consecutive rows as a slice, which reads whole chunks."""
    consecutive = len(rows) == rows[-1] - rows[0] + 1 and (np.diff(rows) == 1).all()
    return slice(int(rows[0]), int(rows[-1]) + 1) if consecutive else rows
