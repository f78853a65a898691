"""Synthetic results: Ornstein–Uhlenbeck trajectories, four patch sizes, three schemes."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from macropatch.contract.results import Evaluation, Metric, Results
from macropatch.measures.plugin import macropatch_measures

SIZES = (64, 256, 1024, 4096)
STARTS = (0.5, 0.25, 0.0, -0.25, -0.5)
MEASURES = ("test_error", "standard_deviation", "mean", "mmd")
FIXED_POINT, RATE, NOISE = 0.35, 0.08, 0.006
PUBLISHED = {
    "published": dict(zip(SIZES, (4.38e-3, 1.06e-3, 7.85e-4, 4.05e-4), strict=True)),
    "naive": dict(zip(SIZES, (1.26e-2, 2.53e-3, 1.01e-3, 4.08e-4), strict=True)),
}


def relaxation(runs, rng, names=("m",), bias=0.0, widen=1.0, times=60, spacing=2.9):
    """Trajectories ``(start, run, time, observable)``; every further observable is the square."""
    decay = np.exp(-RATE * spacing)
    spread = widen * NOISE * np.sqrt((1 - decay**2) / (2 * RATE))
    x = np.empty((len(STARTS), runs, times))
    x[..., 0] = np.array(STARTS)[:, None]
    for time in range(1, times):
        x[..., time] = FIXED_POINT + bias + decay * (x[..., time - 1] - FIXED_POINT - bias)
        x[..., time] += spread * rng.standard_normal(x.shape[:2])
    return xr.DataArray(
        np.stack([x ** (order + 1) for order in range(len(names))], axis=-1),
        dims=("start", "run", "time", "observable"),
        coords={
            "start": [f"m = {start:g}" for start in STARTS],
            "time": ("time", spacing * np.arange(times), {"units": "attempts per site"}),
            "observable": list(names),
        },
    )


def fitted_functions(names, bias, rng):
    value = np.tile(np.linspace(-0.6, 0.6, 61), (len(names), 1))
    dims = ("observable", "grid")
    drift = RATE * (FIXED_POINT - value)
    return xr.Dataset(
        {
            "drift": (dims, drift + RATE * bias + 3e-4 * rng.standard_normal()),
            "drift_error": (dims, np.full_like(value, 8e-4)),
            "covariance": (dims, np.full_like(value, NOISE**2 * (1 + bias))),
            "exact_drift": (dims, drift),
            "exact_covariance": (dims, np.full_like(value, NOISE**2)),
        },
        coords={"observable": list(names), "value": (dims, value)},
    )


def build_results(
    experiment="curie-weiss",
    names=("m",),
    runs=60,
    sizes=SIZES,
    schemes=("partial", "published", "naive"),
    label="magnetisation per site",
):
    rng = np.random.default_rng(15)
    truth, again = (relaxation(runs, rng, names) for _ in range(2))
    evaluations, metrics, functions = [], [], []
    for scheme in schemes:
        for size in sizes:
            bias = {"partial": 0.0, "published": 0.8 / size, "naive": 1.6 / size}.get(scheme, 0.001)
            widen = (4096 / size) ** 0.5 if scheme == "naive" else 1.0
            predicted = relaxation(runs, rng, names, bias, widen)
            members = None
            if scheme == "partial":
                members = xr.concat([predicted + s for s in (-5e-4, 0.0, 5e-4)], dim="member")
            labels = {"scheme": scheme, "patch_size": size}
            evaluation = Evaluation(labels, predicted, members, truth, again)
            evaluations.append(evaluation)
            functions.append(fitted_functions(names, bias, rng))
            for record in macropatch_measures():
                if record.name in MEASURES:
                    metrics += record.factory()(evaluation)
    metrics = [cited(metric) for metric in metrics]
    for size in sizes:
        labels = {"component": names[0], "patch_size": size}
        metrics.append(Metric("lambda_calibrated", 0.97 * 4096 / size, 20.0 / size, labels))
    metrics.append(Metric("cost_seconds", 214.0, None, {"of": "ours"}))
    metrics.append(Metric("cost_seconds", 96.0, None, {"of": "direct"}))
    seconds = {"simulate": 21.0, "upsample": 30.0, "evolve": 12.5, "fit": 131.0, "predict": 3.2}
    return Results(
        experiment=experiment,
        evaluations=tuple(evaluations),
        metrics=tuple(metrics),
        functions=tuple(functions),
        observables={
            name: (label if order == 0 else f"{label}, power {order + 1}", "")
            for order, name in enumerate(names)
        },
        time_unit="attempts per site",
        seconds=seconds,
    )


def cited(metric):
    """The record with the published value that its labels have, as the engine adds it."""
    known = PUBLISHED.get(str(metric.labels.get("scheme")), {})
    if metric.name != "test_error" or metric.labels["trajectories"] != 20:
        return metric
    return Metric(**{**vars(metric), "published": known.get(metric.labels["patch_size"])})


@pytest.fixture(scope="session")
def results():
    return build_results()


@pytest.fixture(scope="session")
def small_results():
    """Two observables, one patch size: no sweep to run along an axis."""
    return build_results(names=("m", "walls"), runs=24, sizes=(64,))


@pytest.fixture
def make_results():
    return build_results
