"""``macropatch diagnose``: is the halo wide enough, ``λ`` right, ``z`` closed?"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from macropatch.cli.options import Folder, Select


def main(
    folder: Folder,
    select: Select = None,
    snapshots: Annotated[
        int, typer.Option("--snapshots", metavar="N", help="How many snapshots to follow.", min=100)
    ] = 4000,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Check halo, time step, lambda, closures and residuals of a fit; writes diagnosis.html."""
    from macropatch.api.runs import load
    from macropatch.cli.values import parse_pairs
    from macropatch.pipeline.diagnosis.files import HTML

    run = load(folder)
    branch = run.branch(**parse_pairs("--select", ",".join(select or [])))
    found = run.diagnose(snapshots=snapshots, branch=branch, progress=not quiet)
    console = Console(soft_wrap=True)
    for finding in found.findings:
        mark = "[yellow]off[/]  " if finding.warning else "     "
        console.print(f"{mark}{escape(finding.sentence)}")
    console.print(f"page: {escape(str((folder / HTML).resolve()))}")
