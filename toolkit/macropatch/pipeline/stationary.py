"""stationary: long ensembles of a fitted SDE at each condition, begun in training snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from macropatch.errors import PredictionError
from macropatch.pipeline.columns import described
from macropatch.pipeline.model import FitStage
from macropatch.pipeline.sde_ensembles import TRAJECTORY_SECONDS, simulate_with_members
from macropatch.runs.arrays import Column
from macropatch.runs.stage import Output, Stage, Workplace


@dataclass(frozen=True)
class StationaryStage(Stage):
    """``z`` by the mean of the members, ``members`` each on its own: all observables, closures."""

    fit: FitStage
    runs: int
    member_runs: int
    records: int
    record_every: float
    burn_in: float
    clamp: bool
    seed: int = 0

    kind = "stationary"
    sources = ("pipeline/stationary.py", "pipeline/sde_ensembles.py", "stages/predict.py",
               "learning/fitted.py", "learning/reconstruction.py")  # fmt: skip
    tasks = 1

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """The fit; its pairs are where trajectories begin."""
        return (self.fit, self.fit.pairs)

    @property
    def conditions(self) -> tuple[tuple[float, ...], ...]:
        """Those of the fit."""
        return self.fit.pairs.snapshots.conditions

    def settings(self) -> dict[str, Any]:
        """Runs and records."""
        return {
            "runs": self.runs,
            "member_runs": self.member_runs,
            "records": self.records,
            "record_every": self.record_every,
            "burn_in": self.burn_in,
            "clamp": self.clamp,
        }

    def columns(self) -> dict[str, Column]:
        """Records, and the share of steps outside the range of the data."""
        pairs = self.fit.pairs
        observables = pairs.snapshots.source.make().observables
        d = len(observables) + pairs.closures
        names = ("condition", "run", "record", "z")
        shape = (len(self.conditions), self.runs, self.records, d)
        z = described(observables, pairs.closures)
        columns = {
            "z": Column(shape, (1, *shape[1:]), "float64", names, z),
            "outside": Column((1,), (1,), "float64", ("share",)),
        }
        if self.fit.members:
            alone = (self.fit.members, shape[0], self.member_runs, self.records, d)
            columns["members"] = Column(alone, (1, 1, *alone[2:]), "float64", ("member", *names), z)
        return columns

    def cost(self) -> float:
        """Steps times trajectories times members."""
        dt = getattr(self.fit.pairs, "dt", self.record_every)
        steps = (self.burn_in + self.records * self.record_every) / dt
        runs = self.runs * self.fit.ensemble + self.fit.members * self.member_runs
        return len(self.conditions) * steps * runs * TRAJECTORY_SECONDS

    def perform(self, task: int, place: Workplace) -> Output:
        """Simulate at all conditions at once."""
        fitted = self.fit.fitted(place.root)
        z0 = self._begin(place)
        times = self.burn_in + self.record_every * np.arange(1, self.records + 1)
        mean, alone = simulate_with_members(
            fitted, z0, np.array(self.conditions), times, self.runs, self.member_runs,
            self.fit.members, place.rng, self.clamp, place.progress,
        )  # fmt: skip
        rows = {"z": mean.z, "outside": np.array([mean.outside])}
        if alone is not None:
            rows["members"] = alone
        return Output(rows, facts={"outside": mean.outside})

    def _begin(self, place: Workplace) -> np.ndarray:
        """``(conditions, runs, d)``: macroscopic states of training snapshots, drawn at random."""
        pairs = self.fit.pairs
        z0, c = pairs.read(place.root, "z0"), pairs.read(place.root, "c")
        runs = max(self.runs, self.member_runs)
        begun = np.empty((len(self.conditions), runs, z0.shape[1]))
        for index, row in enumerate(self.conditions):
            there = np.flatnonzero((c == np.array(row)).all(axis=1))
            if len(there) == 0:
                raise PredictionError(f"no training snapshot has the conditions {list(row)}")
            begun[index] = z0[place.rng.choice(there, runs)]
        return begun
