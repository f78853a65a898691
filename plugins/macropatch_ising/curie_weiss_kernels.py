"""Kernels of mean-field spins: continuous-time Glauber dynamics by uniformisation.

Every spin attempts a flip at rate one (no rate exceeds it); an attempt is accepted with the Glauber
probability, read from a table over the number of up spins. One 64-bit random number an attempt: its
high half picks the spin, its low half is compared with the acceptance threshold.

The attempt itself is in :mod:`macropatch_ising.mean_field_attempts`. A table is flat: entry
``2 · up + v`` holds the threshold of a spin ``v`` (0 down, 1 up) when ``up`` spins point up.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice import next64, pick, seed_state
from macropatch_ising.mean_field_attempts import (
    ABSORBED,
    attempt_flips,
    attempt_rows,
    attempt_weighed,
    load,
    store,
)

__all__ = ["ABSORBED", "count_up", "evolve", "evolve_events", "evolve_patches", "shuffle"]

_PROBABILITY = 1.0 / 4294967296.0


@njit(nogil=True, cache=True)
def count_up(spins: np.ndarray) -> np.ndarray:
    """How many spins of each row of ``spins`` ``(count, n)`` point up."""
    up = np.zeros(len(spins), np.int64)
    for row in range(len(spins)):
        total = 0
        for site in range(spins.shape[1]):
            total += spins[row, site] > 0
        up[row] = total
    return up


@njit(nogil=True, cache=True)
def shuffle(spins: np.ndarray, seeds: np.ndarray) -> None:
    """Permute each row of ``spins`` ``(count, n)`` at random, in place (Fisher–Yates)."""
    count, n = spins.shape
    for row in range(count):
        state = seed_state(seeds[row])
        for last in range(n - 1, 0, -1):
            other = pick(next64(state), last + 1)
            spins[row, last], spins[row, other] = spins[row, other], spins[row, last]


@njit(nogil=True, cache=True)
def evolve(
    spins: np.ndarray,
    tables: np.ndarray,
    table_of: np.ndarray,
    attempts: np.ndarray,
    seeds: np.ndarray,
) -> None:
    """Attempt ``attempts[row]`` flips in each row of ``spins`` ``(count, n)``, in place."""
    count, n = spins.shape
    upper = np.empty((2, n), np.uint8)
    table = np.empty((2, tables.shape[1]), np.uint64)
    ups = np.empty(2, np.uint64)
    for first in range(0, count, 2):
        together = min(2, count - first)
        for lane in range(together):
            ups[lane] = load(spins[first + lane], upper[lane])
            table[lane] = tables[table_of[first + lane]]
        attempt_rows(upper, table, ups, attempts[first : first + together], seeds[first:])
        for lane in range(together):
            store(upper[lane], spins[first + lane])


@njit(nogil=True, cache=True)
def evolve_events(
    spins: np.ndarray, tables: np.ndarray, table_of: np.ndarray, events: int, seeds: np.ndarray
) -> np.ndarray:
    """Evolve each row until ``events`` flips were accepted, in place.

    Returns
    -------
    ``(count,)`` the attempts made, or ``ABSORBED``
    """
    count, n = spins.shape
    made = np.empty(count, np.int64)
    upper = np.empty(n, np.uint8)
    for row in range(count):
        up = load(spins[row], upper)
        made[row] = attempt_flips(upper, tables[table_of[row]], up, events, seeds[row])
        store(upper, spins[row])
    return made


@njit(nogil=True, cache=True)
def evolve_patches(
    spins: np.ndarray,
    up_spins: np.ndarray,
    pairs: np.ndarray,
    patch: int,
    follow: int,
    tables: np.ndarray,
    table_of: np.ndarray,
    attempts: np.ndarray,
    dt: np.ndarray,
    seeds: np.ndarray,
    weighed: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Evolve patch ``pairs[p, 1]`` of row ``pairs[p, 0]``; ``spins`` stay as they were.

    While the patch's number of up spins changes by ``δ``, the field is that of the row's
    ``up_spins + follow · δ``: ``follow = K`` is slaved, ``follow = 1`` leaves the rest frozen. So a
    patch is a small system with a table of its own.

    Returns
    -------
    change : ``(P,)``, the change ``δ`` of the number of up spins
    drift : ``(P,)``, the path integral over ``dt`` of its exact rate of change; holding times
        between the attempts stand at their mean given the number of attempts. Empty if not
        ``weighed``
    """
    count, n = len(pairs), spins.shape[1]
    change = np.empty(count, np.int64)
    drift = np.empty(count if weighed else 0)
    upper = np.empty((2, patch), np.uint8)
    table = np.empty((2, 2 * (patch + 1)), np.uint64)
    ups, before = np.empty(2, np.uint64), np.empty(2, np.int64)
    for first in range(0, count, 2):
        together = min(2, count - first)
        for lane in range(together):
            p = first + lane
            row, site = pairs[p, 0], pairs[p, 1] * patch
            ups[lane] = load(spins[row, site : site + patch], upper[lane])
            before[lane] = ups[lane]
            whole = tables[table_of[row]]
            # No more than the attempts can reach, so that short evolutions stay cheap.
            for inside in range(
                max(0, before[lane] - attempts[p]), min(patch, before[lane] + attempts[p]) + 1
            ):
                up = min(max(up_spins[row] + follow * (inside - before[lane]), 0), n)
                table[lane, 2 * inside] = whole[2 * up]
                table[lane, 2 * inside + 1] = whole[2 * up + 1]
            if weighed:
                ups[lane], total = attempt_weighed(
                    upper[lane], table[lane], ups[lane], attempts[p], seeds[p]
                )
                drift[p] = total * _PROBABILITY * dt[p] / (attempts[p] + 1)
        if not weighed:
            attempt_rows(upper, table, ups, attempts[first : first + together], seeds[first:])
        for lane in range(together):
            change[first + lane] = np.int64(ups[lane]) - before[lane]
    return change, drift
