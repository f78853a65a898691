"""Carry out ``predator-prey`` at the paper's size, or read a run of it, against its targets.

``python -m benchmarks.predator_prey [FOLDER]``
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.targets import carried_out, print_cost, print_line

MINUTES, GIGABYTES = 25.0, 2.0
PATCHES = 5
"""``K``, and the λ that the others are compared with."""

MOST = {"moments": 0.03, "autoencoder": math.inf}
"""Mean MMD over the observables; 0.02 is the stretch."""


def main(arguments: Sequence[str] = ()) -> None:
    """Means over seeds with standard errors; says ``short`` where a target is not reached."""
    carried = carried_out("predator-prey", list(arguments))
    print_cost(carried, MINUTES, GIGABYTES)
    found: dict[tuple[Any, ...], dict[int, dict[str, Any]]] = defaultdict(dict)
    for row in carried.metrics:
        if row["name"] in ("mmd", "sd_ratio") and "seed" in row:
            what = row.get("space") or row["observable"]
            key = (row["name"], what, row["scheme"], row["closure"], row["lambda"])
            found[key][row["seed"]] = row
    for key, rows in sorted(found.items(), key=lambda item: str(item[0])):
        judge(*key, list(rows.values()))
    for lambda_ in (2.5, 10):
        own, base = (
            found[("mmd", "observables", "partial", "moments", one)] for one in (lambda_, PATCHES)
        )
        if len(own) > 1:
            difference = [own[seed]["value"] - base[seed]["value"] for seed in own]
            print(f"MMD(λ = {lambda_}) − MMD({PATCHES}): {_mean(difference)}")


def judge(
    name: str, what: str, scheme: str, closure: str, lambda_: Any, rows: list[dict[str, Any]]
) -> None:
    """Print the mean over seeds, and its target if it has one."""
    values = [row["value"] for row in rows]
    floor = np.mean([row["floor"] for row in rows])
    title = (
        f"{name} of {what}, {scheme}, {closure}, λ = {lambda_}: {_mean(values)}, floor {floor:.2g}"
    )
    unbiased = scheme == "partial" and lambda_ in ("calibrated", PATCHES)
    if name == "mmd" and what == "observables" and unbiased:
        print_line(title, float(np.mean(values)), MOST[closure])
    elif name == "sd_ratio" and scheme == "partial":
        expected = 1.0 if unbiased else math.sqrt(PATCHES / lambda_)
        print_line(title, float(np.mean(values)), 1.06 * expected, 0.94 * expected)
    else:
        print(title)


def _mean(values: Sequence[float]) -> str:
    error = np.std(values, ddof=1) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return f"{np.mean(values):.4f} ± {error:.4f}"


if __name__ == "__main__":
    main(sys.argv[1:])
