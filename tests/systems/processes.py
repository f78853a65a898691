"""Real ``macropatch`` processes that start at once: forks of a server that has imported everything.

They run the console script's own ``main`` and are killed and interrupted like any other process.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

PRELOAD = [
    "macropatch.cli.app", "macropatch.api", "macropatch_models.mlp", "macropatch_ising.curie_weiss",
    "macropatch.measures.evaluations", "macropatch.stages.calibrate", "macropatch.report.gallery",
    "torch._dynamo",
]  # fmt: skip
PATIENCE_SECONDS = 120.0


@contextlib.contextmanager
def macropatch_process(
    arguments: Sequence[str], output: Path, before: Callable[[], None] | None = None
) -> Iterator[BaseProcess]:
    """A process that runs ``macropatch ARGUMENTS``; killed at the end if it still runs.

    Parameters
    ----------
    output : file that gets its standard output and error
    before : called in the process before the command, to prepare a fault
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    process = context.Process(target=_command, args=(list(arguments), output, before))
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            process.kill()
        process.join(PATIENCE_SECONDS)
        process.close()


def finish(process: BaseProcess) -> int:
    """The exit code of a process, once it has ended by itself (minus the signal if by one)."""
    process.join(PATIENCE_SECONDS)
    assert process.exitcode is not None, "the process does not end"
    return process.exitcode


def wait_until(happened: Callable[[], bool], process: BaseProcess) -> bool:
    """Poll until something has happened; ``False`` if the process ends before."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if not process.is_alive():
            return happened()
        assert time.monotonic() < deadline, "it never happens"
        time.sleep(0.002)
    return True


def kill_at_rename(count: int, after: bool) -> None:
    """Make this process kill itself at its rename number ``count``, before or after it is done."""
    rename, left = os.replace, [count]

    def replace(source: str, target: str, **options: int) -> None:
        left[0] -= 1
        if left[0] == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        rename(source, target, **options)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    os.replace = replace


def checkpoint_always() -> None:
    """Make fits of this process write a checkpoint after every epoch."""
    from macropatch.learning import loop

    loop.CHECKPOINT_SECONDS = -1.0


def _command(arguments: list[str], output: Path, before: Callable[[], None] | None) -> None:
    stream = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for standard in (1, 2):
        os.dup2(stream, standard)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by jobs in the background
    sys.argv = ["macropatch", *arguments]
    if before is not None:
        before()
    from macropatch.cli.app import main

    main()
