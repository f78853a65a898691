"""``macropatch doctor``: is everything here that a run needs?"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape


def main() -> None:
    """Check Python, packages, cores, disk, plugins, kernels and the device."""
    from macropatch.host import build_host
    from macropatch.runs.executors import worker_count
    from macropatch.runs.manifest import versions

    console = Console(soft_wrap=True)
    failed = 0

    def line(good: bool, text: str) -> None:
        nonlocal failed
        failed += not good
        console.print(("[green]ok[/]   " if good else "[red]fail[/] ") + escape(text))

    line(sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (3.11 or newer)")
    for name, number in versions().items():
        line(True, f"{name} {number}")
    line(True, f"{worker_count(0)} of {os.cpu_count()} cores usable")
    free = shutil.disk_usage(Path.cwd()).free
    line(
        free > 2e9, f"{free / 1e9:.1f} GB free in {Path.cwd()} (2 GB for a run at the paper's size)"
    )
    with tempfile.TemporaryDirectory() as scratch:
        try:
            (Path.cwd() / ".macropatch-doctor").write_text("x")
            (Path.cwd() / ".macropatch-doctor").unlink()
            line(True, "this folder can be written to")
        except OSError as error:
            line(False, f"this folder cannot be written to: {error.strerror}; use --out elsewhere")
        line(Path(scratch).is_dir(), "temporary folder can be used")
    host = build_host()
    line(not host.problems, f"{sum(map(len, host.entries.values()))} records of plugins are sound")
    for problem in host.problems:
        line(False, str(problem))
    _kernels(line)
    if failed:
        raise typer.Exit(1)


def _kernels(line: object) -> None:
    """Compile and run one small kernel, and one step of torch."""
    assert callable(line)
    try:
        import numpy as np

        from macropatch.lattice import draw_seeds, seed_state

        state = seed_state(draw_seeds(np.random.default_rng(0), 1)[0])
        line(len(state) == 4, "numba compiles and runs kernels")
    except Exception as error:  # noqa: BLE001 - whatever is broken is what we report
        line(False, f"numba cannot run a kernel: {error}; reinstall numba")
    try:
        import torch

        line(bool(torch.ones(2).sum() == 2), f"torch runs; CUDA: {torch.cuda.is_available()}")
    except Exception as error:  # noqa: BLE001 - whatever is broken is what we report
        line(False, f"torch does not run: {error}; install it with -c constraints.txt")
