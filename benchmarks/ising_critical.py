"""Carry out ``ising-critical``, or read a run of it, against its targets.

``python -m benchmarks.ising_critical [FOLDER]``
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.targets import carried_out, print_cost, print_line

MINUTES, GIGABYTES = 180.0, 4.0
WITHIN = {"abs_m": 0.03, "chi": 0.10, "binder": 0.005}
"""Differences from direct sampling: relative, but of Binder's cumulant."""

Record = dict[str, Any]


def main(arguments: Sequence[str] = ()) -> None:
    """Every figure with its target; says ``short`` where one is not reached."""
    carried = carried_out("ising-critical", list(arguments))
    print_cost(carried, MINUTES, GIGABYTES)
    rows = carried.metrics
    for name, most in WITHIN.items():
        for ours, direct in pairs(rows, name):
            apart = abs(ours["value"] - direct["value"])
            scale = 1.0 if name == "binder" else direct["value"]
            allowed = max(most * scale, 2.0 * error_of(ours, direct))
            told = f"{name}, L = {ours['size']}, T = {ours['temperature']:g}"
            print_line(f"{told}: {ours['value']:.4g} ({direct['value']:.4g})", apart, allowed)
    for ours, direct in pairs(rows, "exponent"):
        apart = abs(ours["value"] - direct["value"])
        told = f"exponent of {ours['observable']}: {ours['value']:.3f} ({direct['value']:.3f})"
        print_line(told, apart, 2.0 * error_of(ours, direct))
    for ours, direct in pairs(rows, "autocorrelation_time"):
        told = f"autocorrelation time of {ours['observable']}, L = {ours['large.size'][0]}"
        print_line(f"{told}, over direct", ours["value"] / direct["value"], 1.25, 0.75)
    for row in rows:
        if row["name"] == "test_error" and row["trajectories"] == 200:
            told = f"test error of {row['observable']}, L = {row['large.size'][0]}"
            print_line(f"{told}, 200 trajectories", row["value"], 2.0 * row["floor"])


def pairs(rows: Sequence[Record], name: str) -> list[tuple[Record, Record]]:
    """Records of ours and of direct simulation that agree in all other labels."""
    found: dict[str, dict[str, Record]] = {}
    apart = {"value", "uncertainty", "reference", "published", "source", "floor"}
    for row in rows:
        if row["name"] == name and row["source"] in {"sde", "direct"}:
            key = str(sorted((k, str(v)) for k, v in row.items() if k not in apart))
            found.setdefault(key, {})[row["source"]] = row
    return [(both["sde"], both["direct"]) for both in found.values() if len(both) == 2]


def error_of(ours: Record, direct: Record) -> float:
    """Standard error of the difference."""
    return math.hypot(ours["uncertainty"] or 0.0, direct["uncertainty"] or 0.0)


if __name__ == "__main__":
    main(sys.argv[1:])
