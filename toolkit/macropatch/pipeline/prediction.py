"""predict: trajectories of a fitted SDE from the beginnings of the experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from macropatch.contract import ClosureEncoder, MicroscopicSystem, Size
from macropatch.errors import PredictionError
from macropatch.learning.normalisation import Normalisation
from macropatch.pipeline.columns import described
from macropatch.pipeline.model import FitStage
from macropatch.pipeline.sde_ensembles import TRAJECTORY_SECONDS, simulate_with_members
from macropatch.pipeline.source import SystemSource
from macropatch.pipeline.truth import Beginning
from macropatch.runs.arrays import Column
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.encode import macroscopic


@dataclass(frozen=True)
class PredictionStage(Stage):
    """``predicted`` with the ensemble's mean drift and covariance, ``members`` each on its own."""

    fit: FitStage
    beginnings: tuple[Beginning, ...]
    runs: int
    member_runs: int
    records: int
    record_every: float
    clamp: bool
    seed: int = 0

    kind = "predict"
    sources = ("pipeline/prediction.py", "pipeline/sde_ensembles.py", "stages/predict.py",
               "stages/encode.py", "learning/fitted.py", "learning/reconstruction.py")  # fmt: skip
    tasks = 1

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """The fit."""
        return (self.fit,)

    def settings(self) -> dict[str, Any]:
        """Beginnings, runs and records."""
        return {
            "starts": [[plain(b.table), list(b.conditions)] for b in self.beginnings],
            "runs": self.runs,
            "member_runs": self.member_runs,
            "records": self.records,
            "record_every": self.record_every,
            "clamp": self.clamp,
        }

    def columns(self) -> dict[str, Column]:
        """Trajectories of all of ``z``, and the share of steps outside the range of the data."""
        pairs = self.fit.pairs
        observables = pairs.snapshots.source.make().observables
        starts, d = len(self.beginnings), len(observables) + pairs.closures
        names = ("start", "run", "time", "z")
        shape = (starts, self.runs, self.records, d)
        z = described(observables, pairs.closures)
        columns = {
            "predicted": Column(shape, shape, "float64", names, z),
            "outside": Column((1,), (1,), "float64", ("share",)),
        }
        if self.fit.members:
            alone = (self.fit.members, starts, self.member_runs, self.records, d)
            columns["members"] = Column(alone, alone, "float64", ("member", *names), z)
        return columns

    def cost(self) -> float:
        """Steps times trajectories times members."""
        dt = getattr(self.fit.pairs, "dt", self.record_every)
        steps = self.records * self.record_every / dt
        trajectories = self.runs * self.fit.ensemble + self.fit.members * self.member_runs
        return len(self.beginnings) * steps * trajectories * TRAJECTORY_SECONDS

    def perform(self, task: int, place: Workplace) -> Output:
        """Predict from all beginnings at once."""
        pairs = self.fit.pairs
        source, size = pairs.snapshots.source, pairs.snapshots.size
        encoder = pairs.closure.encoder(place.root) if pairs.closure else None
        fitted = self.fit.fitted(place.root)
        z0 = starting_points(source, size, encoder, pairs.geometry.cell, self.beginnings,
                             max(self.runs, self.member_runs), place.rng)  # fmt: skip
        check_coverage(z0, fitted.normalisation, self.beginnings, source.make())
        times = self.record_every * np.arange(self.records)
        predicted, alone = simulate_with_members(
            fitted, z0, conditions_of(self.beginnings), times, self.runs, self.member_runs,
            self.fit.members, place.rng, self.clamp, place.progress,
        )  # fmt: skip
        rows = {"predicted": predicted.z, "outside": np.array([predicted.outside])}
        if alone is not None:
            rows["members"] = alone
        return Output(rows, facts={"outside": predicted.outside})


def starting_points(
    source: SystemSource,
    size: Size,
    encoder: ClosureEncoder | None,
    cell: Size | None,
    beginnings: Sequence[Beginning],
    runs: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """``(starts, runs, d)``: macroscopic states of microscopic starts of the large system."""
    system = source.make()
    return np.stack([
        macroscopic(
            system,
            system.initial(size, runs, begin.rows(runs), source.start(begin.table), rng),
            encoder,
            cell,
        )
        for begin in beginnings
    ])  # fmt: skip


def check_coverage(
    z0: np.ndarray,
    normal: Normalisation,
    beginnings: Sequence[Beginning],
    system: MicroscopicSystem,
) -> None:
    """Refuse beginnings whose mean lies outside the training data: the SDE would extrapolate.

    Raises
    ------
    PredictionError
        with both ranges.
    """
    names = list(system.independent)
    names += [f"closure {i + 1}" for i in range(z0.shape[2] - len(names))]
    slack = 1e-9 + 0.02 * (normal.high - normal.low)
    for begin, mean in zip(beginnings, z0.mean(axis=1), strict=True):
        for i in np.flatnonzero((mean < normal.low - slack) | (mean > normal.high + slack)):
            raise PredictionError(
                f"predictions that start from {begin.label} have {names[i]} = {mean[i]:.4g}, "
                f"but the training data span {normal.low[i]:.4g} to {normal.high[i]:.4g}. Raise "
                "[upsample] random_share or given_share, widen random_start, or shorten relax."
            )


def conditions_of(beginnings: Sequence[Beginning]) -> np.ndarray:
    """``(starts, conditions)``."""
    return np.concatenate([begin.rows(1) for begin in beginnings])
