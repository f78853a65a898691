"""Kernel: barriers of given vacancies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from macropatch_alloy.kernels.sites import Cells


@njit(nogil=True, cache=True)
def evaluate_barriers(
    barriers: Any,
    occupation: np.ndarray,
    cells: Cells,
    coordinates: np.ndarray,
    tables: Any,
    out: np.ndarray,
) -> None:
    """Barriers (eV) of the vacancies at ``coordinates`` ``(vacancies, 3)``."""
    for i in range(len(coordinates)):
        x, y, z = coordinates[i, 0], coordinates[i, 1], coordinates[i, 2]
        barriers(occupation, cells, x, y, z, tables, out[i])
