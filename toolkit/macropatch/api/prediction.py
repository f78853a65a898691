"""Predictions with a finished fit, as labelled data."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from macropatch.contract import MicroscopicSystem
from macropatch.errors import SettingsError
from macropatch.experiment.validation import start_of
from macropatch.host import Host
from macropatch.pipeline.graph import Branch, beginning
from macropatch.pipeline.prediction import check_coverage, conditions_of, starting_points
from macropatch.pipeline.sde_ensembles import simulate_with_members
from macropatch.pipeline.truth import Beginning

MOST_VALUES = 2 * 10**9
"""A prediction of more numbers than this is refused: it would fill the memory."""

SHOWN = 1e-5
"""The relative precision of numbers in messages: an end of a range may be given as it is shown."""


@dataclass(frozen=True)
class Request:
    """What to predict; see :meth:`macropatch.api.Run.predict`."""

    starts: tuple[dict[str, Any], ...] | None
    duration: float
    runs: int
    record_every: float | None
    conditions: dict[str, float] | None
    stationary: bool
    members: bool
    clamp: bool
    seed: int


def predict_dataset(root: Path, branch: Branch, request: Request, host: Host) -> xr.Dataset:
    """Predict and label.

    Raises
    ------
    SettingsError
        if the request cannot be met: names what and what is allowed.
    PredictionError
        if a start lies outside the training data: names both ranges.
    StorageError
        if the fit is not there or damaged.
    """
    stage = branch.evaluation.prediction
    pairs = stage.fit.pairs
    source = pairs.snapshots.source
    system = source.make()
    every = stage.record_every if request.record_every is None else request.record_every
    records = _records(request, every)
    begin = _beginnings(request, stage.beginnings, system, source.record.name, host)
    _check_conditions(system, np.array(pairs.snapshots.conditions), begin)
    fitted = stage.fit.fitted(root)
    members = stage.fit.members if request.members else 0
    copies = fitted.normalisation.mean.size * (1 + members)
    if len(begin) * request.runs * records * copies > MOST_VALUES:
        raise SettingsError(
            f"{len(begin)} starts × {request.runs} runs × {records:g} records are more than fit "
            "in memory; predict fewer runs, or record less often"
        )
    times = every * np.arange(records)
    steps = times / fitted.dt
    rng = np.random.default_rng([request.seed, 1])
    encoder = pairs.closure.encoder(root) if pairs.closure else None
    z0 = starting_points(source, pairs.snapshots.size, encoder, pairs.geometry.cell, begin,
                         request.runs, rng)  # fmt: skip
    check_coverage(z0, fitted.normalisation, begin, system)
    found, alone = simulate_with_members(
        fitted, z0, conditions_of(begin), times, request.runs, request.runs, members, rng,
        request.clamp,
    )  # fmt: skip
    data = _variables(system, found.z)
    if alone is not None:
        data |= _variables(system, alone, "_members", ("member",))
    if found.outside > 0:
        warnings.warn(
            f"{found.outside:.2%} of predicted steps left the range of the training data, where "
            "the fitted SDE extrapolates" + (" (they were clamped to it)" if request.clamp else ""),
            stacklevel=3,
        )
    if request.stationary:
        late = times >= request.duration * (1.0 - 1e-9)
        data = {
            name: (dims, values[..., late], attrs) for name, (dims, values, attrs) in data.items()
        }
        times = times[late] - times[late][0]
    coordinates = {
        "start": [one.label for one in begin],
        "time": ("time", times, {"units": system.time_unit}),
    }
    attributes = {
        "system": source.record.name,
        "sites": system.sites(pairs.snapshots.size),
        "time_step": fitted.dt,
        "interpolated": int(np.abs(steps - np.round(steps)).max() > 1e-6),
        "outside": found.outside,
        "stationary": int(request.stationary),
        **{key: str(value) for key, value in branch.labels.items()},
    }
    return xr.Dataset(data, coords=coordinates, attrs=attributes)


def _records(request: Request, every: float) -> int:
    for name, value in (("duration", request.duration), ("record_every", every)):
        if not np.isfinite(value) or value <= 0:
            raise SettingsError(f"{name} = {value:g}: must be above zero")
    if request.runs < 1:
        raise SettingsError(f"runs = {request.runs}: at least 1")
    if request.seed < 0:
        raise SettingsError(f"seed = {request.seed}: at least 0")
    if every > request.duration:
        raise SettingsError(
            f"record_every = {every:g} is longer than duration = {request.duration:g}"
        )
    total = 2 * request.duration if request.stationary else request.duration
    return int(total / every + 1e-9) + 1


def _beginnings(
    request: Request,
    of_experiment: tuple[Beginning, ...],
    system: MicroscopicSystem,
    name: str,
    host: Host,
) -> tuple[Beginning, ...]:
    names = [quantity.name for quantity in system.conditions]
    given = request.conditions or {}
    if set(given) - set(names):
        known = ", ".join(names) or "none"
        raise SettingsError(f"conditions {sorted(set(given) - set(names))}: the system has {known}")
    if request.starts is None and not given:
        return of_experiment
    if set(names) - set(given):
        missing = ", ".join(sorted(set(names) - set(given)))
        raise SettingsError(f"give a value for each condition: {missing}")
    for key, value in given.items():
        if not np.isfinite(value):
            raise SettingsError(f"condition {key} = {value}: must be a finite number")
    starts = request.starts
    if starts is None:  # those of the experiment, which has each at all its conditions
        starts = tuple({one.start: one.table for one in of_experiment}.values())
    if not starts:
        raise SettingsError("give at least one start, or none for those of the experiment")
    for start in starts:
        start_of(start, name, host, f"start {start}")
    return tuple(beginning(start, names, [float(given[key]) for key in names]) for start in starts)


def _check_conditions(
    system: MicroscopicSystem, trained: np.ndarray, begin: tuple[Beginning, ...]
) -> None:
    """Refuse conditions outside those that the SDE was fitted at; between them it interpolates."""
    for i, quantity in enumerate(system.conditions):
        low, high = trained[:, i].min(), trained[:, i].max()
        slack = SHOWN * max(abs(low), abs(high))
        values = {one.conditions[i] for one in begin}
        outside = sorted(v for v in values if not low - slack <= v <= high + slack)
        if outside:
            raise SettingsError(
                f"{quantity.name} = {', '.join(f'{value:g}' for value in outside)} lies outside "
                f"the trained range of {low:g} to {high:g}; give a value within it, or run the "
                "experiment with [conditions] that reach as far"
            )


def _variables(
    system: MicroscopicSystem, z: np.ndarray, suffix: str = "", leading: tuple[str, ...] = ()
) -> dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]]:
    return {
        quantity.name + suffix: (
            (*leading, "start", "run", "time"),
            z[..., i],
            {"long_name": quantity.label, "units": quantity.unit or "1"},
        )
        for i, quantity in enumerate(system.observables)
    }
