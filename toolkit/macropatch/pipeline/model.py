"""fit: the SDE of one member of a sweep under one scheme."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from macropatch.contract import FitContext, Member, SDEModel, TrainingPairs
from macropatch.contract.records import SDERecord
from macropatch.errors import StorageError, TrainingError
from macropatch.learning.fitted import FittedSDE
from macropatch.learning.held_out import held_out_of_observables
from macropatch.learning.normalisation import Normalisation
from macropatch.learning.reconstruction import Reconstruction
from macropatch.learning.symmetric import SymmetricSDE
from macropatch.pipeline.calibration import CalibrationStage
from macropatch.pipeline.pairs import AlonePairsStage, PairsStage, PartialPairsStage
from macropatch.pipeline.pool import BLOCKS
from macropatch.pipeline.symmetry import Symmetry
from macropatch.pipeline.weights import REMEDY, model_files, read_model
from macropatch.runs.arrays import read_rows
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace
from macropatch.stages.control_variate import ControlVariate, regress_out
from macropatch.stages.encode import independent_columns
from macropatch.stages.evolve import averaged

STEP_SECONDS = 2e-3
"""Rough core seconds of a training step of one member."""


@dataclass(frozen=True)
class FitStage(Stage):
    """Fits the ensemble; a checkpoint continues after an interruption."""

    scheme: str
    pairs: PairsStage
    calibration: CalibrationStage | None
    record: SDERecord
    model_settings: BaseModel
    fingerprint: tuple[tuple[str, str], ...]
    training: BaseModel
    lambda_: float | None
    average: bool
    ensemble: int
    device: str
    symmetry: Symmetry | None = None
    seed: int = 0
    control_variate: bool = False

    kind = "fit"
    sources = ("pipeline/model.py", "pipeline/symmetry.py", "learning", "stages/calibrate.py",
               "stages/control_variate.py", "stages/evolve.py", "stages/parity.py")  # fmt: skip
    tasks = 1

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """Pairs, and the calibration where ``λ`` is measured."""
        return (self.pairs, *([self.calibration] if self.calibration else []))

    def settings(self) -> dict[str, Any]:
        """Scheme, model, training."""
        return {
            "scheme": self.scheme,
            "model": {"plugin": dict(self.fingerprint), "settings": plain(self.model_settings)},
            "training": plain(self.training),
            "lambda": self.lambda_,
            "average": self.average,
            "ensemble": self.ensemble,
            "device": self.device,
            "symmetry": self.symmetry is not None,
            **({"control_variate": True} if self.control_variate else {}),
        }

    def cost(self) -> float:
        """Steps, if it takes all its epochs."""
        training: Any = self.training
        patches = self.pairs.patches if isinstance(self.pairs, PartialPairsStage) else 1
        pairs = self.pairs.snapshots.count * (1 if self.average else patches) * self.images
        steps = training.epochs * pairs * (1 - 1 / BLOCKS) / training.batch
        return float(steps * STEP_SECONDS * (0.5 + 0.5 * self.ensemble))

    def perform(self, task: int, place: Workplace) -> Output:
        """Gather pairs, fit, describe."""
        increments = self.increments(place.root)
        closure, symmetry = self.pairs.closure, self.symmetry
        parities = symmetry.parities(closure, place.root) if symmetry else None
        normal = Normalisation.of(increments[0], increments[1], parities)
        pairs = self.normalised(increments, normal, place.root)
        regressed = self._regressed(increments, place.root)
        if regressed is not None:
            pairs = replace(pairs, drift_change=regressed.targets / normal.scale)
        model = self.make(pairs.z0.shape[1], pairs.c.shape[1], parities)
        members = tuple(
            Member(held_out, int(place.rng.integers(2**63))) for held_out in range(self.ensemble)
        )
        checkpoint = place.scratch / "checkpoint.safetensors"
        context = FitContext(
            checkpoint, lambda done, most: place.progress(done / most), self.device
        )
        try:
            report = model.fit(pairs, members, context)
        except np.linalg.LinAlgError as error:
            raise TrainingError(
                f"the covariance of the pairs' changes cannot be fitted ({error}): {len(pairs.z0)} "
                f"pairs for {pairs.z0.shape[1]} variables. Make more [upsample] snapshots, ask for "
                "fewer closures, or set a simpler [sde] diffusion"
            ) from error
        checkpoint.unlink(missing_ok=True)
        observables = len(self.pairs.snapshots.source.make().independent)
        held_out = held_out_of_observables(
            model, pairs, np.array([one.held_out for one in members]), normal.scale, observables
        )
        about = {
            "scheme": self.scheme,
            "sde": self.record.name,
            "settings": plain(self.model_settings),
            "dimension": pairs.z0.shape[1],
            "parities": None if parities is None else parities.tolist(),
            "conditions": pairs.c.shape[1],
            "members": self.ensemble,
            "dt": float(pairs.dt.mean()),
            "normalisation": normal.to_json(),
            "held_out_log_likelihood": _finite(report.held_out_log_likelihood),
            "held_out_observables": _finite(held_out.mean),
            "held_out_observables_error": _finite(held_out.error),
            "epochs": len(report.history),
            **({} if regressed is None else {"control_variate": regressed.to_json()}),
            **self._reconstruction(place.root),
        }
        facts = {"steps": report.steps, "seconds_per_step": report.seconds_per_step}
        return Output(files=model_files(self.name, model.parameters(), about), facts=facts)

    def normalised(
        self, increments: tuple[np.ndarray, ...], normal: Normalisation, root: Path
    ) -> TrainingPairs:
        """Increments, as :meth:`increments` gives them, as the model takes them."""
        z0, c, change, dt, block = increments
        return TrainingPairs(
            normal.inward(z0), change / normal.scale, dt, normal.inward_c(c), block,
            self._factor(root, c, z0.shape[1]),
        )  # fmt: skip

    def _regressed(self, increments: tuple[np.ndarray, ...], root: Path) -> ControlVariate | None:
        """Targets of the drift in physical units, if there are such."""
        if not self.control_variate:
            return None
        z0, c, change, _, block = increments
        martingale, elapsed = (self.pairs.read(root, name) for name in ("martingale", "elapsed"))
        own, _ = averaged(martingale, elapsed, self.average)
        return regress_out(z0, c, change, own, block)

    def _reconstruction(self, root: Path) -> dict[str, Any]:
        """How the observables that the SDE leaves out are made from the others."""
        system = self.pairs.snapshots.source.make()
        columns = independent_columns(system)
        if len(columns) == len(system.observables):
            return {}
        group = self.pairs.snapshots.store(root)
        z, c = read_rows(group, "z"), read_rows(group, "c")
        return {"reconstruction": Reconstruction.of(z, c, tuple(columns)).to_json()}

    @property
    def members(self) -> int:
        """Members that are simulated on their own: none of an ensemble of one."""
        return self.ensemble if self.ensemble > 1 else 0

    @property
    def images(self) -> int:
        """How many pairs are fitted to for each: itself, and its image under a symmetry."""
        return 2 if self.symmetry else 1

    def make(self, dimension: int, conditions: int, parities: np.ndarray | None) -> SDEModel:
        """An unfitted model; with ``parities`` a symmetric one."""
        model = self.record.factory(
            self.model_settings, self.training, dimension, conditions, self.ensemble
        )
        return model if parities is None else SymmetricSDE(model, parities)

    def about(self, root: Path) -> dict[str, Any]:
        """What is known of the fit beside its weights."""
        return read_model(root, self.name)[1]

    def fitted(self, root: Path) -> FittedSDE:
        """The fitted SDE of a run folder. Raises ``StorageError`` if its files do not fit."""
        weights, about = read_model(root, self.name)
        where = root / "models" / self.name
        sizes = self.pairs.dimension, len(self.pairs.snapshots.source.make().conditions)
        try:
            parities = _parities(about, sizes[0])
            normal, dt = Normalisation.from_json(about["normalisation"]), float(about["dt"])
            if (normal.mean.size, normal.c_mean.size) != sizes or not 0 < dt < np.inf:
                raise ValueError(f"normalisation of {normal.mean.size} variables, dt = {dt}")
            complete = about.get("reconstruction")
            complete = None if complete is None else Reconstruction.from_json(complete)
        except (ValueError, KeyError, TypeError) as error:
            raise StorageError(
                f"{where}.json: does not describe the fit ({error}). {REMEDY}"
            ) from error
        model = self.make(*sizes, parities)
        try:
            model.restore(weights)
        except ValueError as error:
            raise StorageError(f"{where}.safetensors: {error}. {REMEDY}") from error
        return FittedSDE(model, normal, dt, complete)

    def increments(self, root: Path) -> tuple[np.ndarray, ...]:
        """``z0, c, change, dt, block`` of all pairs."""
        z0, c, block = (self.pairs.read(root, name) for name in ("z0", "c", "block"))
        elapsed = self.pairs.read(root, "elapsed")
        if isinstance(self.pairs, AlonePairsStage):
            after = self.pairs.read(root, "after")
            before = self.pairs.read(root, "before") if self.scheme == "published" else z0
            return z0, c, after - before, elapsed, block
        change, dt = averaged(self.pairs.read(root, "change"), elapsed, self.average)
        copies = len(change) // len(z0)
        return (*(np.repeat(array, copies, axis=0) for array in (z0, c)), change, dt,
                np.repeat(block, copies))  # fmt: skip

    def _factor(self, root: Path, c: np.ndarray, d: int) -> np.ndarray:
        """``A``: one matrix, or one a pair where conditions have their own."""
        if self.calibration is None:
            return np.asarray(np.sqrt(self.variance_ratio) * np.eye(d))
        factors = read_rows(self.calibration.store(root), "factor") * np.sqrt(self.sizes_apart)
        if len(factors) == 1:
            return np.asarray(factors[0])
        table = np.array(self.calibration.conditions)
        which = (c[:, None, :] == table).all(axis=2).argmax(axis=1)
        return np.asarray(factors[which])

    @property
    def sizes_apart(self) -> float:
        """``K`` (over the patches averaged) over that of the size that ``λ`` was measured at."""
        if self.calibration is None or self.calibration.pairs is self.pairs:
            return 1.0
        own, other = (
            stage.patch_total / (stage.patches if self.average else 1)
            for stage in (self.pairs, self.calibration.pairs)
            if isinstance(stage, PartialPairsStage)
        )
        return own / other

    @property
    def variance_ratio(self) -> float:
        """``λ`` of a pair where it is not calibrated: of one patch, or of the mean over patches."""
        if self.scheme == "naive":
            return 1.0
        ratio = float(self.pairs.patch_total) if self.lambda_ is None else self.lambda_
        averaged_over = (
            self.pairs.patches if self.average and isinstance(self.pairs, PartialPairsStage) else 1
        )
        return ratio / averaged_over


def _parities(about: dict[str, Any], dimension: int) -> np.ndarray | None:
    """Those that a fit was made with. Raises ``ValueError`` if they are none."""
    if about.get("parities") is None:
        return None
    parities = np.array(about["parities"], dtype=np.float64)
    if parities.shape != (dimension,) or not (np.abs(parities) == 1.0).all():
        raise ValueError(f"parities {about['parities']} of {dimension} variables")
    return parities


def _finite(values: np.ndarray) -> list[float | None]:
    """Numbers for JSON, which has no infinity."""
    return [float(value) if np.isfinite(value) else None for value in values]
