"""Conditions of snapshots: each combination of the listed values in turn."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float


def combinations(
    names: Sequence[str], values: Mapping[str, Sequence[float]]
) -> Float[np.ndarray, "combinations conditions"]:
    """All combinations of the listed values, in the order of ``names``."""
    if not names:
        return np.zeros((1, 0))
    return np.array(list(itertools.product(*(values[name] for name in names))), dtype=np.float64)


def cycle(
    table: Float[np.ndarray, "combinations conditions"], first: int, count: int
) -> Float[np.ndarray, "count conditions"]:
    """Conditions of snapshots ``first … first + count``: the combinations in turn."""
    return table[np.arange(first, first + count) % len(table)]


def repeated(row: Sequence[float], count: int) -> Float[np.ndarray, "count conditions"]:
    """One combination for each of so many snapshots."""
    return np.tile(np.array(row, dtype=np.float64), (count, 1)).reshape(count, len(row))


def described(names: Sequence[str], row: Sequence[float]) -> str:
    """A combination in words: ``temperature = 2.5, field = 0.1``."""
    return ", ".join(f"{name} = {value:g}" for name, value in zip(names, row, strict=True))
