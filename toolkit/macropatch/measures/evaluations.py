"""Measures as metric records: each is a pure function of one evaluation.

Uncertainties add, in quadrature, the sampling error of the trajectories and the jackknife error of
the ensemble. Resampling has a fixed seed, so equal data give equal records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import xarray as xr

from macropatch.contract.results import Evaluation, Metric
from macropatch.measures.fluctuations import (
    equilibrium_mean,
    equilibrium_standard_deviation,
    last_half,
    ratio,
)
from macropatch.measures.mmd import WIDTHS, kernel_of_runs, mmd_of_gram, unit_variance
from macropatch.measures.relaxation import path_error, relaxation_time
from macropatch.measures.trajectories import grouped_test_error, shifted_test_errors
from macropatch.measures.uncertainty import Estimate, jackknife_error, quadrature

SEED = 2511_12842
MMD_RECORDS = 50
"""The MMD is averaged over at most as many records, equally spaced: it varies slowly with time."""

Fluctuation = Callable[[np.ndarray, np.random.Generator], Estimate]


def measure_test_error(evaluation: Evaluation) -> list[Metric]:
    """``test_error`` of each observable, of means over a group of trajectories and over all."""
    sets = (evaluation.predicted, evaluation.truth, evaluation.truth_again)
    runs = min(one.sizes["run"] for one in sets)
    metrics = []
    for name in _observables(evaluation):
        predicted, truth, again = (_of(one, name)[:, :runs] for one in sets)
        for group in sorted({min(evaluation.group, runs), runs}):
            rng = np.random.default_rng(SEED)
            ours = grouped_test_error(predicted, truth, group, rng)
            floor = grouped_test_error(again, truth, group, rng)
            ensemble = None
            if evaluation.members is not None:
                members = _of(evaluation.members, name)
                ensemble = jackknife_error(shifted_test_errors(predicted, truth, members, group))
            metrics.append(
                Metric(
                    "test_error",
                    ours.value,
                    quadrature(ours.uncertainty, ensemble),
                    {**evaluation.labels, "observable": name, "trajectories": group},
                    floor=floor.value,
                    floor_uncertainty=floor.uncertainty,
                )
            )
    return metrics


def measure_standard_deviation(evaluation: Evaluation) -> list[Metric]:
    """``standard_deviation`` in equilibrium (ours and direct) and their ratio ``sd_ratio``."""
    metrics = []
    for one, name in _at_each_condition(evaluation):
        ours, direct, again = _late_estimates(one, name, equilibrium_standard_deviation)
        metrics += _ours_and_direct("standard_deviation", one, name, ours, direct)
        if direct.value > 0.0:
            compared, floor = ratio(ours, direct), ratio(again, direct)
            metrics.append(
                Metric(
                    "sd_ratio",
                    compared.value,
                    compared.uncertainty,
                    {**one.labels, "observable": name},
                    floor=floor.value,
                    floor_uncertainty=floor.uncertainty,
                )
            )
    return metrics


def measure_mean(evaluation: Evaluation) -> list[Metric]:
    """``mean`` of each observable in equilibrium, ours and direct."""
    metrics = []
    for one, name in _at_each_condition(evaluation):
        ours, direct, _ = _late_estimates(one, name, equilibrium_mean)
        metrics += _ours_and_direct("mean", one, name, ours, direct)
    return metrics


def measure_relaxation(evaluation: Evaluation) -> list[Metric]:
    """``path_error`` and ``relaxation_time`` (to 90 %) from each start, of each observable.

    Times are in the physical unit where the system tells one.
    """
    metrics = []
    for start, label in enumerate(map(str, evaluation.truth["start"].values)):
        times = evaluation.truth["time"].values
        if "physical_time" in evaluation.truth.coords:
            times = times * float(evaluation.truth["physical_time"].values[start])
        for name in _observables(evaluation):
            sets = (evaluation.predicted, evaluation.truth, evaluation.truth_again)
            ours, truth, again = (_of(one, name)[start] for one in sets)
            labels = {**evaluation.labels, "observable": name, "start": label}
            apart, floor = path_error(ours, truth), path_error(again, truth)
            took, direct = (relaxation_time(runs, times) for runs in (ours, truth))
            if direct is None:
                continue  # the observable goes nowhere from this start, or is still on its way
            metrics.append(
                Metric(
                    "path_error",
                    apart.value,
                    apart.uncertainty,
                    labels,
                    floor=floor.value,
                    floor_uncertainty=floor.uncertainty,
                )
            )
            metrics += [
                Metric("relaxation_time", one.value, one.uncertainty, {**labels, "source": source})
                for source, one in (("sde", took), ("direct", direct))
                if one is not None
            ]
    return metrics


def measure_mmd(evaluation: Evaluation) -> list[Metric]:
    """``mmd`` averaged over times and initial states: of the observables, and of all of ``z``.

    The latter where direct simulations were encoded.
    """
    metrics = [_mmd(evaluation, "observables")]
    if evaluation.macroscopic is not None:
        metrics.append(_mmd(evaluation.macroscopic, "all"))
    return metrics


def _mmd(evaluation: Evaluation, space: str) -> Metric:
    times = evaluation.truth.sizes["time"]
    records = np.unique(np.linspace(0, times - 1, min(times, MMD_RECORDS)).round().astype(int))
    scale = unit_variance(evaluation.truth.values)

    def thinned(trajectories: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(trajectories[:, :, records] / scale)

    truth = thinned(evaluation.truth.values)
    truth_kernel = kernel_of_runs(truth, truth, WIDTHS)
    rng = np.random.default_rng(SEED)

    def compared(trajectories: np.ndarray) -> Estimate:
        x = thinned(trajectories)
        crossed = kernel_of_runs(x, truth, WIDTHS)
        gram = np.block([[kernel_of_runs(x, x, WIDTHS), crossed], [crossed.T, truth_kernel]])
        return mmd_of_gram(gram, x.shape[1], rng)

    ours, floor = compared(evaluation.predicted.values), compared(evaluation.truth_again.values)
    ensemble = None
    if evaluation.members is not None:
        members = np.array([compared(member).value for member in evaluation.members.values])
        ensemble = jackknife_error(members)
    return Metric(
        "mmd",
        ours.value,
        quadrature(ours.uncertainty, ensemble),
        {**evaluation.labels, "space": space},
        floor=floor.value,
        floor_uncertainty=floor.uncertainty,
    )


def by_condition(evaluation: Evaluation) -> list[Evaluation]:
    """One evaluation for each combination of conditions, labelled with it; itself if all agree."""
    starts = evaluation.truth["start"].size
    names = [name for name in evaluation.conditions if name in evaluation.truth.coords]
    table = np.array([evaluation.truth[name].values for name in names]).reshape(len(names), starts)
    rows, which = np.unique(table.T, axis=0, return_inverse=True)
    if len(rows) <= 1:
        return [evaluation]
    parts = []
    for index, row in enumerate(rows):
        own = np.flatnonzero(which.reshape(-1) == index)
        labels = {**evaluation.labels, **dict(zip(names, map(float, row), strict=True))}
        members = evaluation.members
        parts.append(
            replace(
                evaluation,
                labels=labels,
                predicted=evaluation.predicted.isel(start=own),
                members=None if members is None else members.isel(start=own),
                truth=evaluation.truth.isel(start=own),
                truth_again=evaluation.truth_again.isel(start=own),
                macroscopic=None,
            )
        )
    return parts


def _at_each_condition(evaluation: Evaluation) -> list[tuple[Evaluation, str]]:
    """What is in equilibrium differs between conditions."""
    return [(one, name) for one in by_condition(evaluation) for name in _observables(one)]


def _late_estimates(
    evaluation: Evaluation, name: str, estimate: Fluctuation
) -> tuple[Estimate, Estimate, Estimate]:
    """Ours with the ensemble's error, and both sets of true trajectories."""
    rng = np.random.default_rng(SEED)
    sets = (evaluation.predicted, evaluation.truth, evaluation.truth_again)
    ours, direct, again = (estimate(last_half(_of(one, name)), rng) for one in sets)
    if evaluation.members is not None:
        late = [last_half(member) for member in _of(evaluation.members, name)]
        ensemble = jackknife_error(np.array([estimate(member, rng).value for member in late]))
        ours = Estimate(ours.value, quadrature(ours.uncertainty, ensemble))
    return ours, direct, again


def _ours_and_direct(
    metric: str, evaluation: Evaluation, name: str, ours: Estimate, direct: Estimate
) -> list[Metric]:
    labels = {**evaluation.labels, "observable": name}
    return [
        Metric(
            metric,
            ours.value,
            ours.uncertainty,
            {**labels, "source": "sde"},
            reference=direct.value,
        ),
        Metric(metric, direct.value, direct.uncertainty, {**labels, "source": "direct"}),
    ]


def _observables(evaluation: Evaluation) -> list[str]:
    return [str(name) for name in evaluation.truth["observable"].values]


def _of(trajectories: xr.DataArray, observable: str) -> np.ndarray:
    return np.asarray(trajectories.sel(observable=observable).values, dtype=np.float64)
