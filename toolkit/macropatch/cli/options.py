"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from macropatch.errors import SettingsError

Experiment = Annotated[
    str,
    typer.Argument(help="A named experiment, a settings file or a run folder.", show_default=False),
]
Folder = Annotated[Path, typer.Argument(help="A run folder.", show_default=False)]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="TABLE.KEY=VALUE", help="Override a setting; may be repeated."),
]
Quick = Annotated[bool, typer.Option("--quick", help="The small form of the experiment.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Run folder (default: runs/NAME).", show_default=False
    ),
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="LABEL=VALUE",
        help="Which fit, e.g. patch_size=64 or scheme=naive. Default: the first.",
    ),
]


def checked_page(out: Path, force: bool) -> Path:
    """The file of a page that a command is to write.

    Raises
    ------
    SettingsError
        if it is no HTML file, or exists and ``force`` is not given.
    """
    if out.suffix != ".html":
        raise SettingsError(f"--out {out}: end it in .html")
    if out.exists() and not force:
        raise SettingsError(f"--out {out}: exists already; choose another name, or add --force")
    return out
