"""``macropatch predict``: trajectories of the fitted SDE, to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from macropatch.cli.options import Folder, Select

ENDINGS = (".nc", ".csv")


def main(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="NetCDF (.nc) or CSV (.csv).")],
    duration: Annotated[float, typer.Option("--duration", help="In the system's time unit.")],
    start: Annotated[
        list[str] | None,
        typer.Option(
            "--start",
            metavar="KEY=VALUE[,KEY=VALUE]",
            help="A start of the system, e.g. m=0.5; may be repeated. Default: the experiment's.",
        ),
    ] = None,
    runs: Annotated[int, typer.Option("--runs", help="Trajectories a start.")] = 100,
    record_every: Annotated[
        float | None, typer.Option("--record-every", help="Default: the experiment's.")
    ] = None,
    condition: Annotated[
        list[str] | None,
        typer.Option(
            "--condition",
            metavar="NAME=VALUE",
            help="A condition, anywhere in the trained range. Default: the experiment's.",
        ),
    ] = None,
    select: Select = None,
    stationary: Annotated[
        bool, typer.Option("--stationary", help="Run for a time --duration before recording.")
    ] = False,
    members: Annotated[
        bool, typer.Option("--members", help="Also each ensemble member's own trajectories.")
    ] = False,
    clamp: Annotated[
        bool, typer.Option("--clamp", help="Stay within the range of the training data.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Predict trajectories of the large system with what a run learned."""
    from macropatch.api.runs import load
    from macropatch.cli.values import parse_numbers, parse_pairs
    from macropatch.errors import SettingsError
    from macropatch.runs.tables import write_dataset

    if out.suffix not in ENDINGS:
        raise SettingsError(f"--out {out}: end it in {' or '.join(ENDINGS)}")
    if out.exists() and not force:
        raise SettingsError(f"--out {out}: exists already; choose another name, or add --force")
    starts = [parse_pairs("--start", text) for text in start or []] or None
    labels = parse_pairs("--select", ",".join(select or []))
    conditions = parse_numbers("--condition", ",".join(condition or []))
    run = load(folder)
    data = run.predict(
        starts, duration=duration, runs=runs, record_every=record_every, conditions=conditions,
        stationary=stationary, members=members, clamp=clamp, seed=seed, branch=run.branch(**labels),
    )  # fmt: skip
    write_dataset(out, data)
    Console(soft_wrap=True).print(f"wrote {out}", markup=False)
