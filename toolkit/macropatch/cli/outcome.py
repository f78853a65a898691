"""What commands print at their end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from macropatch.host import Host
from macropatch.pipeline.publish import read_metrics
from macropatch.report.numbers import number, with_error

KEYS = ("scheme", "patch_size", "observable", "trajectories")


def print_problems(host: Host) -> None:
    """Plugins that were left out, on standard error."""
    for problem in host.problems:
        Console(stderr=True, soft_wrap=True).print(f"[yellow]left out[/] {escape(str(problem))}")


def print_outcome(root: Path, reused: int, stages: int) -> None:
    """The headline figures and where the report is."""
    console = Console(soft_wrap=True)
    metrics: list[dict[str, Any]] = [
        row for row in read_metrics(root / "metrics.json") if row["name"] == "test_error"
    ]
    if metrics:
        table = Table("scheme", "patch", "observable", "runs", "test error", "floor", "published")
        for row in metrics:
            table.add_row(
                *(escape(str(row.get(key, "–"))) for key in KEYS),
                with_error(row["value"], row["uncertainty"]),
                number(row.get("floor")),
                number(row.get("published")),
            )
        console.print(table)
    if reused:
        console.print(f"{reused} of {stages} stages were finished before and kept")
    console.print(f"report: {escape(str((root / 'report.html').resolve()))}")
