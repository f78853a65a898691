"""The figures and headline tables of several runs on one page, figure by figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from macropatch.api.runs import Run
from macropatch.report.gallery import draw_all
from macropatch.report.headline_tables import headline_tables
from macropatch.report.labels import heading
from macropatch.report.page import Drawing
from macropatch.report.panels import Panel, drawing, render_panels

TABLES = "headline"
"""Anchor of the tables' sections, followed by the run's number."""


def joint_page(runs: Sequence[Run], warn: Callable[[str], None]) -> str:
    """One section a figure with the drawings of all runs that show it, then each run's tables.

    Published values stand beside ours as in each run's own report.

    Parameters
    ----------
    warn : called with a message for each figure that fails

    Raises
    ------
    StorageError
        if a run is not finished.
    """
    names = names_of([run.root for run in runs])
    sections: dict[str, list[Drawing]] = {}
    captions: dict[str, str] = {}
    tables: list[Panel] = []
    for index, (run, name) in enumerate(zip(runs, names, strict=True)):
        results = run.results()
        records = [run.host.figure(figure) for figure in run.study.first.report.figures]
        for record in records:
            captions.setdefault(record.name, record.summary)
            for variant, svg in draw_all(results, [record], warn=warn).items():
                one = drawing(f"{index}-{variant}", f"{name}: {variant.replace('_', ' ')}", "", svg)
                sections.setdefault(record.name, []).append(one)
        tables.append(Panel(f"{TABLES}-{index}", name, tables=headline_tables(results)))
    panels = [
        Panel(figure, heading(figure), [captions[figure]], drawings)
        for figure, drawings in sections.items()
    ]
    lead = [f"{name}: {run.root.resolve()}" for name, run in zip(names, runs, strict=True)]
    title = ", ".join(names)
    return render_panels(title, "macropatch · several runs", [*panels, *tables], lead=lead)


def names_of(roots: Sequence[Path]) -> list[str]:
    """Names of the folders, or their whole paths where names repeat."""
    names = [root.name for root in roots]
    return names if len(set(names)) == len(names) else [str(root) for root in roots]
