"""``macropatch report``: write a report again, or one page of several runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from macropatch.cli.options import checked_page


def main(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Run folders.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.html", help="The page of several runs."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write metrics, figures and report of a finished run again.

    With --out, the figures and tables of one or more runs go on one page, figure by figure.
    """
    from macropatch.api.joint import joint_page
    from macropatch.api.runs import load
    from macropatch.errors import SettingsError
    from macropatch.runs.files import write_bytes

    if out is None and len(folders) > 1:
        raise SettingsError("several runs need a page of their own: add --out FILE.html")
    page = checked_page(out, force) if out is not None else None
    runs = [load(folder) for folder in folders]
    console = Console(soft_wrap=True)
    if page is None:
        runs[0].write_report()
        console.print(f"report: {runs[0].report.resolve()}", markup=False)
        return

    def warn(message: str) -> None:
        console.print(f"warning: {message}", markup=False)

    write_bytes(page, joint_page(runs, warn).encode())
    console.print(f"page: {page.resolve()}", markup=False)
