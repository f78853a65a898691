"""Collect what all branches measured: metrics with published figures, costs, fitted functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from warnings import warn as python_warning

from macropatch.contract.results import Metric, Results
from macropatch.experiment.tables import PublishedFigure
from macropatch.measures.exponents import critical_exponents
from macropatch.measures.seeds import over_seeds, paired_differences
from macropatch.pipeline.graph import ORDER, Branch, Graph
from macropatch.pipeline.snapshots import SnapshotsStage
from macropatch.pipeline.structures import structures_of
from macropatch.report.labels import varying
from macropatch.runs.arrays import read_rows
from macropatch.runs.manifest import totals
from macropatch.runs.records import TaskRecord
from macropatch.stages.conditions import described

Records = Mapping[str, Mapping[int, TaskRecord]]

OURS = tuple(kind for kind in ORDER if kind not in {"truth", "equilibrium", "evaluate"})
"""Kinds of stages that the method itself takes; the rest is for comparison only."""

LIKELIHOODS = {"all": "held_out_log_likelihood", "observables": "held_out_observables"}
"""Space of a held-out log-likelihood → what a model's description calls it."""


def collect(
    graph: Graph, records: Records, root: Path, warn: Callable[[str], None] = python_warning
) -> Results:
    """Everything that figures and tables are made of; ``warn`` is told what had to be left out."""
    system = graph.branches[0].fit.pairs.snapshots.source.make()
    metrics, functions = [], []
    for branch in graph.branches:
        measured, fitted = branch.evaluation.read(root)
        metrics += measured
        functions.append(fitted)
    evaluations = tuple(branch.evaluation.evaluation(root) for branch in graph.branches)
    critical = graph.study.first.evaluate.critical_temperature
    if critical is not None:
        metrics += critical_exponents(evaluations, critical)
    metrics = [_cited(metric, graph.study.first.evaluate.published) for metric in metrics]
    metrics += [
        Metric(figure.name, figure.value, labels={**figure.labels, "source": "exact"})
        for figure in graph.study.first.evaluate.exact
    ]
    metrics += _calibrations(graph, root)
    metrics += _control_variates(graph, root)
    metrics += _likelihoods(graph, root)
    metrics += _costs(graph, records)
    metrics += [*over_seeds(metrics), *paired_differences(metrics)]
    seconds: dict[str, float] = {}
    for stage in graph.stages:
        seconds[stage.kind] = seconds.get(stage.kind, 0.0) + totals(records[stage.name])["seconds"]
    metrics += [Metric("seconds", value, labels={"stage": kind}) for kind, value in seconds.items()]
    metrics += _peaks(graph, records)
    return Results(
        experiment=graph.study.first.experiment.name,
        evaluations=evaluations,
        metrics=tuple(metrics),
        functions=tuple(functions),
        observables={q.name: (q.label, q.unit) for q in system.observables},
        time_unit=system.time_unit,
        seconds=seconds,
        structures=_structures(graph, root, warn),
    )


def _structures(graph: Graph, root: Path, warn: Callable[[str], None]) -> dict[str, Any]:
    """Snapshots of the first branch; without them the report is still worth writing."""
    try:
        return structures_of(graph.branches[0].fit.pairs.snapshots, root)
    except Exception as error:  # noqa: BLE001 - a stranger's code: whatever it raises, the report goes on
        warn(f"there are no pictures of snapshots: {type(error).__name__}: {error}")
        return {}


def _cited(metric: Metric, published: tuple[PublishedFigure, ...]) -> Metric:
    for figure in published:
        if figure.name == metric.name and all(
            metric.labels.get(key) == value for key, value in figure.labels.items()
        ):
            return replace(metric, published=figure.value)
    return metric


def _calibrations(graph: Graph, root: Path) -> list[Metric]:
    metrics, seen = [], set()
    for branch in graph.branches:
        stage = branch.fit.calibration
        if stage is None or stage.name in seen:
            continue
        seen.add(stage.name)
        ratio, error = (read_rows(stage.store(root), name) for name in ("ratio", "error"))
        for row, condition in enumerate(condition_labels(stage.pairs.snapshots)):
            for i, name in enumerate(components_of(branch)):
                labels = {
                    key: value
                    for key, value in branch.labels.items()
                    if key not in {"scheme", "lambda"}
                }
                labels |= {"component": name, "K": stage.pairs.patch_total}
                labels |= {"patches": stage.pairs.patches} if stage.average else {}
                labels |= {"condition": condition} if condition else {}
                if stage.pairs is not branch.fit.pairs:
                    labels["calibration_size"] = list(stage.pairs.snapshots.size)
                metrics.append(
                    Metric("lambda_calibrated", float(ratio[row, i]), float(error[row, i]), labels)
                )
    return metrics


def _control_variates(graph: Graph, root: Path) -> list[Metric]:
    """Coefficient of each observable's martingale, and the share of the noise that is left."""
    metrics = []
    for branch in graph.branches:
        found = branch.fit.about(root).get("control_variate", {})
        for i, name in enumerate(components_of(branch) if found else []):
            labels = {**branch.labels, "component": name}
            for j, of in enumerate(observables_of(branch)):
                value, error = (found[key][i][j] for key in ("coefficient", "coefficient_error"))
                metrics.append(Metric("control_variate", value, error, {**labels, "of": of}))
            left = found["left"][i], found["left_error"][i]
            metrics.append(Metric("control_variate_left", *left, labels))
    return metrics


def condition_labels(snapshots: SnapshotsStage) -> list[str]:
    """Each combination of conditions in words."""
    names = [q.name for q in snapshots.source.make().conditions]
    return [described(names, row) for row in snapshots.conditions]


def observables_of(branch: Branch) -> list[str]:
    """Names of the observables that the SDE is fitted to."""
    return list(branch.fit.pairs.snapshots.source.make().independent)


def components_of(branch: Branch) -> list[str]:
    """Names of the macroscopic variables: observables, then closures."""
    closures = branch.fit.pairs.closures
    return observables_of(branch) + [f"closure {i + 1}" for i in range(closures)]


def _likelihoods(graph: Graph, root: Path) -> list[Metric]:
    """Held-out log-likelihood a pair, the mean over members: of all of ``z``, of observables alone.

    That of all of ``z`` is in normalised units; only that of the observables can be compared
    between closures.
    """
    found = []
    for branch in graph.branches:
        about = branch.fit.about(root)
        for space, key in LIKELIHOODS.items():
            values, errors = about.get(key) or [None], about.get(f"{key}_error") or [None]
            if None in values:
                continue
            error = None if None in errors else sum(e * e for e in errors) ** 0.5 / len(errors)
            labels = {**branch.labels, "space": space}
            mean = sum(values) / len(values)
            found.append(Metric("held_out_log_likelihood", mean, error, labels))
    return found


def _costs(graph: Graph, records: Records) -> list[Metric]:
    """Core seconds of what a branch of the headline scheme needs, of one set of true runs, and of
    the system's sampler of the stationary law."""
    metrics = []
    direct: dict[str, Metric] = {}
    sampled: dict[str, Metric] = {}
    for branch in (b for b in graph.branches if b.scheme == graph.branches[0].scheme):
        stages = branch.stages()
        ours = sum(
            totals(records[stage.name])["seconds"]
            for stage in stages.values()
            if stage.kind in OURS
        )
        metrics.append(Metric("cost_seconds", ours, labels={"of": "ours", **branch.labels}))
        truth = stages["truth"].name
        value = totals(records[truth])["seconds"]
        direct.setdefault(truth, Metric("cost_seconds", value, labels=branch.labels))
        if "equilibrium" in stages:
            name = stages["equilibrium"].name
            value = totals(records[name])["seconds"]
            sampled.setdefault(name, Metric("cost_seconds", value, labels=branch.labels))
    for of, found in (("direct", direct), ("sampler", sampled)):
        apart = varying(found.values())
        for metric in found.values():
            labels = {key: metric.labels[key] for key in apart if key in metric.labels}
            metrics.append(replace(metric, labels={"of": of, **labels}))
    return metrics


def _peaks(graph: Graph, records: Records) -> list[Metric]:
    """Largest memory of a process up to the end of each kind of stage."""
    peaks: dict[str, float] = {}
    for stage in graph.stages:
        peak: Any = totals(records[stage.name]).get("peak_bytes", 0)
        peaks[stage.kind] = max(peaks.get(stage.kind, 0.0), float(peak))
    return [Metric("peak_bytes", value, labels={"stage": kind}) for kind, value in peaks.items()]
