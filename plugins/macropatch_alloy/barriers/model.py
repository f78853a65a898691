"""What gives vacancy kinetics its barriers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numba import cfunc, njit, typeof, types
from numba.core.errors import NumbaError

from macropatch_alloy.kernels.barriers import evaluate_barriers
from macropatch_alloy.lattices import CubicLattice, Structure, first_neighbours, offsets_within

VACANCY = "X"
"""ASE's symbol of no atom; its code is 0."""

Tables = tuple[np.ndarray, ...]
BarrierFunction = Callable[[np.ndarray, tuple[int, int, int], int, int, int, Any, np.ndarray], None]
"""``(occupation, cells, x, y, z, tables, out) → None``.

Writes into ``out`` ``(directions,)`` the barrier (eV) of the exchange of the vacancy at
``(x, y, z)`` (half lattice constants, inside the supercell) with each of ``first_neighbours``.
``occupation`` is int8 ``(sites,)``. It may read sites within the model's radius only, and what it
writes may depend on nothing but their species and where they lie from the vacancy. What it writes
for a neighbour that is itself a vacancy is ignored: such jumps never happen.
"""

CONSTANT_TOLERANCE = 0.02


@dataclass(frozen=True, eq=False)
class BarrierModel:
    """Barriers of a vacancy's jumps to its first neighbours.

    Attributes
    ----------
    name : names the model in errors and reports
    structure : of the lattice
    constant : edge of the cubic cell, Å
    radius : barriers depend on the sites within it of the vacancy, Å
    species : symbols by code; code 0 is the vacancy, ``"X"``
    function : a :data:`BarrierFunction` that numba can compile
    tables : arrays that ``function`` is handed
    source : where the model is from, and under what licence

    Raises
    ------
    ValueError
        if code 0 is no vacancy, or the first neighbours lie outside the radius.
    """

    name: str
    structure: Structure
    constant: float
    radius: float
    species: tuple[str, ...]
    function: BarrierFunction
    tables: Tables
    source: str = ""

    def __post_init__(self) -> None:
        if self.species[:1] != (VACANCY,):
            raise ValueError(
                f"{self.name}: species are {self.species}: the first is the vacancy, {VACANCY!r}"
            )
        if len(self.offsets) < self.directions:
            raise ValueError(
                f"{self.name}: no first neighbours within its radius of {self.radius:.2f} Å on "
                f"{self.structure} of constant {self.constant:.2f} Å"
            )

    @property
    def directions(self) -> int:
        """Number of first neighbours."""
        return len(first_neighbours(self.structure))

    @cached_property
    def offsets(self) -> Int[np.ndarray, "neighbours 3"]:
        """Offsets to the sites that barriers depend on, half lattice constants."""
        return offsets_within(self.structure, self.constant, self.radius)

    @property
    def compiled(self) -> Any:
        """The function, for kernels: they take it as an argument (numba's first-class functions).

        Raises
        ------
        ValueError
            if numba cannot compile it for the model's tables; says why.
        """
        tables = typeof(self.tables)  # type: ignore[no-untyped-call]
        try:
            return _compiled(self.function, tables)
        except NumbaError as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            told = next((text for text in lines if not text.startswith("Failed in")), "")
            raise ValueError(
                f"{self.name}: numba cannot compile its function for "
                f"(occupation, cells, x, y, z, tables, out): {told}"
            ) from error

    def evaluate(
        self,
        lattice: CubicLattice,
        occupation: Int[np.ndarray, " sites"],
        vacancies: Int[np.ndarray, " vacancies"],
    ) -> Float[np.ndarray, "vacancies directions"]:
        """Barriers (eV) of the jumps of vacancies, in the order of ``first_neighbours``."""
        self.check_fits(lattice)
        out = np.empty((len(vacancies), self.directions))
        evaluate_barriers(
            self.compiled, np.ascontiguousarray(occupation, dtype=np.int8), lattice.cells,
            lattice.coordinates(vacancies), self.tables, out,
        )  # fmt: skip
        return out

    def check_fits(self, lattice: CubicLattice) -> None:
        """Refuse a lattice that the model is not for.

        Raises
        ------
        ValueError
            for another structure, or a lattice constant that differs by more than 2 %.
        """
        near = abs(lattice.constant / self.constant - 1.0) <= CONSTANT_TOLERANCE
        if lattice.structure != self.structure or not near:
            raise ValueError(
                f"{self.name} is for {self.structure} of constant {self.constant:.3f} Å, the "
                f"lattice is {lattice.structure} of {lattice.constant:.3f} Å"
            )


@lru_cache(maxsize=64)
def _compiled(given: Any, type_of_tables: Any) -> Any:
    """A pointer to a function that calls the given one, compiled or plain Python."""
    function = given if hasattr(given, "py_func") else njit(nogil=True)(given)
    cells: Any = types.UniTuple(types.int64, 3)  # type: ignore[no-untyped-call]
    signature = types.void(
        types.int8[::1], cells, types.int64, types.int64, types.int64, type_of_tables,
        types.float64[::1],
    )  # fmt: skip

    def barriers(
        occupation: np.ndarray, cells: tuple[int, int, int], x: int, y: int, z: int,
        tables: Tables, out: np.ndarray,
    ) -> None:  # fmt: skip
        function(occupation, cells, x, y, z, tables, out)

    return cfunc(signature)(barriers)
