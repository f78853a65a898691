"""What commands print at their end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from macropatch.host import Host


def print_problems(host: Host) -> None:
    """Plugins that were left out, on standard error."""
    for problem in host.problems:
        Console(stderr=True, soft_wrap=True).print(f"[yellow]left out[/] {escape(str(problem))}")


def print_outcome(root: Path, reused: int, stages: int) -> None:
    """The test errors and where the report is."""
    from macropatch.pipeline.publish import read_metrics

    console = Console(soft_wrap=True)
    rows = [row for row in read_metrics(root / "metrics.json") if row["name"] == "test_error"]
    for observable, runs in dict.fromkeys((row["observable"], row["trajectories"]) for row in rows):
        some = [r for r in rows if (r["observable"], r["trajectories"]) == (observable, runs)]
        console.print(_table(f"test error of {observable}, means of {runs} trajectories", some))
    if reused:
        console.print(f"{reused} of {stages} stages were finished before and kept")
    console.print(f"report: {escape(str((root / 'report.html').resolve()))}")


def _table(title: str, rows: list[dict[str, Any]]) -> Table:
    """One row a member of the sweep, one column a scheme."""
    schemes = list(dict.fromkeys(str(row["scheme"]) for row in rows))
    table = Table("patch size", *schemes, "floor", title=title, title_justify="left")
    members: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        members.setdefault(str(row["patch_size"]), {})[str(row["scheme"])] = row
    for patch, found in members.items():
        values = [_shown(found.get(scheme)) for scheme in schemes]
        floor = next(iter(found.values())).get("floor")
        table.add_row(escape(patch), *values, "–" if floor is None else f"{floor:.2e}")
    return table


def _shown(row: dict[str, Any] | None) -> str:
    if row is None:
        return "–"
    error = row.get("uncertainty")
    return f"{row['value']:.2e}" + ("" if error is None else f" ± {error:.0e}")
