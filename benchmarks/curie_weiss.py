"""Carry out ``curie-weiss`` at the paper's size in a fresh process, against its targets."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import macropatch

MINUTES, GIGABYTES = 8.0, 2.0


def main() -> None:
    """Every figure with its target; says ``MISSED`` where one is not reached."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "run"
        program = str(Path(sys.executable).parent / "macropatch")
        began = time.perf_counter()
        subprocess.run([program, "run", "curie-weiss", "--out", str(folder), "--quiet"], check=True)
        minutes = (time.perf_counter() - began) / 60.0
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
        metrics = macropatch.load(folder).metrics
    print_line("wall minutes", minutes, MINUTES)
    print_line("peak memory, GB", peak, GIGABYTES)
    for row in metrics:
        judge(row)


def judge(row: dict[str, Any]) -> None:
    """Print a record that has a target."""
    name = f"{row.get('scheme')} {row.get('patch_size')}"
    if row["name"] == "test_error":
        name += f", test error, {row['trajectories']} trajectories"
        if row["scheme"] == "partial":
            target = 1.4 * row["floor"] if row["trajectories"] == 20 else 1.5e-4
            print_line(f"{name} (floor {row['floor']:.2e})", row["value"], target)
        elif "published" in row:
            small = row["patch_size"] <= 256
            low = row["published"] / 2 if small else 0.0
            print_line(name, row["value"], 2 * row["published"] if small else row["published"], low)
    elif row["name"] == "sd_ratio" and row["scheme"] == "partial":
        print_line(f"{name}, standard deviation / true", row["value"], 1.1, 0.9)


def print_line(name: str, value: float, most: float, least: float = 0.0) -> None:
    """A figure, its target and whether it is reached."""
    reached = "reached" if least <= value <= most else "MISSED"
    span = f"<= {most:.3g}" if least == 0.0 else f"{least:.3g} to {most:.3g}"
    print(f"{name:<66} {value:9.3g}   {span:<20} {reached}")


if __name__ == "__main__":
    main()
