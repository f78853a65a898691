"""Several seeds: what a study that repeats everything with other random numbers says.

Records of single seeds carry the label ``seed``; those made of them here carry ``seeds``, their
number. With several seeds the standard error over them holds all that is random in a study, pool
and training included, where the uncertainty of one seed has to estimate it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean, stdev
from typing import Any

from macropatch.contract.results import Metric
from macropatch.measures.variance_ratio import numeric_lambda, patch_total

AVERAGED = {
    "test_error", "mmd", "sd_ratio", "standard_deviation", "mean", "held_out_log_likelihood",
    "lambda_calibrated", "cost_seconds",
}  # fmt: skip
"""Names of the metrics that are averaged over seeds."""

Seeds = dict[Any, Metric]
"""Seed → record."""


def over_seeds(metrics: Iterable[Metric]) -> list[Metric]:
    """Records that differ in the label ``seed`` alone, as one: their mean and standard error.

    Values, floors and references are averaged; errors are standard errors over the seeds, of which
    the label ``seeds`` tells how many there are. A record of one seed keeps its own errors.

    Returns
    -------
    nothing where no record has several seeds
    """
    some = [metric for metric in metrics if metric.name in AVERAGED]
    groups = _groups(some, but=("seed",))
    if not any(len(seeds) > 1 for seeds in groups):
        return []
    return [_mean(list(seeds.values())) for seeds in groups]


def paired_differences(
    metrics: Iterable[Metric], name: str = "mmd", base: float | None = None
) -> list[Metric]:
    """``NAME_difference``: the value at each numeric ``λ`` less that at ``base``, seed by seed.

    What a seed does to both (its direct simulations, pool and snapshots) cancels in the difference
    of the pair, so that its standard error over seeds is smaller than that of either mean.

    Parameters
    ----------
    base : the ``λ`` to compare with, label ``than`` of the result; by default the one that equals
        ``K`` (see :func:`~macropatch.measures.variance_ratio.patch_total`), and if there is none
        the one with the smallest mean

    Returns
    -------
    one record for each other ``λ`` that shares two or more seeds with ``base``
    """
    metrics = list(metrics)
    some = [m for m in metrics if m.name == name and numeric_lambda(m.labels) is not None]
    studies: dict[str, dict[float, Seeds]] = {}
    for seeds in _groups(some, but=("seed",)):
        labels = next(iter(seeds.values())).labels
        key = _key(labels, but=("seed", "lambda"))
        studies.setdefault(key, {})[float(labels["lambda"])] = seeds
    found = []
    for by_lambda in studies.values():
        than = _base(by_lambda, metrics) if base is None else base
        for lambda_ in sorted(by_lambda):
            pairs = _paired(by_lambda[lambda_], by_lambda.get(than, {}))
            if lambda_ == than or len(pairs) < 2:
                continue
            value, error = _mean_and_error([one.value - other.value for one, other in pairs])
            labels = _but(pairs[0][0].labels, ("seed",))
            labels |= {"than": than, "seeds": len(pairs)}
            found.append(Metric(f"{name}_difference", value, error, labels))
    return found


def _base(by_lambda: Mapping[float, Seeds], metrics: Iterable[Metric]) -> float:
    labels = next(iter(next(iter(by_lambda.values())).values())).labels
    total = patch_total(metrics, labels)
    if total is not None and float(total) in by_lambda:
        return float(total)
    return min(by_lambda, key=lambda one: fmean(m.value for m in by_lambda[one].values()))


def _paired(one: Seeds, other: Seeds) -> list[tuple[Metric, Metric]]:
    return [(metric, other[seed]) for seed, metric in one.items() if seed in other]


def _groups(metrics: Iterable[Metric], but: Sequence[str]) -> list[Seeds]:
    """Records with a seed by all that tells them apart otherwise; equal ones count once."""
    groups: dict[tuple[str, str], Seeds] = {}
    for metric in metrics:
        if "seed" in metric.labels:
            key = (metric.name, _key(metric.labels, but))
            groups.setdefault(key, {})[metric.labels["seed"]] = metric
    return list(groups.values())


def _key(labels: Mapping[str, Any], but: Sequence[str]) -> str:
    return json.dumps(_but(labels, but), sort_keys=True, default=str)


def _but(labels: Mapping[str, Any], but: Sequence[str]) -> dict[str, Any]:
    return {key: value for key, value in labels.items() if key not in but}


def _mean(seeds: Sequence[Metric]) -> Metric:
    first = replace(seeds[0], labels=_but(seeds[0].labels, ("seed",)) | {"seeds": len(seeds)})
    if len(seeds) == 1:
        return first
    value, error = _mean_and_error([metric.value for metric in seeds])
    floors = [metric.floor for metric in seeds if metric.floor is not None]
    floor, floor_error = _mean_and_error(floors) if len(floors) == len(seeds) else (None, None)
    known = [metric.reference for metric in seeds if metric.reference is not None]
    return replace(
        first,
        value=value,
        uncertainty=error,
        floor=floor,
        floor_uncertainty=floor_error,
        reference=fmean(known) if len(known) == len(seeds) else None,
    )


def _mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """Mean of two or more numbers and its standard error."""
    return fmean(values), stdev(values) / len(values) ** 0.5
