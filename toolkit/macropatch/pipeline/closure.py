"""encode: the closure encoder, trained on cells of a sample of snapshots."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from macropatch.contract import CellSample, ClosureEncoder, Size, States
from macropatch.errors import StorageError, TrainingError
from macropatch.pipeline.pool import BLOCKS
from macropatch.pipeline.snapshots import SnapshotsStage
from macropatch.pipeline.source import ClosureSource
from macropatch.pipeline.weights import REMEDY, model_files, read_model
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.parity import PARITIES, ParityEncoder

LARGEST_CELL = 16
"""Edge of a cell by default, where no patch of the sweep is smaller."""

SAMPLED_TASKS = 2 * BLOCKS
"""Cells come from the snapshots of so many tasks, evenly spaced, so from all blocks."""


@dataclass(frozen=True)
class ClosureStage(Stage):
    """A trained encoder."""

    source: ClosureSource
    snapshots: SnapshotsStage
    count: int
    device: str
    symmetry: bool = False
    seed: int = 0

    kind = "encode"
    sources = ("pipeline/closure.py", "stages/encode.py", "stages/parity.py", "learning")
    tasks = 1

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """Snapshots."""
        return (self.snapshots,)

    def settings(self) -> dict[str, Any]:
        """Encoder, cell, number of cells, and whether they have parities."""
        return {"closure": self.source.identity(), "cells": self.count, "device": self.device,
                "symmetry": self.symmetry}  # fmt: skip

    def perform(self, task: int, place: Workplace) -> Output:
        """Gather cells, then train."""
        encoder = self._make()
        cells, two_level = self._cells(place)
        seed = int(place.rng.integers(2**63))
        figures = encoder.fit(CellSample(cells, two_level, seed, self.device))
        sample = encoder.encode(cells[: min(len(cells), 256)])
        if (
            sample.shape != (min(len(cells), 256), encoder.dimension)
            or not np.isfinite(sample).all()
        ):
            raise TrainingError(
                f"closure encoder {self.source.record.name!r} gave values of shape {sample.shape} "
                f"for {min(len(cells), 256)} cells and {encoder.dimension} closures, or some that "
                "are not finite; report this to its authors"
            )
        about = {"closure": self.source.record.name, "dimension": encoder.dimension,
                 "settings": plain(self.source.settings), "cell": plain(self.source.cell),
                 "figures_of_merit": plain(figures)}  # fmt: skip
        return Output(files=model_files(self.name, encoder.parameters(), about))

    def _cells(self, place: Workplace) -> tuple[np.ndarray, bool]:
        system, snapshots = self.snapshots.source.make(), self.snapshots
        cell = self.source.cell or ()
        spread = np.linspace(0, snapshots.tasks - 1, min(SAMPLED_TASKS, snapshots.tasks))
        tasks = np.unique(spread.round().astype(int)).tolist()
        gathered = []
        for which in tasks:
            states, _ = snapshots.states_of(which, place)
            here = len(next(iter(states.values())))
            probe = system.cells(_rows(states, np.arange(1)), cell).shape[1]
            wanted = max(1, -(-self.count // (len(tasks) * probe)))
            chosen = place.rng.choice(here, min(wanted, here), replace=False)
            cells = system.cells(_rows(states, np.sort(chosen)), cell)
            gathered.append(cells.reshape(-1, *cells.shape[2:]))
        every = np.concatenate(gathered)
        chosen = place.rng.permutation(len(every))[: self.count]
        two_level = all(
            spec.levels is not None and len(spec.levels) == 2
            for spec in system.state_spec(snapshots.size).values()
        )
        return every[chosen], two_level

    def _make(self) -> ClosureEncoder:
        """An encoder without weights."""
        encoder = self.source.make()
        if not self.symmetry:
            return encoder
        return ParityEncoder(encoder, self.snapshots.source.make().reflect_cells)

    def encoder(self, root: Path) -> ClosureEncoder:
        """The trained encoder of a folder. Raises ``StorageError`` if its weights do not fit."""
        weights, _ = read_model(root, self.name)
        encoder = self._make()
        try:
            encoder.restore(weights)
        except ValueError as error:
            where = f"{root / 'models' / self.name}.safetensors"
            raise StorageError(f"{where}: {error}. {REMEDY}") from error
        return encoder

    def parities(self, root: Path) -> np.ndarray:
        """``(closures,)``, ±1: of the trained encoder, which must have been asked for them."""
        return read_model(root, self.name)[0][PARITIES]


def default_cell(patch: Size, patches: Collection[Size]) -> Size:
    """The cells that an encoder reads if no other size is set: the same for all of ``patches``.

    Edges are those of the smallest patch of the sweep, and no more than ``LARGEST_CELL``.
    """
    alike = [other for other in patches if len(other) == len(patch)]
    return tuple(min(*edges, LARGEST_CELL) for edges in zip(*alike, strict=True))


def _rows(states: States, index: np.ndarray) -> dict[str, np.ndarray]:
    return {name: array[index] for name, array in states.items()}
