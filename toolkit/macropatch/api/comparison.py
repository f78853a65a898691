"""The page of ``macropatch compare``: metrics, settings and trajectories side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from macropatch.api.joint import names_of
from macropatch.api.runs import Run, load
from macropatch.contract.results import Results
from macropatch.host import Host
from macropatch.pipeline.comparison import FinishedRun, Pair, differing_settings, match
from macropatch.report.figures.appearance import to_svg
from macropatch.report.figures.trajectories import draw_trajectories
from macropatch.report.labels import shown, title_of
from macropatch.report.numbers import number, with_error
from macropatch.report.panels import Panel, drawing, render_panels
from macropatch.report.tables import Cell, Table

NOTE = "Apart: second less first, in standard errors of the difference."


def comparison_page(first: FinishedRun, second: FinishedRun, host: Host | None = None) -> str:
    """The page as HTML."""
    roots = (first.root, second.root)
    names = names_of(roots)
    settings = differing_settings(first, second)
    panels = [
        Panel("settings", "Settings", _sentence(settings), tables=_settings(settings, names)),
        Panel("metrics", "Metrics", tables=_metrics(match(first, second), names)),
        *_trajectories([load(root, host) for root in roots], names),
    ]
    title = " and ".join(names)
    lead = [f"{first.root.resolve()} beside {second.root.resolve()}."]
    return render_panels(title, "macropatch · two runs side by side", panels, lead=lead)


def words(pair: Pair) -> str:
    """Labels of a figure in words."""
    shared = [f"{title_of(key)} {shown(value)}" for key, value in pair.labels.items()]
    apart = [f"{title_of(k)} {shown(a)} | {shown(b)}" for k, (a, b) in pair.apart.items()]
    return ", ".join([*shared, *apart])


def figures(pair: Pair) -> tuple[str, str, str]:
    """Both values with their errors, and the difference in standard errors."""
    one, other = (
        "–" if record is None else with_error(record["value"], record.get("uncertainty"))
        for record in (pair.first, pair.second)
    )
    apart = pair.errors_apart
    return one, other, "–" if apart is None else number(apart, 2)


def _sentence(settings: Mapping[str, Any]) -> list[str]:
    return [] if settings else ["Both runs have the same settings."]


def _settings(settings: Mapping[str, tuple[Any, Any]], names: Sequence[str]) -> list[Table]:
    rows = tuple(
        (Cell(path), *(Cell("not set" if v is None else str(v)) for v in values))
        for path, values in settings.items()
    )
    columns = ("setting", *names)
    return [Table("Settings that differ", "", columns, rows)] if rows else []


def _metrics(pairs: Sequence[Pair], names: Sequence[str]) -> list[Table]:
    tables = []
    for metric in dict.fromkeys(pair.name for pair in pairs):
        some = [pair for pair in pairs if pair.name == metric]
        rows = tuple((Cell(words(pair)), *map(Cell, figures(pair))) for pair in some)
        columns = ("told apart by", *names, "apart")
        tables.append(Table(title_of(metric), NOTE, columns, rows))
    return tables


def _trajectories(runs: Sequence[Run], names: Sequence[str]) -> list[Panel]:
    """The headline trajectories of each observable that both runs have, on equal axes."""
    results = [_results(run) for run in runs]
    drawings = []
    for name in (key for key in results[0].observables if key in results[1].observables):
        axes = [draw_trajectories(one, observable=name) for one in results]
        limits = [one.get_ylim() for one in axes]
        for index, one in enumerate(axes):
            one.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
            title = f"{name}: {names[index]}"
            drawings.append(drawing(f"{name}-{index}", title, "", to_svg(one)))
    return [Panel("trajectories", "Trajectories", drawings=drawings)] if drawings else []


def _results(run: Run) -> Results:
    """As much of a run's results as a figure of trajectories shows."""
    system = run.branches[0].fit.pairs.snapshots.source.make()
    return Results(
        experiment=run.study.first.experiment.name,
        evaluations=(run.evaluation(),),
        metrics=(),
        functions=(),
        observables={q.name: (q.label, q.unit) for q in system.observables},
        time_unit=system.time_unit,
        seconds={},
    )
