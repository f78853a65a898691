"""``macropatch report``: write the report again from what a run measured."""

from __future__ import annotations

from rich.console import Console

from macropatch.cli.options import Folder


def main(folder: Folder) -> None:
    """Write metrics, figures and report of a finished run again."""
    from macropatch.api.runs import load

    run = load(folder)
    run.write_report()
    Console(soft_wrap=True).print(f"report: {run.report.resolve()}", markup=False)
