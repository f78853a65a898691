"""The report: one HTML file that needs nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from macropatch.contract.results import Results
from macropatch.report.gallery import draw_all
from macropatch.report.headline_tables import headline_tables
from macropatch.report.labels import heading
from macropatch.report.plugin import FIGURES, macropatch_figures
from macropatch.report.summary import summarise
from macropatch.report.tables import full_table
from macropatch.report.templates import environment

TEMPLATE = "template.html.jinja"


@dataclass(frozen=True)
class StageRow:
    """A stage as the report lists it.

    Attributes
    ----------
    stage : its name
    tasks : how many it was split into
    core_seconds : what they took together
    events : microscopic events simulated, or ``None`` if the stage simulates nothing
    seed : the seed that its tasks' seeds descend from
    """

    stage: str
    tasks: int
    core_seconds: float
    events: int | None = None
    seed: str = ""


@dataclass(frozen=True)
class Drawing:
    """A figure on the page."""

    anchor: str
    title: str
    caption: str
    svg: Markup


def write_report(
    path: Path,
    results: Results,
    *,
    settings_toml: str,
    versions: Mapping[str, str],
    stages: Sequence[StageRow],
    notes: Sequence[str] = (),
    quick: bool = False,
    how_to_reproduce: str = "",
    warnings: Sequence[str] = (),
    headline: Mapping[str, Any] | None = None,
    figures: Mapping[str, str] | None = None,
    captions: Mapping[str, str] | None = None,
    pages: Mapping[str, str] | None = None,
) -> None:
    """Write the report; the file appears whole or not at all.

    Parameters are those of :func:`render_report`.
    """
    page = render_report(
        results,
        settings_toml=settings_toml,
        versions=versions,
        stages=stages,
        notes=notes,
        quick=quick,
        how_to_reproduce=how_to_reproduce,
        warnings=warnings,
        headline=headline,
        figures=figures,
        captions=captions,
        pages=pages,
    )
    path = Path(path)
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(page, encoding="utf-8")
    os.replace(unfinished, path)


def render_report(
    results: Results,
    *,
    settings_toml: str,
    versions: Mapping[str, str],
    stages: Sequence[StageRow],
    notes: Sequence[str] = (),
    quick: bool = False,
    how_to_reproduce: str = "",
    warnings: Sequence[str] = (),
    headline: Mapping[str, Any] | None = None,
    figures: Mapping[str, str] | None = None,
    captions: Mapping[str, str] | None = None,
    pages: Mapping[str, str] | None = None,
) -> str:
    """The report as HTML, with no script and no request to anywhere.

    Parameters
    ----------
    settings_toml : the resolved settings
    versions : package → version
    notes : paragraphs that follow the summary
    quick : whether the run was made under ``--quick``, which the page then says
    how_to_reproduce : shell commands
    warnings : what the reader must know before trusting the figures
    headline : labels of the headline records; by default those that ``summarise`` takes
    figures : name → SVG, as :func:`~macropatch.report.gallery.draw_all` gives them; by default the
        built-in figures are drawn
    captions : name → sentence, for figures that are not built in
    pages : title → name of a file beside the report, for pages that it links
    """
    told = list(warnings)
    if figures is None:
        figures = draw_all(results, macropatch_figures(), warn=told.append)
    summary = summarise(results, headline)
    return (
        environment()
        .get_template(TEMPLATE)
        .render(
            results=results,
            summary=summary,
            drawings=[_drawing(name, svg, captions or {}) for name, svg in figures.items()],
            tables=headline_tables(results),
            everything=full_table(results),
            settings_toml=settings_toml,
            versions=versions,
            stages=stages,
            seeds=any(row.seed for row in stages),
            total_seconds=sum(row.core_seconds for row in stages),
            notes=notes,
            quick=quick,
            how_to_reproduce=how_to_reproduce,
            warnings=told,
            pages=pages or {},
        )
    )


def _drawing(name: str, svg: str, captions: Mapping[str, str]) -> Drawing:
    known = {**FIGURES, **captions}
    base = max(
        (key for key in known if name == key or name.startswith(f"{key}_")), key=len, default=""
    )
    title = heading(name)
    if base and name != base:
        title = f"{heading(base)}: {name[len(base) + 1 :]}"
    return Drawing(f"figure-{name}", title, known.get(base, ""), inline(svg, name))


def inline(svg: str, name: str) -> Markup:
    """An SVG file's text made fit to stand in a page among others.

    Its identifiers get the figure's name before them, its style sheet (which would hold for the
    whole page), prolog and fixed size are dropped: the page sets the width.
    """
    start = svg.index("<svg")
    body = re.sub(r"<style.*?</style>|<metadata>.*?</metadata>", "", svg[start:], flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    prefix = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    body = re.sub(r'(\sid="|href="#|url\(#)', rf"\g<1>{prefix}-", body)
    opening, rest = body.split(">", 1)
    opening = re.sub(r'\s(?:width|height)="[^"]*"', "", opening)
    width = re.search(r'viewBox="\S+ \S+ (\S+) \S+"', opening)
    style = f' style="max-width:{float(width[1]) * 1.6:.0f}px"' if width else ""
    return Markup(f'{opening} role="img" focusable="false"{style}>{rest}')
