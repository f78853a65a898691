"""``macropatch status``: what a folder holds, what is still to do and why."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from macropatch.cli.options import Folder, Overrides


def main(
    folder: Folder,
    overrides: Overrides = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete stages that the settings do not need any more.")
    ] = False,
) -> None:
    """Say which stages are finished, which are to be done and why."""
    from macropatch.cli.check import size
    from macropatch.errors import StorageError
    from macropatch.experiment import read_study
    from macropatch.host import build_host
    from macropatch.pipeline.execute import SETTINGS
    from macropatch.pipeline.inventory import inventory, remove_unused
    from macropatch.report.numbers import seconds

    if not (folder / SETTINGS).is_file():
        raise StorageError(f"{folder}: no run folder (it has no {SETTINGS}); give what --out was")
    host, console = build_host(), Console(soft_wrap=True)
    found = inventory(read_study(folder, host, overrides or []), host, folder)
    console.print(f"{escape(str(folder))}: {found.state}")
    table = Table("stage", "of", "done", "core time", "why it is to be done")
    for row in found.rows:
        done = f"{row.done}/{row.tasks}"
        cells: tuple[Any, ...] = (row.name, row.where, done, seconds(row.seconds), row.reason)
        table.add_row(*(escape(str(cell)) for cell in cells))
    console.print(table)
    if found.unused:
        if prune:
            remove_unused(folder, found)
        verb = "deleted" if prune else "not needed by these settings (--prune deletes them)"
        console.print(f"{len(found.unused)} files and folders, {size(found.unused_bytes)}: {verb}")
