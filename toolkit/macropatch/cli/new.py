"""``macropatch new``: write a named experiment's settings to a file for editing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def main(
    experiment: Annotated[str, typer.Argument(help="A named experiment.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write the settings of a named experiment to a file."""
    from macropatch.errors import SettingsError
    from macropatch.experiment import locate
    from macropatch.host import build_host
    from macropatch.runs.files import write_bytes

    source = locate(experiment, build_host())
    if file.exists() and not force:
        raise SettingsError(f"{file}: exists already; choose another name, or add --force")
    write_bytes(file, source.read_bytes())
    Console(soft_wrap=True).print(
        f"wrote {file}; edit it, then: macropatch check {file}", markup=False
    )
