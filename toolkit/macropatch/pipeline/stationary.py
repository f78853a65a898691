"""stationary: long ensembles of a fitted SDE at each condition, begun in training snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from macropatch.errors import PredictionError
from macropatch.learning.fitted import FittedSDE
from macropatch.pipeline.columns import described
from macropatch.pipeline.model import FitStage
from macropatch.pipeline.prediction import TRAJECTORY_SECONDS
from macropatch.runs.arrays import Column
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.predict import simulate_sde


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
    sources = ("pipeline/stationary.py", "stages/predict.py", "learning/fitted.py",
               "learning/reconstruction.py")  # fmt: skip
    tasks = 1

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """The fit; its pairs are where trajectories begin."""
        return (self.fit, self.fit.pairs)

    @property
    def conditions(self) -> tuple[tuple[float, ...], ...]:
        """Those of the fit."""
        return self.fit.pairs.snapshots.conditions

    @property
    def members(self) -> int:
        """Members that go on their own: none of an ensemble of one."""
        return self.fit.ensemble if self.fit.ensemble > 1 else 0

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
        if self.members:
            alone = (self.members, shape[0], self.member_runs, self.records, d)
            columns["members"] = Column(alone, (1, 1, *alone[2:]), "float64", ("member", *names), z)
        return columns

    def cost(self) -> float:
        """Steps times trajectories times members."""
        dt = getattr(self.fit.pairs, "dt", self.record_every)
        steps = (self.burn_in + self.records * self.record_every) / dt
        runs = self.runs * self.fit.ensemble + self.members * self.member_runs
        return len(self.conditions) * steps * runs * TRAJECTORY_SECONDS

    def perform(self, task: int, place: Workplace) -> Output:
        """Simulate at all conditions at once."""
        fitted = self.fit.fitted(place.root)
        z0 = self._begin(place)
        share = self.members * self.member_runs / (self.runs * max(1, self.members))
        split = 1.0 / (1.0 + share)
        z, outside = self._simulate(fitted, z0, place, 0.0, split)
        rows = {"z": z, "outside": np.array([outside])}
        if self.members:
            own = np.repeat(z0[None, :, : self.member_runs], self.members, axis=0)
            rows["members"], _ = self._simulate(fitted, own, place, split, 1.0)
        return Output(rows, facts={"outside": outside})

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

    def _simulate(
        self, fitted: FittedSDE, z0: np.ndarray, place: Workplace, first: float, last: float
    ) -> tuple[np.ndarray, float]:
        """Records of trajectories from ``z0`` ``(…, conditions, runs, d)``, and what left."""
        runs, d = z0.shape[-2:]
        if z0.ndim == 3:
            z0 = z0[:, : self.runs]
            runs = self.runs
        table = np.array(self.conditions)
        c = np.repeat(table, runs, axis=0)
        alone = z0.ndim == 4

        def transition(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            if alone:
                drift, sigma = fitted.member_transition(z.reshape(len(z), -1, d), c)
            else:
                drift, sigma = fitted.transition(z.reshape(-1, d), c)
            return drift.reshape(z.shape), sigma.reshape(*z.shape, d)

        times = self.burn_in + self.record_every * np.arange(1, self.records + 1)
        steps = max(1.0, times[-1] / fitted.dt)
        normal = fitted.normalisation
        found = simulate_sde(
            transition, z0, fitted.dt, times, normal.low, normal.high, place.rng,
            common_axis=0 if alone else None, clamp=self.clamp,
            progress=lambda step: place.progress(first + (last - first) * step / steps),
        )  # fmt: skip
        rows = np.broadcast_to(table[:, None, None], (*found.z.shape[:-1], table.shape[1]))
        return fitted.complete(found.z, rows), found.outside
