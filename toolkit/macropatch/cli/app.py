"""``macropatch``: commands, errors as exit codes (0 done, 1 failed, 2 bad usage or settings)."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from macropatch.cli import (
    check,
    doctor,
    experiments,
    new,
    plugins,
    predict,
    report,
    run,
    status,
)
from macropatch.errors import MacropatchError, SettingsError

INTERRUPTED = 130

app = typer.Typer(
    name="macropatch",
    help="Learn stochastic dynamics of large systems from small and partial simulations.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for command in (run, check, status, predict, report, experiments, new, plugins, doctor):
    app.command(command.__name__.rpartition(".")[2])(command.main)


def main() -> None:
    """Entry point: errors become messages, Ctrl-C says how to continue."""
    errors = Console(stderr=True, soft_wrap=True)
    warnings.showwarning = _show_warning
    try:
        app()
    except SettingsError as error:
        errors.print(f"[bold red]settings[/] {escape(str(error))}")
        sys.exit(2)
    except MacropatchError as error:
        errors.print(f"[bold red]error[/] {escape(str(error))}")
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("\ninterrupted; finished tasks are kept, the same command continues")
        sys.stderr.flush()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os._exit(INTERRUPTED)  # threads may be inside a kernel that nobody waits for
    except BrokenPipeError:
        os._exit(1)


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    Console(stderr=True, soft_wrap=True).print(f"[yellow]warning[/] {escape(str(message))}")
