"""``macropatch compare``: two runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from macropatch.cli.options import Folder, checked_page

NOTICEABLE = 3.0
"""A difference of so many standard errors is set in bold."""


def main(
    first: Folder,
    second: Folder,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.html", help="Also write a page, with the figures."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Metrics of two finished runs side by side, and the settings in which they differ."""
    from macropatch.api.comparison import comparison_page, figures, words
    from macropatch.pipeline.comparison import differing_settings, match, read_finished
    from macropatch.runs.files import write_bytes

    page = checked_page(out, force) if out is not None else None
    one, other = read_finished(first), read_finished(second)
    console = Console(soft_wrap=True)
    settings = Table("setting", escape(str(first)), escape(str(second)))
    differ = differing_settings(one, other)
    for path, values in differ.items():
        settings.add_row(
            *map(escape, (path, *("not set" if v is None else str(v) for v in values)))
        )
    console.print(settings if differ else "both runs have the same settings")
    named = Column("metric", no_wrap=True)
    table = Table(named, "told apart by", escape(str(first)), escape(str(second)), "apart")
    for pair in match(one, other):
        apart = pair.errors_apart
        cells = (pair.name, words(pair), *figures(pair))
        style = "bold" if apart is not None and abs(apart) > NOTICEABLE else None
        table.add_row(*map(escape, cells), style=style)
    console.print(table)
    console.print(f"apart: difference in standard errors; bold beyond {NOTICEABLE:g}")
    if page is not None:
        write_bytes(page, comparison_page(one, other).encode())
        console.print(f"page: {escape(str(page.resolve()))}")
