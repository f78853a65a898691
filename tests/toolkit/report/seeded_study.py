"""A study over λ, two closures, two baselines and three seeds, with values known beforehand."""

from __future__ import annotations

import numpy as np
import xarray as xr

from macropatch.contract.results import Evaluation, Metric, Results
from macropatch.measures.seeds import over_seeds, paired_differences

K = 5
SEEDS = (1, 2, 3)
SETTINGS = (
    *(("partial", lambda_, "moments") for lambda_ in ("calibrated", 1.0, 5.0, 20.0)),
    ("partial", "calibrated", "autoencoder"),
    ("partial", 5.0, "autoencoder"),
    ("naive", 1.0, "moments"),
    ("published", "K", "moments"),
)
MMD = {"calibrated": 0.02, 1.0: 0.16, 5.0: 0.04, 20.0: 0.08, "K": 0.3}
STARTS, RUNS, TIMES = 2, 6, 5


def paths(seed, shift=0.0, spread=1.0):
    """Random walks from two starts that all runs share: at the first record nothing is random."""
    rng = np.random.default_rng(seed)
    steps = spread * rng.normal(shift, 1.0, size=(STARTS, RUNS, TIMES, 2))
    steps[:, :, 0] = np.array([[0.0, 1.0], [2.0, 3.0]])[:, None]
    return xr.DataArray(
        steps.cumsum(axis=2),
        dims=("start", "run", "time", "observable"),
        coords={
            "start": ["m = 0.45, k = 0.05", "m = 0.55, k = 0.15"],
            "time": ("time", 0.5 * np.arange(TIMES), {"units": "generations"}),
            "observable": ["prey", "predators"],
        },
    )


def records(labels, seed):
    """What one evaluation measures: exact values, to which a seed adds its own thousandth."""
    scheme, lambda_ = labels["scheme"], labels["lambda"]
    value = (0.5 if scheme == "naive" else MMD.get(lambda_, 0.1)) + 0.001 * seed
    value += 0.1 if labels["closure"] == "autoencoder" else 0.0
    number = lambda_ if isinstance(lambda_, float) else K
    seen = {"observable": "prey"}
    return [
        Metric("mmd", value, 0.03, {**labels, "space": "observables"}, 0.01, 0.002),
        Metric("mmd", 7.0 + value, 0.03, {**labels, "space": "all"}, 0.02, 0.002),
        Metric("sd_ratio", (K / number) ** 0.5, 0.01, {**labels, **seen}, 1.0, 0.01),
        Metric("test_error", value**2, None, {**labels, **seen, "trajectories": 3}, 1e-4, 1e-5),
    ]


def build(seeds=SEEDS, settings=SETTINGS):
    evaluations, metrics = [], []
    for scheme, lambda_, closure in settings:
        for seed in seeds:
            labels = {"scheme": scheme, "patch_size": 40, "lambda": lambda_, "seed": seed,
                      "closure": closure}  # fmt: skip
            shift = 1.0 if scheme == "naive" else 0.1
            spread = 1.0 if isinstance(lambda_, str) else (K / lambda_) ** 0.5
            evaluation = Evaluation(
                labels, paths(seed + 20, shift, spread), None, paths(seed), paths(seed + 10), 3
            )
            evaluations.append(evaluation)
            metrics += records(labels, seed)
            if scheme == "partial":
                metrics.append(Metric("cost_seconds", 10.0 * seed, labels={"of": "ours", **labels}))
    for seed in seeds:
        metrics.append(Metric("cost_seconds", 8.0, labels={"of": "direct", "seed": seed}))
        labels = {"component": "prey", "patch_size": 40, "seed": seed, "K": K}
        metrics.append(Metric("lambda_calibrated", 5.0 + 0.1 * seed, 0.2, labels))
    metrics += [*over_seeds(metrics), *paired_differences(metrics)]
    return Results(
        experiment="predator-prey",
        evaluations=tuple(evaluations),
        metrics=tuple(metrics),
        functions=(),
        observables={"prey": ("prey density", ""), "predators": ("predator density", "")},
        time_unit="generations",
        seconds={"fit": 30.0},
    )
