"""evolve: pairs of macroscopic states, task by task beside the snapshots' tasks."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from macropatch.contract import Geometry, Surroundings
from macropatch.pipeline.closure import ClosureStage
from macropatch.pipeline.columns import condition_column, described, independent_observables
from macropatch.pipeline.pool import SITE_SECONDS
from macropatch.pipeline.snapshots import SnapshotsStage
from macropatch.runs.arrays import Column, read_rows
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.encode import encode_cells, macroscopic
from macropatch.stages.evolve import Encode, evolve_alone, evolve_partially


@dataclass(frozen=True)
class PairsStage(Stage):
    """What both kinds of pairs share: snapshots, closure, geometry."""

    snapshots: SnapshotsStage
    closure: ClosureStage | None
    geometry: Geometry

    kind = "evolve"
    sources = ("pipeline/pairs.py", "stages/encode.py", "stages/evolve.py", "lattice")

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """Snapshots, and the encoder where there is one."""
        return (self.snapshots, *([self.closure] if self.closure else []))

    @property
    def tasks(self) -> int:
        """As many as the snapshots have."""
        return self.snapshots.tasks

    @property
    def releases_gil(self) -> bool:
        """As the system's record says."""
        return self.snapshots.releases_gil

    @property
    def closures(self) -> int:
        """Number of closure variables."""
        return self.closure.source.make().dimension if self.closure else 0

    @property
    def dimension(self) -> int:
        """Number of macroscopic variables."""
        return len(self.snapshots.source.make().independent) + self.closures

    @property
    def patch_total(self) -> int:
        """``K``."""
        system = self.snapshots.source.make()
        return system.patch_count(self.snapshots.size, self.geometry.patch)

    @property
    def shared_columns(self) -> dict[str, Column]:
        """``z0``, conditions and block of each snapshot."""
        rows, part = self.snapshots.count, self.snapshots.rows_per_task
        system, d = self.snapshots.source.make(), self.dimension
        z = described(independent_observables(system), self.closures)
        return {
            "z0": Column((rows, d), (part, d), "float64", ("snapshot", "z"), z),
            "c": condition_column(system, rows, part),
            "block": Column((rows,), (part,), "int8", ("snapshot",)),
        }

    def perform(self, task: int, place: Workplace) -> Output:
        """Pairs of one task's snapshots."""
        system = self.snapshots.source.make()
        states, c = self.snapshots.states_of(task, place)
        encoder = self.closure.encoder(place.root) if self.closure else None
        encode: Encode | None = partial(encode_cells, encoder) if encoder else None
        cell = self.geometry.cell
        rows = self.snapshots.rows_of(task)
        return Output({
            "z0": macroscopic(system, states, encoder, cell),
            "c": c,
            "block": read_rows(self.snapshots.store(place.root), "block", rows),
            **self.evolved(states, c, encode, place.rng),
        })  # fmt: skip

    @abstractmethod
    def evolved(
        self, states: Any, c: np.ndarray, encode: Encode | None, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """The arrays that tell the kinds of pairs apart."""

    def read(self, root: Path, name: str) -> np.ndarray:
        """One array of all pairs."""
        return read_rows(self.store(root), name)


@dataclass(frozen=True)
class PartialPairsStage(PairsStage):
    """Patches in their surroundings: ``change`` ``(N, p, d)`` is ``K Δ``.

    With ``martingale`` that of the observables is stored too, ``(N, p, observables)``.
    """

    patches: int
    dt: float
    surroundings: Surroundings
    seed: int = 0
    martingale: bool = False

    def settings(self) -> dict[str, Any]:
        """Geometry, patches, duration and surroundings."""
        return {
            **({"martingale": True} if self.martingale else {}),
            "scheme": "partial",
            "geometry": plain(vars(self.geometry)),
            "patches": self.patches,
            "dt": self.dt,
            "surroundings": plain(vars(self.surroundings)),
        }

    def columns(self) -> dict[str, Column]:
        """Change and elapsed time of each patch."""
        rows, part, p, d = (
            self.snapshots.count, self.snapshots.rows_per_task, self.patches, self.dimension,
        )  # fmt: skip
        names, o = ("snapshot", "patch", "observable"), d - self.closures
        asked = {"martingale": Column((rows, p, o), (part, p, o), "float64", names)}
        return {
            **self.shared_columns,
            **(asked if self.martingale else {}),
            "change": Column((rows, p, d), (part, p, d), "float64", ("snapshot", "patch", "z")),
            "elapsed": Column((rows, p), (part, p), "float64", ("snapshot", "patch")),
        }

    def cost(self) -> float:
        """Patches and halo, times time."""
        sites = self.snapshots.source.make().sites(self.geometry.patch)
        return self.snapshots.count * self.patches * sites * (self.dt + 0.5) * SITE_SECONDS

    def evolved(
        self, states: Any, c: np.ndarray, encode: Encode | None, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Partial evolution."""
        found = evolve_partially(
            self.snapshots.source.make(), states, c, self.geometry, self.patch_total, self.patches,
            self.dt, self.surroundings, rng, encode, self.martingale,
        )  # fmt: skip
        asked = {} if found.martingale is None else {"martingale": found.martingale}
        return {"change": found.change, "elapsed": found.elapsed, **asked}


@dataclass(frozen=True)
class AlonePairsStage(PairsStage):
    """Patches cut out, evolved for ``n_s`` events: what ``published`` and ``naive`` share."""

    seed: int = 0

    def settings(self) -> dict[str, Any]:
        """Geometry."""
        return {"scheme": "alone", "geometry": plain(vars(self.geometry))}

    def columns(self) -> dict[str, Column]:
        """The patch's own ``z`` before and after, and the elapsed time."""
        rows, part, d = self.snapshots.count, self.snapshots.rows_per_task, self.dimension
        return {
            **self.shared_columns,
            "before": Column((rows, d), (part, d), "float64", ("snapshot", "z")),
            "after": Column((rows, d), (part, d), "float64", ("snapshot", "z")),
            "elapsed": Column((rows,), (part,), "float64", ("snapshot",)),
        }

    @property
    def events(self) -> int:
        """One event a site of the patch."""
        return self.snapshots.source.make().sites(self.geometry.patch)

    def cost(self) -> float:
        """A few attempts an event."""
        return self.snapshots.count * self.events * 4.0 * SITE_SECONDS

    def evolved(
        self, states: Any, c: np.ndarray, encode: Encode | None, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Evolution of the patch alone."""
        system = self.snapshots.source.make()
        found = evolve_alone(
            system, states, c, self.geometry, self.patch_total, self.events, rng, encode
        )
        return {"before": found.before, "after": found.after, "elapsed": found.elapsed}
