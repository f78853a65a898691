"""Carry out ``curie-weiss`` at the paper's size, or read a run of it, against its targets.

``python -m benchmarks.curie_weiss [FOLDER]``
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.targets import carried_out, name_of, print_cost, print_line

MINUTES, GIGABYTES = 8.0, 2.0


def main(arguments: Sequence[str] = ()) -> None:
    """Every figure with its target; says ``short`` where one is not reached."""
    carried = carried_out("curie-weiss", list(arguments))
    print_cost(carried, MINUTES, GIGABYTES)
    for row in carried.metrics:
        judge(row)


def judge(row: dict[str, Any]) -> None:
    """Print a record that has a target."""
    if row["name"] == "test_error":
        name = f"{name_of(row)}, test error, {row['trajectories']} trajectories"
        if row["scheme"] == "partial":
            target = 1.4 * row["floor"] if row["trajectories"] == 20 else 1.5e-4
            print_line(f"{name} (floor {row['floor']:.2e})", row["value"], target)
        elif "published" in row:
            small = row["patch_size"] <= 256
            low = row["published"] / 2 if small else 0.0
            print_line(name, row["value"], 2 * row["published"] if small else row["published"], low)
    elif row["name"] == "sd_ratio" and row["scheme"] == "partial":
        print_line(f"{name_of(row)}, standard deviation / true", row["value"], 1.1, 0.9)


if __name__ == "__main__":
    main(sys.argv[1:])
