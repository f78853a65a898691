"""predict: trajectories of a fitted SDE from the beginnings of the experiment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from macropatch.contract import ClosureEncoder, MicroscopicSystem, Size
from macropatch.errors import PredictionError
from macropatch.learning.fitted import FittedSDE
from macropatch.learning.normalisation import Normalisation
from macropatch.pipeline.columns import described
from macropatch.pipeline.model import FitStage
from macropatch.pipeline.source import SystemSource
from macropatch.pipeline.truth import Beginning
from macropatch.runs.arrays import Column
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.encode import macroscopic
from macropatch.stages.predict import Ensemble, simulate_sde

TRAJECTORY_SECONDS = 2e-6
"""Rough core seconds of one step of one trajectory of one member."""


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
    sources = ("pipeline/prediction.py", "stages/predict.py", "stages/encode.py",
               "learning/fitted.py", "learning/reconstruction.py")  # fmt: skip
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

    @property
    def members(self) -> int:
        """Members that are predicted on their own: none for an ensemble of one."""
        return self.fit.ensemble if self.fit.ensemble > 1 else 0

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
        if self.members:
            alone = (self.members, starts, self.member_runs, self.records, d)
            columns["members"] = Column(alone, alone, "float64", ("member", *names), z)
        return columns

    def cost(self) -> float:
        """Steps times trajectories times members."""
        dt = getattr(self.fit.pairs, "dt", self.record_every)
        steps = self.records * self.record_every / dt
        trajectories = self.runs * self.fit.ensemble + self.members * self.member_runs
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
        share = self.members * self.member_runs / (self.runs * max(1, self.members))

        def tell(first: float, last: float) -> Callable[[float], None]:
            return lambda done: place.progress(first + done * (last - first))

        split = 1.0 / (1.0 + share)
        predicted = predict(fitted, z0[:, : self.runs], self.beginnings, times, place.rng,
                            self.clamp, progress=tell(0.0, split))  # fmt: skip
        rows = {"predicted": predicted.z, "outside": np.array([predicted.outside])}
        if self.members:
            own = np.repeat(z0[None, :, : self.member_runs], self.members, axis=0)
            rows["members"] = predict(fitted, own, self.beginnings, times, place.rng, self.clamp,
                                      progress=tell(split, 1.0)).z  # fmt: skip
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


def predict(
    fitted: FittedSDE,
    z0: np.ndarray,
    beginnings: Sequence[Beginning],
    times: np.ndarray,
    rng: np.random.Generator,
    clamp: bool,
    progress: Callable[[float], None] | None = None,
) -> Ensemble:
    """Trajectories from ``z0`` ``(starts, runs, d)`` by the mean of the members.

    They hold all observables, also those that the SDE leaves out. With a leading axis, ``(members,
    starts, runs, d)``, each member goes on its own, with random numbers in common.
    """
    runs, d = z0.shape[-2:]
    c = np.concatenate([begin.rows(runs) for begin in beginnings])
    alone = z0.ndim == 4

    def transition(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if alone:
            flat = z.reshape(len(z), -1, d)
            drift, sigma = fitted.member_transition(flat, c)
        else:
            drift, sigma = fitted.transition(z.reshape(-1, d), c)
        return drift.reshape(z.shape), sigma.reshape(*z.shape, d)

    steps = max(1, int(np.ceil(times[-1] / fitted.dt)))
    normal = fitted.normalisation
    found = simulate_sde(
        transition, z0, fitted.dt, times, normal.low, normal.high, rng,
        common_axis=0 if alone else None, clamp=clamp,
        progress=(lambda step: progress(step / steps)) if progress else None,
    )  # fmt: skip
    rows = np.stack([begin.rows(1)[0] for begin in beginnings])[:, None, None]
    conditions = np.broadcast_to(rows, (*found.z.shape[:-1], rows.shape[-1]))
    return Ensemble(fitted.complete(found.z, conditions), found.outside)
