"""evaluate: measures of a prediction against both sets of direct simulations."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from macropatch.contract import MicroscopicSystem
from macropatch.contract.records import MeasureRecord
from macropatch.contract.results import Evaluation, Metric
from macropatch.errors import StorageError, TaskError
from macropatch.pipeline.equilibrium import EquilibriumStage
from macropatch.pipeline.functions import fitted_functions
from macropatch.pipeline.pool import PoolStage
from macropatch.pipeline.prediction import PredictionStage
from macropatch.pipeline.stationary import StationaryStage
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
    stationary: StationaryStage | None
    equilibrium: EquilibriumStage | None
    measures: tuple[MeasureRecord, ...]
    fingerprints: tuple[tuple[tuple[str, str], ...], ...]
    seed: int = 0

    kind = "evaluate"
    sources = ("pipeline/evaluation.py", "pipeline/functions.py", "measures")
    tasks = 1
    local = True

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """Prediction, both truths; stationary ensembles and samples of the stationary law."""
        asked = [stage for stage in (self.stationary, self.equilibrium) if stage is not None]
        return (self.prediction, self.truth, self.truth_again, *asked)

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
            "members": read_rows(store, "members") if self.prediction.fit.members else None,
            "truth": read_rows(self.truth.store(root), "z"),
            "truth_again": read_rows(self.truth_again.store(root), "z"),
        }
        system = self.truth.source.make()
        names = [quantity.name for quantity in system.observables]
        closures = [f"closure {i + 1}" for i in range(self.truth.closures)]

        def labelled(names: list[str]) -> Evaluation:
            found: Any = {
                key: None if z is None else self._labelled(z, names) for key, z in arrays.items()
            }
            return Evaluation(
                dict(self.labels),
                **found,
                group=self.group,
                size=self.truth.size,
                sites=system.sites(self.truth.size),
                conditions=tuple(quantity.name for quantity in system.conditions),
            )

        return replace(
            labelled(names),
            macroscopic=labelled(names + closures) if closures else None,
            pool=self._pool(root),
            **self._stationary(root),
        )

    def _stationary(self, root: Path) -> dict[str, Any]:
        """Stationary ensembles of the SDE, and samples of the stationary law, with coordinates."""
        found = {}
        if self.stationary is not None:
            stage, group = self.stationary, self.stationary.store(root)
            found["stationary"] = self._at_conditions(read_rows(group, "z"), stage.conditions)
            found["stationary"].attrs["record_every"] = stage.record_every
            if stage.fit.members:
                members = read_rows(group, "members")
                found["stationary_members"] = self._at_conditions(members, stage.conditions)
        if self.equilibrium is not None:
            z = read_rows(self.equilibrium.store(root), "z")
            found["equilibrium"] = self._at_conditions(z, self.equilibrium.conditions)
        return found

    def _at_conditions(
        self, z: np.ndarray, conditions: tuple[tuple[float, ...], ...]
    ) -> xr.DataArray:
        """``(…, condition, run, record, observable)`` of the observables."""
        system = self.truth.source.make()
        names = [quantity.name for quantity in system.observables]
        leading = ("member",) if z.ndim == 5 else ()
        return xr.DataArray(
            z[..., : len(names)],
            dims=(*leading, "condition", "run", "record", "observable"),
            coords={**_along("condition", system, np.array(conditions)), "observable": names},
        )

    def _pool(self, root: Path) -> xr.DataArray | None:
        """Records of the small system, with coordinates; ``None`` of an imported pool."""
        pool = self.prediction.fit.pairs.snapshots.growth.pool
        if not isinstance(pool, PoolStage):
            return None
        group, system = pool.store(root), pool.source.make()
        c = read_rows(group, "c")
        return xr.DataArray(
            read_rows(group, "z"),
            dims=("record", "observable"),
            coords={
                **_along("record", system, c),
                "run": ("record", np.arange(len(c)) // pool.records),
                "observable": [quantity.name for quantity in system.observables],
            },
            attrs={"sites": system.sites(pool.size), "record_every": pool.record_every},
        )

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
        system = self.truth.source.make()
        table = np.concatenate([begin.rows(1) for begin in self.truth.beginnings])
        return xr.DataArray(
            z[..., : len(names)],
            dims=(*leading, "start", "run", "time", "observable"),
            coords={
                "start": [begin.label for begin in self.truth.beginnings],
                **_along("start", system, table),
                "time": ("time", times, {"units": system.time_unit}),
                "observable": names,
            },
        )


def _along(dimension: str, system: MicroscopicSystem, table: np.ndarray) -> dict[str, Any]:
    """Coordinates: each condition's values, and how long a time unit is where that is told."""
    found: dict[str, Any] = {
        quantity.name: (dimension, table[:, i], {"units": quantity.unit})
        for i, quantity in enumerate(system.conditions)
    }
    if system.physical_unit:
        seconds = system.physical_time(table)
        found["physical_time"] = (dimension, seconds, {"units": system.physical_unit})
    return found
