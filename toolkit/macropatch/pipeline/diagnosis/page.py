"""``diagnosis.json`` and ``diagnosis.html``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from macropatch.contract.results import Metric
from macropatch.pipeline.diagnosis.diagnose import Diagnosis
from macropatch.pipeline.diagnosis.figures import drawings
from macropatch.pipeline.diagnosis.files import HTML, JSON
from macropatch.report.labels import shown, title_of
from macropatch.report.numbers import with_error
from macropatch.report.panels import Panel, drawing, render_panels
from macropatch.report.tables import Cell, Table
from macropatch.runs.files import write_bytes, write_json
from macropatch.runs.identity import plain

PANELS = {
    "halo": (
        "Width of the halo", ("drift", "drift_difference", "diffusion_ratio"),
        "The same patches of the same snapshots in halos of each width. Above: root mean square of "
        "the difference in conditional drift from the widest halo, relative to the drift; open "
        "triangles are upper limits, where it may be zero. Below: variance of "
        "the increments' residuals, relative to the widest halo.",
    ),
    "dt": (
        "Length of the step", ("drift_change", "diffusion_change"),
        "Drift and residual variance per unit time of patches that evolve for dt, 2 dt and 4 dt in "
        "the run's own surroundings.",
    ),
    "lambda": (
        "Variance ratio λ",
        ("variance_ratio", "whole_systems", "calibration_share_of_events",
         "calibration_share_of_seconds"),
        "Variance of one patch's residuals over that of the whole system, by component, over K.",
    ),
    "closures": (
        "Closures", ("held_out_log_likelihood", "held_out_gain"),
        "Log-likelihood of held-out increments of the observables alone, so that closures of "
        "different dimension can be compared.",
    ),
    "whiteness": (
        "Is z closed?",
        ("autocorrelation", "fit_share", "residual_mean", "residual_variance",
         "residual_mean_by_step"),
        "Whole systems followed for several steps: what each step leaves of the fitted transition, "
        "over its standard deviation. White residuals of mean zero mean that z is closed.",
    ),
}  # fmt: skip
"""Panel → title, its figures and the caption of its drawing."""


def write_diagnosis(root: Path, found: Diagnosis, name: str) -> None:
    """Write both files into a run folder."""
    write_json(root / JSON, plain(_content(found)))
    write_bytes(root / HTML, render(found, name).encode())


def _content(found: Diagnosis) -> dict[str, object]:
    rows = [
        {**metric.labels, "name": metric.name, "value": metric.value,
         "uncertainty": metric.uncertainty}
        for metric in found.records
    ]  # fmt: skip
    return {
        "branch": found.labels,
        "fit": found.fit,
        "snapshots": found.snapshots,
        "records": rows,
        "findings": [vars(finding) for finding in found.findings],
    }


def render(found: Diagnosis, name: str) -> str:
    """The page."""
    drawn = drawings(found.data)
    panels = []
    for key, (title, figures, caption) in PANELS.items():
        sentences = [f.sentence for f in found.findings if f.panel == key and not f.warning]
        warned = [f.sentence for f in found.findings if f.panel == key and f.warning]
        tables = [_table(some, found.data) for some in _by_name(found.records, figures)]
        images = [drawing(key, title, caption, drawn[key])] if key in drawn else []
        if sentences or warned or images:
            panels.append(Panel(key, title, (*warned, *sentences), images, tables))
    branch = ", ".join(f"{title_of(key)} {shown(value)}" for key, value in found.labels.items())
    lead = [
        f"Diagnosed: {branch}. {found.snapshots} snapshots of the run were followed; errors are "
        "standard errors."
    ]
    return render_panels(
        f"{name}: diagnosis", "macropatch · what a run's figures rest on", panels, lead=lead,
        warnings=found.warnings, pages={"Report": "report.html"},
    )  # fmt: skip


def _by_name(records: Sequence[Metric], names: Sequence[str]) -> list[list[Metric]]:
    groups = [[metric for metric in records if metric.name == name] for name in names]
    return [group for group in groups if group]


def _table(metrics: Sequence[Metric], data: xr.Dataset) -> Table:
    """One row a record; the last dimension runs along the columns."""
    labels = list(metrics[0].labels)
    name = metrics[0].name
    if not labels:
        cell = Cell(with_error(metrics[0].value, metrics[0].uncertainty))
        return Table(title_of(name), "", ("",), ((cell,),), heads=0)
    *heads, across = labels
    entries = data[across].values.tolist()
    rows: dict[tuple[str, ...], dict[str, Cell]] = {}
    for metric in metrics:
        head = tuple(shown(metric.labels[key]) for key in heads)
        cell = Cell(with_error(metric.value, metric.uncertainty))
        rows.setdefault(head, {})[shown(metric.labels[across])] = cell
    body = tuple(
        (*map(Cell, head), *(found.get(shown(entry), Cell("–")) for entry in entries))
        for head, found in rows.items()
    )
    columns = (*map(title_of, heads), *(f"{title_of(across)} {shown(e)}" for e in entries))
    return Table(title_of(name), "", columns, body, heads=len(heads))
