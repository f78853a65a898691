"""Carry out ``ising`` at the paper's size, or read a run of it, against its targets.

``python -m benchmarks.ising [FOLDER]``
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.targets import carried_out, name_of, print_cost, print_line

MINUTES, GIGABYTES = 25.0, 2.0


def main(arguments: Sequence[str] = ()) -> None:
    """Every figure with its target; says ``short`` where one is not reached."""
    carried = carried_out("ising", list(arguments))
    print_cost(carried, MINUTES, GIGABYTES)
    for row in carried.metrics:
        judge(row)


def judge(row: dict[str, Any]) -> None:
    """Print a record that has a target."""
    if row["name"] == "test_error" and row["observable"] == "m":
        name = f"{name_of(row)}, test error of m, {row['trajectories']} trajectories"
        if row["scheme"] == "partial" and row["trajectories"] == 20:
            print_line(f"{name} (floor {row['floor']:.2e})", row["value"], 1.5 * row["floor"])
        elif row["scheme"] == "partial" and row["trajectories"] == 200:
            print_line(f"{name} (floor {row['floor']:.2e})", row["value"], 1.5e-4)
        elif row["scheme"] != "partial" and "published" in row and row["patch_size"][0] <= 16:
            compare(name, row["value"], row["published"])
    elif row["name"] == "sd_ratio" and row["scheme"] == "partial":
        name = f"{name_of(row)}, standard deviation of {row['observable']} / true"
        print_line(name, row["value"], 1.1, 0.9)


def compare(name: str, ours: float, paper: float) -> None:
    """A scheme of the paper rerun: within a factor of two of its own figure."""
    print_line(name, ours, 2.0 * paper, paper / 2.0)
    print(f"  published {paper:.2e}, ours {ours / paper:.2f} times that")


if __name__ == "__main__":
    main(sys.argv[1:])
