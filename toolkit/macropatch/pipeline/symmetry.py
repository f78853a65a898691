"""The symmetry that ``[sde] symmetry`` asks for: parities of all macroscopic variables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from macropatch.contract import Size
from macropatch.experiment import Experiment
from macropatch.pipeline.closure import ClosureStage
from macropatch.pipeline.source import SystemSource
from macropatch.stages.conditions import combinations, cycle
from macropatch.stages.parity import observable_parities
from macropatch.stages.upsample import join

PROBES = 8
"""Snapshots that parities are found from, at least; each as it starts and later."""


@dataclass(frozen=True)
class Symmetry:
    """``reflect`` of a system, and the snapshots that tell its observables' parities.

    They evolve for ``dt``, for in a start such as ``m = 0`` an observable may be exactly zero.
    """

    source: SystemSource
    size: Size
    start: dict[str, Any]
    conditions: tuple[tuple[float, ...], ...]
    dt: float

    @classmethod
    def of(cls, experiment: Experiment, source: SystemSource) -> Symmetry | None:
        """That of an experiment's small system, or ``None`` if it asks for none."""
        if not experiment.sde.symmetry:
            return None
        names = [quantity.name for quantity in source.make().conditions]
        table = tuple(map(tuple, combinations(names, experiment.conditions).tolist()))
        start = experiment.upsample.random_start
        return cls(source, experiment.small_size, start, table, experiment.evolve.dt)

    def of_observables(self) -> np.ndarray:
        """``(d,)``, +1 or −1. Raises ``ValueError`` if the system has no symmetry as it is set."""
        system, rng = self.source.make(), np.random.default_rng(0)
        table = np.array(self.conditions)
        c = cycle(table, 0, max(PROBES, len(table)))
        states = system.initial(self.size, len(c), c, self.source.start(self.start), rng)
        later = system.evolve(states, c, self.dt, rng).states
        return observable_parities(system, join(states, later))

    def parities(self, closure: ClosureStage | None, root: Path) -> np.ndarray:
        """Those of the observables, then those that the closures of a run folder were given."""
        return np.concatenate([self.of_observables(), closure.parities(root) if closure else []])
