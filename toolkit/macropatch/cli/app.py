"""``macropatch``: commands, errors as exit codes (0 done, 1 failed, 2 bad usage or settings)."""

from __future__ import annotations

import functools
import os
import signal
import sys
import warnings
from collections.abc import Callable
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from macropatch.cli import (
    check,
    compare,
    diagnose,
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
DEBUG = "MACROPATCH_DEBUG"
"""Set to 1 it shows the traceback of an error that was not foreseen."""

app = typer.Typer(
    name="macropatch",
    help="Learn stochastic dynamics of large systems from small and partial simulations.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _interruptible(command: Callable[..., None]) -> Callable[..., None]:
    """The command with its own answer to Ctrl-C: Typer's would end it without a word."""

    @functools.wraps(command)
    def call(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            Console(stderr=True, soft_wrap=True).print(
                "\ninterrupted; finished tasks are kept, the same command continues"
            )
            sys.stderr.flush()
            os._exit(INTERRUPTED)  # threads may be inside a kernel that nobody waits for

    return call


for module in (
    run, check, status, predict, report, diagnose, compare, experiments, new, plugins, doctor
):  # fmt: skip
    app.command(module.__name__.rpartition(".")[2])(_interruptible(module.main))


def main() -> None:
    """Entry point: errors become messages and exit codes."""
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
    except BrokenPipeError:
        os._exit(1)
    except KeyboardInterrupt:
        errors.print("\ninterrupted")
        sys.exit(INTERRUPTED)
    except Exception as error:
        if os.environ.get(DEBUG) == "1":
            raise
        errors.print(
            f"[bold red]error[/] {escape(f'{type(error).__name__}: {error}')}. This was not "
            f"foreseen: please report it with what {DEBUG}=1 prints. What is finished is kept."
        )
        sys.exit(1)


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    Console(stderr=True, soft_wrap=True).print(f"[yellow]warning[/] {escape(str(message))}")
