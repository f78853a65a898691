"""evaluate: measures of a prediction against both sets of direct simulations."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from macropatch.contract.records import MeasureRecord
from macropatch.contract.results import Evaluation, Metric
from macropatch.errors import StorageError, TaskError
from macropatch.pipeline.functions import fitted_functions
from macropatch.pipeline.prediction import PredictionStage
from macropatch.pipeline.truth import TruthStage
from macropatch.runs.arrays import read_rows
from macropatch.runs.files import read_json
from macropatch.runs.identity import plain
from macropatch.runs.stage import Output, Stage, Workplace

REMEDY = "`macropatch run` with the same folder makes it again."


@dataclass(frozen=True)
class EvaluationStage(Stage):
    """Metrics and functions of one prediction, as a JSON file."""

    prediction: PredictionStage
    truth: TruthStage
    truth_again: TruthStage
    labels: tuple[tuple[str, Any], ...]
    group: int
    measures: tuple[MeasureRecord, ...]
    fingerprints: tuple[tuple[tuple[str, str], ...], ...]
    seed: int = 0

    kind = "evaluate"
    sources = ("pipeline/evaluation.py", "pipeline/functions.py", "measures")
    tasks = 1
    local = True

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """Prediction and both truths."""
        return (self.prediction, self.truth, self.truth_again)

    def settings(self) -> dict[str, Any]:
        """Measures and labels."""
        return {
            "labels": plain(dict(self.labels)),
            "group": self.group,
            "measures": [dict(one) for one in self.fingerprints],
        }

    @property
    def file(self) -> str:
        """Where the result is."""
        return f"data/{self.name}.json"

    def perform(self, task: int, place: Workplace) -> Output:
        """Measure."""
        evaluation = self.evaluation(place.root)
        metrics: list[Metric] = []
        for record in self.measures:
            try:
                metrics += record.factory()(evaluation)
            except Exception as error:
                raise TaskError(
                    f"measure {record.name!r} raised {type(error).__name__}: {error}; leave it out "
                    "of [evaluate] measures or report it to its authors"
                ) from error
        functions = fitted_functions(self.prediction.fit, place.root, place.rng)
        content = {"metrics": [plain(asdict(m)) for m in metrics], "functions": functions.to_dict()}
        text = json.dumps(plain(content), sort_keys=True, allow_nan=False, default=float)
        return Output(files={self.file: text.encode()})

    def evaluation(self, root: Path) -> Evaluation:
        """Trajectories with their labels."""
        predicted = read_rows(self.prediction.store(root), "predicted")
        members = None
        if self.prediction.members:
            members = self._labelled(read_rows(self.prediction.store(root), "members"))
        truth, again = (
            self._labelled(read_rows(one.store(root), "z"))
            for one in (self.truth, self.truth_again)
        )
        return Evaluation(
            dict(self.labels), self._labelled(predicted), members, truth, again, self.group
        )

    def read(self, root: Path) -> tuple[list[Metric], xr.Dataset]:
        """Metrics and functions, as they were measured."""
        content = read_json(root / self.file, REMEDY)
        try:
            metrics = [Metric(**one) for one in content["metrics"]]
            return metrics, xr.Dataset.from_dict(content["functions"])
        except (KeyError, TypeError, ValueError) as error:
            raise StorageError(f"{root / self.file}: not metrics ({error}). {REMEDY}") from error

    def _labelled(self, z: np.ndarray) -> xr.DataArray:
        """Observables (closures left out) with coordinates."""
        system = self.truth.source.make()
        names = [quantity.name for quantity in system.observables]
        leading = ("member",) if z.ndim == 5 else ()
        times = self.truth.record_every * np.arange(self.truth.records)
        return xr.DataArray(
            z[..., : len(names)],
            dims=(*leading, "start", "run", "time", "observable"),
            coords={
                "start": [begin.label for begin in self.truth.beginnings],
                "time": ("time", times, {"units": system.time_unit}),
                "observable": names,
            },
        )
