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
    attempt_slaved,
    attempt_weighed,
    load,
    store,
)

__all__ = [
    "ABSORBED",
    "count_up",
    "evolve",
    "evolve_alone",
    "evolve_events",
    "evolve_frozen",
    "evolve_slaved",
    "shuffle",
]

Integer = int | np.int64
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
def own_table(
    whole: np.ndarray, up: Integer, before: Integer, patch: int, reach: int, table: np.ndarray
) -> None:
    """Thresholds of a patch in the frozen field of the rest, by its own number of up spins.

    Only numbers within ``reach`` of ``before`` are filled, so that short evolutions stay cheap.
    """
    for inside in range(max(0, before - reach), min(patch, before + reach) + 1):
        field = up + inside - before
        table[2 * inside] = whole[2 * field]
        table[2 * inside + 1] = whole[2 * field + 1]


@njit(nogil=True, cache=True)
def evolve_frozen(
    spins: np.ndarray,
    up_spins: np.ndarray,
    pairs: np.ndarray,
    patch: int,
    tables: np.ndarray,
    table_of: np.ndarray,
    attempts: np.ndarray,
    dt: np.ndarray,
    seeds: np.ndarray,
    weighed: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Evolve patch ``pairs[p, 1]`` of row ``pairs[p, 0]``, all else frozen; ``spins`` stay.

    Returns
    -------
    change : ``(P,)``, the change of the patch's number of up spins
    drift : ``(P,)``, the path integral over ``dt`` of its exact rate of change; holding times
        between the attempts stand at their mean given the number of attempts. Empty if not
        ``weighed``
    """
    count = len(pairs)
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
            own_table(
                tables[table_of[row]], up_spins[row], before[lane], patch, attempts[p],
                table[lane],
            )  # fmt: skip
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


@njit(nogil=True, cache=True)
def evolve_slaved(
    spins: np.ndarray,
    up_spins: np.ndarray,
    pairs: np.ndarray,
    patch: int,
    tables: np.ndarray,
    table_of: np.ndarray,
    attempts: np.ndarray,
    dt: np.ndarray,
    seeds: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """As :func:`evolve_frozen`, always weighed, while the other patches follow this one's drift."""
    count, n = len(pairs), spins.shape[1]
    change, drift = np.empty(count, np.int64), np.empty(count)
    upper = np.empty(patch, np.uint8)
    for p in range(count):
        row, site = pairs[p, 0], pairs[p, 1] * patch
        before = load(spins[row, site : site + patch], upper)
        after, drift[p] = attempt_slaved(
            upper, tables[table_of[row]], before, up_spins[row], n // patch - 1, attempts[p],
            dt[p] / (attempts[p] + 1), seeds[p],
        )  # fmt: skip
        change[p] = np.int64(after) - np.int64(before)
    return change, drift


@njit(nogil=True, cache=True)
def evolve_alone(
    spins: np.ndarray,
    up_spins: np.ndarray,
    pairs: np.ndarray,
    tables: np.ndarray,
    table_of: np.ndarray,
    events: int,
    seeds: np.ndarray,
    patches: np.ndarray,
) -> np.ndarray:
    """Evolve patches until ``events`` flips, all else frozen; write them into ``patches``.

    Returns
    -------
    ``(P,)`` the attempts made, or ``ABSORBED``
    """
    patch = patches.shape[1]
    made = np.empty(len(pairs), np.int64)
    upper = np.empty(patch, np.uint8)
    table = np.empty(2 * (patch + 1), np.uint64)
    for p in range(len(pairs)):
        row, site = pairs[p, 0], pairs[p, 1] * patch
        before = load(spins[row, site : site + patch], upper)
        own_table(tables[table_of[row]], up_spins[row], np.int64(before), patch, patch, table)
        made[p] = attempt_flips(upper, table, before, events, seeds[p])
        store(upper, patches[p])
    return made
