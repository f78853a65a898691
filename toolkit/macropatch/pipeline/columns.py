"""Arrays that several stages store, with names and units of what runs along their axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from macropatch.contract import ArraySpec, MicroscopicSystem, Quantity
from macropatch.runs.arrays import Column
from macropatch.stages.encode import independent_columns

STATE = "state_"
"""Before the names of a state's arrays in Zarr groups, where other arrays have names too."""


def described(quantities: Sequence[Quantity], closures: int = 0) -> dict[str, Any]:
    """Attributes of an array along whose last axis quantities run, then closures."""
    return {
        "names": [q.name for q in quantities] + [f"closure {i + 1}" for i in range(closures)],
        "units": [q.unit or "1" for q in quantities] + ["1"] * closures,
    }


def independent_observables(system: MicroscopicSystem) -> list[Quantity]:
    """What SDEs are fitted to, beside closures."""
    return [system.observables[column] for column in independent_columns(system)]


def observed_columns(system: MicroscopicSystem, rows: int, part: int) -> dict[str, Column]:
    """``z`` and ``c``: observables and conditions of each snapshot."""
    d = len(system.observables)
    return {
        "z": Column(
            (rows, d), (part, d), "float64", ("snapshot", "observable"),
            described(system.observables),
        ),
        "c": condition_column(system, rows, part),
    }  # fmt: skip


def condition_column(system: MicroscopicSystem, rows: int, part: int) -> Column:
    """Conditions of each snapshot."""
    count = len(system.conditions)
    return Column(
        (rows, count), (part, count), "float64", ("snapshot", "condition"),
        described(system.conditions),
    )  # fmt: skip


def state_columns(spec: Mapping[str, ArraySpec], rows: int, part: int) -> dict[str, Column]:
    """Columns of the arrays of a state; those of two levels as bits."""
    return {
        STATE + name: Column(
            (rows, *array.shape),
            (part, *array.shape),
            array.dtype,
            ("snapshot", *array.dimensions),
            {"units": array.unit} if array.unit else {},
            array.levels if array.levels is not None and len(array.levels) == 2 else None,
        )
        for name, array in spec.items()
    }
