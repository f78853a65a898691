"""``macropatch check``: validate settings and print the plan."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from macropatch.cli.options import Experiment, Out, Overrides, Quick


def main(
    experiment: Experiment,
    out: Out = None,
    quick: Quick = False,
    overrides: Overrides = None,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Print the settings with all defaults, as TOML.")
    ] = False,
) -> None:
    """Check settings without running: counts, disk, memory and expected minutes."""
    from macropatch.cli.outcome import print_problems
    from macropatch.experiment import read_study
    from macropatch.experiment.resolved import resolved_toml
    from macropatch.host import build_host

    host, console = build_host(), Console(soft_wrap=True)
    print_problems(host)
    study = read_study(experiment, host, overrides or [], quick)
    # Heavy imports come after the settings were read: what is wrong with them is said at once.
    from macropatch.api.runs import default_folder
    from macropatch.pipeline.plan import check_disk, make_plan
    from macropatch.pipeline.preflight import check_study
    from macropatch.report.numbers import seconds

    check_study(study, host)
    if resolved:
        console.print(resolved_toml(study), markup=False, highlight=False)
        return
    plan = make_plan(study, host)
    table = Table("stage", "how many", "tasks", "disk", "core time")
    for row in plan.rows:
        table.add_row(
            row.kind, str(row.stages), str(row.tasks), size(row.disk), seconds(row.seconds)
        )
    console.print(table)
    check_disk(plan.disk, out or default_folder(experiment, study))
    console.print(
        f"{escape(study.source)}: {len(study.members)} members of the sweep, schemes "
        f"{', '.join(study.first.evolve.scheme)}; {size(plan.disk)} of disk, about "
        f"{size(plan.memory)} of memory, about {seconds(plan.seconds)} on {plan.workers} workers "
        "(fits may end earlier than planned)"
    )


def size(count: float) -> str:
    """Bytes as a reader wants them."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
