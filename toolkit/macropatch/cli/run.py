"""``macropatch run``: carry out an experiment, or continue it."""

from __future__ import annotations

from typing import Annotated

import typer

from macropatch.cli.options import Experiment, Out, Overrides, Quick


def main(
    experiment: Experiment,
    out: Out = None,
    quick: Quick = False,
    overrides: Overrides = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Tasks at a time (default: all cores).", min=1)
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Run an experiment from simulation to report; the same command continues it."""
    from macropatch.cli.outcome import print_outcome, print_problems
    from macropatch.experiment import read_study
    from macropatch.host import build_host

    host = build_host()
    print_problems(host)
    changes = [*(overrides or []), *([f"run.workers={workers}"] if workers else [])]
    study = read_study(experiment, host, changes, quick)
    # Heavy imports come after the settings were read: what is wrong with them is said at once.
    from macropatch.api.runs import default_folder
    from macropatch.pipeline.execute import execute

    root = out or default_folder(experiment, study)
    done = execute(study, host, root, show=not quiet)
    print_outcome(root, done.reused, done.stages)
