"""report: ``metrics.json``, the figures and the page, from what a run measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import tomli_w

from macropatch.contract.results import Metric, Results
from macropatch.errors import StorageError
from macropatch.host import Host
from macropatch.pipeline.diagnosis.files import HTML, diagnosed_fit
from macropatch.pipeline.graph import Branch, Graph
from macropatch.pipeline.results import Records, collect
from macropatch.report.gallery import draw_all
from macropatch.report.labels import description, shown
from macropatch.report.page import StageRow, write_report
from macropatch.runs.arrays import read_rows
from macropatch.runs.files import read_json, write_bytes, write_json
from macropatch.runs.identity import plain
from macropatch.runs.manifest import totals, versions

TIMED = {"seconds", "cost_seconds", "peak_bytes"}
"""Metrics that differ between two equal runs."""

REMEDY = "`macropatch report` with the same folder writes it again."

OUTSIDE = 1e-3
"""A larger share of predicted steps outside the range of the training data is worth a warning."""


HOW = """# experiment.toml lies beside this page
pip install -c constraints.txt macropatch
macropatch run experiment.toml --out DIR"""
"""Commands that make a run again."""


def publish(
    graph: Graph, records: Records, root: Path, host: Host, warn: Callable[[str], None]
) -> Results:
    """Write everything that a reader looks at; returns what it was made of."""
    told: list[str] = []
    results = collect(graph, records, root, told.append)
    write_metrics(root / "metrics.json", results.metrics)
    chosen = graph.study.first.report.figures
    figures = draw_all(
        results,
        [host.figure(name) for name in chosen],
        providers={name: host.provider("macropatch_figures", name).distribution for name in chosen},
        warn=told.append,
    )
    for stale in (root / "figures").glob("*.svg"):
        if stale.stem not in figures:
            stale.unlink()
    for name, svg in figures.items():
        write_bytes(root / "figures" / f"{name}.svg", svg.encode())
    for message in told:
        warn(message)
    write_report(
        root / "report.html",
        results,
        settings_toml=tomli_w.dumps(plain(dict(graph.study.document))),
        versions=versions(),
        stages=_stage_rows(graph, records),
        notes=_notes(graph),
        quick=graph.study.quick,
        how_to_reproduce=HOW,
        warnings=[*told, *_warnings(graph, records, root)],
        figures=figures,
        captions={name: host.figure(name).summary for name in chosen},
        pages=_pages(graph, root),
    )
    return results


def write_metrics(path: Path, metrics: tuple[Metric, ...]) -> None:
    """One record a metric, without what does not apply."""
    rows = []
    for metric in metrics:
        row = {key: value for key, value in asdict(metric).items() if value is not None}
        rows.append({**row.pop("labels"), "uncertainty": metric.uncertainty, **row})
    write_json(path, plain(rows))


def read_metrics(path: Path) -> list[dict[str, object]]:
    """Records of a ``metrics.json``. Raises ``StorageError`` if it is damaged."""
    records = read_json(path, REMEDY)
    if not isinstance(records, list) or not all(
        isinstance(record, dict) and "name" in record for record in records
    ):
        raise StorageError(f"{path}: not a list of metrics. {REMEDY}")
    return records


def _pages(graph: Graph, root: Path) -> dict[str, str]:
    """The diagnosis, unless it is of a fit that the settings no longer need."""
    fits = {branch.fit.name for branch in graph.branches}
    return {"Diagnosis": HTML} if diagnosed_fit(root) in fits else {}


def _stage_rows(graph: Graph, records: Records) -> list[StageRow]:
    rows: dict[str, StageRow] = {}
    for stage in graph.stages:
        seconds = totals(records[stage.name])["seconds"]
        before = rows.get(stage.kind, StageRow(stage.kind, 0, 0.0))
        seeds = dict.fromkeys([*filter(None, before.seed.split(", ")), str(stage.seed)])
        rows[stage.kind] = StageRow(
            stage.kind,
            before.tasks + stage.tasks,
            before.core_seconds + seconds,
            seed=", ".join(seeds),
        )
    return list(rows.values())


def _notes(graph: Graph) -> list[str]:
    experiment = graph.study.first
    notes = [experiment.experiment.description] if experiment.experiment.description else []
    small = {tuple(member.small_size) for member in graph.study.members}
    notes.append(
        f"Small systems: {', '.join(' × '.join(map(str, size)) for size in sorted(small))} sites; "
        f"large system: {' × '.join(map(str, experiment.large.size))}."
    )
    imported = sorted({member.small.from_ for member in graph.study.members if member.small.from_})
    if imported:
        notes.append(f"The pool of small systems was not simulated but read from {imported}.")
    steps = {
        f"{branch.scheme} {branch.fit.pairs.dt:g}"
        for branch in graph.branches
        if hasattr(branch.fit.pairs, "dt")
    }
    if steps:
        notes.append(
            f"The fitted model is a transition over its own time step ({', '.join(sorted(steps))} "
            "time units); schemes “published” and “naive” step by their mean elapsed time. Where "
            "records fall between steps they are interpolated linearly."
        )
    partial = [branch.fit for branch in graph.branches if branch.scheme == "partial"]
    with_it = {fit.control_variate for fit in partial}
    if True in with_it:
        notes.append(
            "With evolve.control_variate the drift was fitted to increments less their regression "
            "on the patches' martingales, which take the exact rates along the patches' paths; the "
            "coefficients are listed below. Diffusion and λ are those of the increments themselves."
            + ("" if False in with_it else " A sweep over it, [true, false], has rows without it.")
        )
    notes.append(
        "Exact drift and diffusion, where a figure shows them, are those of the generator (dt → 0) "
        "and were not used in training. Errors of our figures join the sampling error with the "
        "delete-block jackknife over the pool's runs."
    )
    return notes


def _warnings(graph: Graph, records: Records, root: Path) -> list[str]:
    """What stands before the figures: one sentence a setting of the headline scheme."""
    found = []
    for where, branches in _by_setting(graph).items():
        predictions = [branch.evaluation.prediction for branch in branches]
        outside = max(float(read_rows(one.store(root), "outside")[0]) for one in predictions)
        if outside > OUTSIDE:
            done = "clamped to it" if predictions[0].clamp else "extrapolated"
            found.append(
                f"{where}: {outside:.1%} of predicted steps left the range of the training data "
                f"and were {done}."
            )
        stages = [branch.fit.calibration for branch in branches if branch.fit.calibration]
        error = max((totals(records[s.name]).get("relative_error", 0.0) for s in stages), default=0)
        if stages and error > stages[0].error:
            found.append(
                f"{where}: lambda is calibrated to {error:.1%}, not to {stages[0].error:.1%}; make "
                "more snapshots."
            )
    return found


def _by_setting(graph: Graph) -> dict[str, list[Branch]]:
    """Branches of the headline scheme by their settings in words; seeds are not told apart."""
    ours = [branch for branch in graph.branches if branch.scheme == graph.branches[0].scheme]
    names = dict.fromkeys(name for branch in ours for name in branch.labels)
    several = {key for key in names if len({shown(one.labels.get(key)) for one in ours}) > 1}
    keys = [key for key in names if key in {"patch_size", *several} - {"scheme", "seed"}]
    found: dict[str, list[Branch]] = {}
    for branch in ours:
        found.setdefault(description(branch.labels, keys), []).append(branch)
    return {
        where if len(some) == 1 else f"{where} (the worst of {len(some)} seeds)": some
        for where, some in found.items()
    }
