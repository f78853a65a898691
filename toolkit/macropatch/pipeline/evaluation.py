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
        store = self.prediction.store(root)
        arrays = {
            "predicted": read_rows(store, "predicted"),
            "members": read_rows(store, "members") if self.prediction.members else None,
            "truth": read_rows(self.truth.store(root), "z"),
            "truth_again": read_rows(self.truth_again.store(root), "z"),
        }
        names = [quantity.name for quantity in self.truth.source.make().observables]
        closures = [f"closure {i + 1}" for i in range(self.truth.closures)]

        def labelled(names: list[str], macroscopic: Evaluation | None) -> Evaluation:
            found: Any = {
                key: None if z is None else self._labelled(z, names) for key, z in arrays.items()
            }
            return Evaluation(dict(self.labels), **found, group=self.group, macroscopic=macroscopic)

        return labelled(names, labelled(names + closures, None) if closures else None)

    def read(self, root: Path) -> tuple[list[Metric], xr.Dataset]:
        """Metrics and functions, as they were measured."""
        content = read_json(root / self.file, REMEDY)
        try:
            metrics = [Metric(**one) for one in content["metrics"]]
            return metrics, xr.Dataset.from_dict(content["functions"])
        except (KeyError, TypeError, ValueError) as error:
            raise StorageError(f"{root / self.file}: not metrics ({error}). {REMEDY}") from error

    def _labelled(self, z: np.ndarray, names: list[str]) -> xr.DataArray:
        """The leading components of ``z``, with coordinates."""
        leading = ("member",) if z.ndim == 5 else ()
        times = self.truth.record_every * np.arange(self.truth.records)
        return xr.DataArray(
            z[..., : len(names)],
            dims=(*leading, "start", "run", "time", "observable"),
            coords={
                "start": [begin.label for begin in self.truth.beginnings],
                "time": ("time", times, {"units": self.truth.source.make().time_unit}),
                "observable": names,
            },
        )
