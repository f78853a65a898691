"""A model's functions of one site, compiled to functions of whole grids.

Kernels take the compiled function as an argument (numba's first-class functions), so that they are
compiled once for all models and kept on disk; only the model's few lines are compiled anew.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numba import cfunc, njit, typeof, types
from numba.core.errors import NumbaError
from numba.extending import overload

SiteFunction = Callable[[tuple[float, ...], tuple[float, ...]], tuple[float, ...]]
"""``(values of the fields at a site, parameters) → one number for each field``."""


@lru_cache(maxsize=64)
def compiled(function: SiteFunction, fields: int, parameters: int) -> Any:
    """``(grid, rows, columns, parameters, result) → None``, for kernels.

    ``grid`` ``(fields, rows + 2, columns + 2)`` has a border, ``result``
    ``(fields, rows, columns)`` has none.

    Raises
    ------
    ValueError
        if numba cannot compile the function, or it gives another number of values.
    """
    a_field, a_parameter = (0.0,) * fields, (0.0,) * parameters
    at_site = _at_site(function, a_field, a_parameter)
    shape = types.float64[:, :, ::1]
    signature = types.void(shape, types.int64, types.int64, types.float64[::1], shape)

    def everywhere(
        grid: np.ndarray, rows: int, columns: int, numbers: np.ndarray, result: np.ndarray
    ) -> None:
        given = _numbers(numbers, a_parameter)
        for row in range(rows):
            for column in range(columns):
                values = at_site(_values(grid, a_field, row + 1, column + 1), given)
                _store(result, values, a_field, row, column)

    return cfunc(signature, error_model="numpy")(everywhere)


def _at_site(
    function: SiteFunction, a_field: tuple[float, ...], a_parameter: tuple[float, ...]
) -> Any:
    """The function, compiled for tuples of these lengths."""
    at_site: Any = njit(function, error_model="numpy")
    name = getattr(function, "__qualname__", repr(function))
    takes = (
        f"{name}(values, parameters) takes tuples of {len(a_field)} field(s) and "
        f"{len(a_parameter)} parameter(s) and returns a tuple of {len(a_field)}"
    )
    try:
        at_site.compile(tuple(typeof(x) for x in (a_field, a_parameter)))  # type: ignore[no-untyped-call]
    except NumbaError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        told = next(line for line in lines if not line.startswith("Failed in nopython"))
        raise ValueError(f"{takes}; numba cannot compile it: {told}") from error
    given = at_site.nopython_signatures[0].return_type
    if not isinstance(given, types.BaseTuple) or len(given) != len(a_field):
        raise ValueError(f"{takes}; it gives {given}")
    return at_site


@njit(nogil=True, cache=True)
def evaluate(function: Any, grids: np.ndarray, parameters: np.ndarray, results: np.ndarray) -> None:
    """A compiled function of every grid ``(count, fields, rows + 2, columns + 2)``, one by one."""
    for index in range(len(grids)):
        function(grids[index], results.shape[2], results.shape[3], parameters, results[index])


def _numbers(numbers: np.ndarray, blank: tuple[float, ...]) -> Any:
    """An array as a tuple as long as ``blank``, whose length numba knows."""
    raise NotImplementedError


@overload(_numbers, strict=False)
def _numbers_of(numbers: Any, blank: Any) -> Any:
    last = len(blank) - 1
    if last < 0:
        return lambda numbers, blank: ()
    if last == 0:
        return lambda numbers, blank: (numbers[0],)
    return lambda numbers, blank: _numbers(numbers, blank[:-1]) + (numbers[last],)  # noqa: RUF005


def _values(grid: np.ndarray, blank: tuple[float, ...], row: int, column: int) -> Any:
    """The fields at a site as a tuple as long as ``blank``: numba builds it field by field."""
    raise NotImplementedError


@overload(_values, strict=False)
def _values_of(grid: Any, blank: Any, row: Any, column: Any) -> Any:
    last = len(blank) - 1
    if last == 0:
        return lambda grid, blank, row, column: (grid[0, row, column],)
    return lambda grid, blank, row, column: (
        _values(grid, blank[:-1], row, column) + (grid[last, row, column],)  # noqa: RUF005
    )


def _store(
    result: np.ndarray, values: Any, blank: tuple[float, ...], row: int, column: int
) -> None:
    """Write a tuple as long as ``blank``."""
    raise NotImplementedError


@overload(_store, strict=False)
def _store_of(result: Any, values: Any, blank: Any, row: Any, column: Any) -> Any:
    last = len(blank) - 1

    def first(
        result: np.ndarray, values: Any, blank: tuple[float, ...], row: int, column: int
    ) -> None:
        result[0, row, column] = values[0]

    def every(
        result: np.ndarray, values: Any, blank: tuple[float, ...], row: int, column: int
    ) -> None:
        _store(result, values[:-1], blank[:-1], row, column)
        result[last, row, column] = values[last]

    return every if last else first
