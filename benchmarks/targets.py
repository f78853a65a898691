"""A named experiment in a process of its own, and its figures beside their targets."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import macropatch


@dataclass(frozen=True)
class Carried:
    """What a run measured.

    Attributes
    ----------
    metrics : records of its ``metrics.json``
    minutes : by the clock; ``None`` of a run that was found finished
    gigabytes : peak memory
    quick : whether it is the quick form
    """

    metrics: list[dict[str, Any]]
    minutes: float | None
    gigabytes: float
    quick: bool

    @property
    def core_seconds(self) -> float:
        """Of all stages."""
        return sum(row["value"] for row in self.metrics if row["name"] == "seconds")


def carried_out(experiment: str, arguments: list[str]) -> Carried:
    """Run a named experiment, or read the finished run in the folder that is the one argument.

    A folder that holds no finished run is where it then runs; without one it is a temporary one.
    """
    if len(arguments) > 1 or any(text.startswith("-") for text in arguments):
        raise SystemExit(f"give no argument, or one folder of a run of {experiment}")
    if not arguments:
        with tempfile.TemporaryDirectory() as scratch:
            return _run(experiment, Path(scratch) / "run")
    folder = Path(arguments[0])
    if not (folder / "experiment.toml").is_file():
        return _run(experiment, folder)
    run = macropatch.load(folder)
    name = run.study.first.experiment.name
    if name != experiment:
        raise SystemExit(f"{folder}: a run of {name!r}, not of {experiment!r}")
    if run.state != "finished":
        return _run(str(folder), folder)
    peaks = [row["value"] for row in run.metrics if row["name"] == "peak_bytes"]
    return Carried(run.metrics, None, max(peaks) / 1e9, run.study.quick)


def print_cost(carried: Carried, minutes: float, gigabytes: float) -> None:
    """Time and memory; says so if the run is a quick one, whose figures mean nothing."""
    if carried.quick:
        print("A quick run: its figures are not the method's.")
    if carried.minutes is None:
        print("wall minutes: not known of a run that was found finished")
    else:
        print_line("wall minutes", carried.minutes, minutes)
    print_line("peak memory, GB", carried.gigabytes, gigabytes)
    print(f"{'core seconds':<66} {carried.core_seconds:9.3g}")


def print_line(name: str, value: float, most: float, least: float = 0.0) -> None:
    """A figure, its target and whether it is reached."""
    span = f"<= {most:.3g}" if least == 0.0 else f"{least:.3g} to {most:.3g}"
    print(f"{name:<66} {value:9.3g}   {span:<20} {'PASS' if least <= value <= most else 'short'}")


def name_of(row: dict[str, Any]) -> str:
    """Scheme and patch of a record, in words."""
    patch = row["patch_size"]
    edges = patch if isinstance(patch, list) else [patch]
    return f"{row['scheme']} {' × '.join(map(str, edges))}"


def _run(experiment: str, folder: Path) -> Carried:
    """In a process of its own, so that memory is that of this run alone."""
    program = str(Path(sys.executable).parent / "macropatch")
    command = [program, "run", experiment, "--out", str(folder), "--quiet"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"macropatch run {experiment} ended with {process.returncode}")
    minutes = (time.perf_counter() - began) / 60.0
    run = macropatch.load(folder)
    return Carried(run.metrics, minutes, usage.ru_maxrss / 1e6, run.study.quick)
