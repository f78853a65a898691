"""What commands print at their end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from macropatch.host import Host

if TYPE_CHECKING:
    from macropatch.report.tables import Table as MetricTable

PRINTED = {"test_error", "mmd", "mmd_difference"}
"""Metrics whose tables a run prints, beside standard deviations against λ."""


def print_problems(host: Host) -> None:
    """Plugins that were left out, on standard error."""
    for problem in host.problems:
        Console(stderr=True, soft_wrap=True).print(f"[yellow]left out[/] {escape(str(problem))}")


def print_outcome(root: Path, reused: int, stages: int) -> None:
    """Test errors, what tells values of λ apart where it is swept, and where the report is."""
    from macropatch.pipeline.comparison import metric_of
    from macropatch.pipeline.publish import read_metrics
    from macropatch.report.headline_tables import EXPECTED, metric_tables

    console = Console(soft_wrap=True)
    for table in metric_tables(map(metric_of, read_metrics(root / "metrics.json"))):
        if table.metric in PRINTED or EXPECTED in table.columns:
            console.print(_printed(table))
    if reused:
        console.print(f"{reused} of {stages} stages were finished before and kept")
    console.print(f"report: {escape(str((root / 'report.html').resolve()))}")


def _printed(table: MetricTable) -> Table:
    title = table.title[0].lower() + table.title[1:]
    printed = Table(*map(escape, table.columns), title=escape(title), title_justify="left")
    for row in table.rows:
        texts = (f"{cell.text} ({cell.detail})" if cell.detail else cell.text for cell in row)
        printed.add_row(*map(escape, texts))
    return printed
