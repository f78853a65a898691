"""``macropatch plugins``: what is installed, and what was left out and why."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table


def main(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also capabilities and surroundings of systems.")
    ] = False,
) -> None:
    """List plugins; those that are broken are named with what to do about them."""
    from macropatch.host import build_host

    host, console = build_host(), Console()
    table = Table("kind", "name", "from", "summary")
    for hook, entries in host.entries.items():
        kind = hook.removeprefix("macropatch_").replace("_", " ")
        for name, entry in entries.items():
            summary = entry.record.summary
            if verbose and kind == "systems":
                able = ", ".join(sorted(entry.record.capabilities)) or "none"
                summary += f"\ncapabilities: {able}"
                summary += f"\nsurroundings: {', '.join(entry.record.surroundings)}"
            origin = f"{entry.provider.distribution} {entry.provider.version}"
            table.add_row(kind, *map(escape, (name, origin, summary)))
    console.print(table)
    for problem in host.problems:
        console.print(f"[yellow]left out[/] {escape(str(problem))}", soft_wrap=True)
