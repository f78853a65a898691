"""Tables of local rates, one for each distinct row of conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

ResolvedRate = Callable[[np.ndarray, int, int], float]
"""Rate of a site from its row of conditions, its value and its number of upper neighbours."""


@dataclass(frozen=True)
class RateTables:
    """Rates by environment.

    Attributes
    ----------
    rates : ``(tables, 2, environments)``, in events a unit of time
    maximal : ``(tables,)``, the rate at which sites attempt
    thresholds : rates over the maximal one, times 2³², as uint64
    table_of : ``(count,)``, the table of each snapshot
    """

    rates: np.ndarray
    maximal: np.ndarray
    thresholds: np.ndarray
    table_of: np.ndarray

    def attempt_rates(self) -> Float[np.ndarray, " count"]:
        """Rate of attempts a site of each snapshot."""
        return np.asarray(self.maximal[self.table_of])


def tabulate_rates(
    rate: ResolvedRate,
    levels: tuple[int, int],
    dimension: int,
    c: Float[np.ndarray, "count conditions"],
) -> RateTables:
    """Tabulate rates over all environments for each distinct row of ``c``.

    Raises
    ------
    ValueError
        for a rate that is negative or not finite; names the environment and the conditions.
    """
    c = np.asarray(c, dtype=np.float64)
    if c.ndim != 2:
        raise ValueError(f"conditions have shape {c.shape}: give (count, conditions)")
    if c.shape[1]:
        rows, table_of = np.unique(c, axis=0, return_inverse=True)
    else:
        rows, table_of = np.zeros((1, 0)), np.zeros(len(c), np.int64)
    rates = np.empty((len(rows), 2, 2 * dimension + 1))
    for table, row in enumerate(rows):
        for v, value in enumerate(levels):
            for k in range(2 * dimension + 1):
                found = float(rate(row, value, k))
                if not 0.0 <= found < np.inf:
                    raise ValueError(
                        f"local_rate gives {found} for a site of value {value} with {k} upper "
                        f"neighbours at conditions {row.tolist()}: rates are finite and >= 0"
                    )
                rates[table, v, k] = found
    maximal = rates.max(axis=(1, 2))
    scale = np.where(maximal > 0, maximal, 1.0)[:, None, None]
    thresholds = np.rint(rates / scale * 2.0**32).astype(np.uint64)
    return RateTables(rates, maximal, thresholds, table_of.reshape(-1).astype(np.int64))
