"""The outcome in plain language: a few figures, and a few sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import hypot, isfinite
from typing import Any

from macropatch.contract.results import Metric, Results
from macropatch.report.labels import (
    same_settings,
    shown,
    telling_apart,
    title_of,
    without_single_seeds,
)
from macropatch.report.numbers import number, seconds, span, with_error


@dataclass(frozen=True)
class Tile:
    """One figure of the summary."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True)
class Summary:
    """Figures and sentences."""

    tiles: tuple[Tile, ...]
    sentences: tuple[str, ...]


def summarise(results: Results, headline: Mapping[str, Any] | None = None) -> Summary:
    """Summary of the headline records.

    Parameters
    ----------
    headline : labels that headline records carry; by default scheme and ``lambda`` of the first
        evaluation
    """
    results = replace(results, metrics=tuple(without_single_seeds(results.metrics)))
    if headline is None:
        labels = results.evaluations[0].labels if results.evaluations else {}
        headline = {key: labels[key] for key in ("scheme", "lambda") if key in labels}
    tiles: list[Tile] = []
    sentences: list[str] = []
    for name in results.observables:
        errors = _chosen(results, "test_error", headline, observable=name)
        counts = sorted({metric.labels.get("trajectories", 0) for metric in errors})
        for count in counts:
            group = [metric for metric in errors if metric.labels.get("trajectories", 0) == count]
            sentences += _of_errors(name, count, group)
            tile = _error_tile(name, count, group)
            tiles += [tile] if tile else []
            if count == counts[0]:
                sentences += _of_rivals(results, group, headline, name)
        ratios = _chosen(results, "sd_ratio", headline, observable=name)
        if ratios:
            values = span([metric.value for metric in ratios])
            short = span([metric.value for metric in ratios], 3, "–")
            tiles.append(Tile(f"standard deviation of {name}", short, "predicted / true"))
            sentences.append(
                f"In equilibrium the predicted standard deviation of {name} is {values} times the "
                "true one."
            )
    _add_cost(results, tiles, sentences)
    return Summary(tuple(tiles), tuple(sentences))


def _chosen(
    results: Results, name: str, headline: Mapping[str, Any], **labels: Any
) -> list[Metric]:
    wanted = {**headline, **labels}
    return [
        metric
        for metric in results.metrics
        if metric.name == name
        and isfinite(metric.value)
        and all(metric.labels.get(key) == value for key, value in wanted.items())
    ]


def _error_tile(name: str, count: int, metrics: list[Metric]) -> Tile | None:
    floors = [metric for metric in metrics if metric.floor]
    if not floors:
        return None
    times = span([metric.value / (metric.floor or 1.0) for metric in floors], 2, "–")
    return Tile(f"test error of {name}", f"{times}\u00a0× floor", f"means of {count} trajectories")


def _of_errors(name: str, count: int, metrics: list[Metric]) -> list[str]:
    if not metrics:
        return []
    worst = max(metrics, key=lambda metric: metric.value)
    best = min(metrics, key=lambda metric: metric.value)
    text = f"The test error of {name}, for means of {count} trajectories, is "
    text += with_error(best.value, best.uncertainty)
    if worst is not best:
        text += f" at best and {with_error(worst.value, worst.uncertainty)} at worst"
    if worst.floor is None:
        return [text + "."]
    text += f"; the statistical floor is {with_error(worst.floor, worst.floor_uncertainty)}. "
    above = [metric for metric in metrics if _stands_above(metric)]
    if not above:
        text += "Nowhere does it stand above the floor by more than two standard errors."
    else:
        keys = telling_apart(metrics)
        where = "; ".join(
            ", ".join(f"{title_of(key)} {shown(metric.labels.get(key))}" for key in keys)
            for metric in above
        )
        text += "It stands above the floor by more than two standard errors"
        text += f" at {where}." if where else "."
    return [text]


def _stands_above(metric: Metric) -> bool:
    if metric.floor is None:
        return False
    error = hypot(metric.uncertainty or 0.0, metric.floor_uncertainty or 0.0)
    return metric.value - metric.floor > 2.0 * error


def _of_rivals(
    results: Results, ours: list[Metric], headline: Mapping[str, Any], name: str
) -> list[str]:
    """How far published values and the other schemes are above ours, under equal settings."""
    sentences = []
    cited = [metric.published / metric.value for metric in ours if metric.published]
    if cited:
        sentences.append(f"The published test errors of {name} are {span(cited, 2)} times ours.")
    others: dict[str, list[float]] = {}
    for rival in _chosen(results, "test_error", {}, observable=name):
        scheme = shown(rival.labels.get("scheme"))
        for metric in ours:
            comparable = same_settings(rival.labels, metric.labels) and metric.value > 0.0
            if scheme != shown(headline.get("scheme")) and comparable:
                others.setdefault(scheme, []).append(rival.value / metric.value)
    for scheme, times in others.items():
        sentences.append(
            f"The scheme “{scheme}”, run here on the same systems, has {span(times, 2)} times "
            f"that error of {name}."
        )
    return sentences


def _add_cost(results: Results, tiles: list[Tile], sentences: list[str]) -> None:
    cost = {
        str(metric.labels.get("of")): metric.value
        for metric in results.metrics
        if metric.name == "cost_seconds"
    }
    if {"ours", "direct"} <= set(cost) and cost["ours"] > 0.0:
        ours, direct = cost["ours"], cost["direct"]
        tiles.append(Tile("cost", seconds(ours), f"direct simulation {seconds(direct)}"))
        sentences.append(
            f"Learning and predicting took {seconds(ours)} of one core; direct simulation of the "
            f"large system took {seconds(direct)}, {number(direct / ours, 2)} times as long."
        )
