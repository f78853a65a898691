"""The innermost loops of mean-field spins: attempts to flip, one after another.

Nothing branches on a random outcome: whether an attempt is accepted is the sign bit of a
difference, so that the processor never guesses wrong. Two rows advance side by side, because one
attempt waits for the last one's outcome and leaves half of the processor idle. Each row has a
generator of its own; its course does not depend on the row beside it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice import advance, seed_state

HALF = np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)
SIGN = np.uint64(63)
ONE = np.uint64(1)
ABSORBED = -1
"""In place of the number of attempts: no spin can flip any more."""


@njit(nogil=True, cache=True)
def load(spins: np.ndarray, upper: np.ndarray) -> np.uint64:
    """Write ``spins`` of ±1 as 0/1 into ``upper``; returns how many point up."""
    up = 0
    for site in range(len(spins)):
        value = spins[site] > 0
        upper[site] = value
        up += value
    return np.uint64(up)


@njit(nogil=True, cache=True)
def store(upper: np.ndarray, spins: np.ndarray) -> None:
    """Write the 0/1 array ``upper`` as ±1 into ``spins``."""
    for site in range(len(spins)):
        spins[site] = 2 * np.int8(upper[site]) - 1


@njit(nogil=True, cache=True, inline="always")
def attempt_in_field(
    bits: np.uint64,
    sites: np.uint64,
    upper: np.ndarray,
    table: np.ndarray,
    field: np.uint64,
    up: np.uint64,
) -> np.uint64:
    """One attempt in the field of ``field`` up spins; returns how many of ``up`` then point up."""
    site = ((bits >> HALF) * sites) >> HALF
    value = np.uint64(upper[site])
    # Both numbers are below 2³³: the difference has its highest bit exactly if it is negative.
    flip = ((bits & LOW) - table[(field << ONE) | value]) >> SIGN
    after = value ^ flip
    upper[site] = np.uint8(after)
    return np.uint64(up + after - value)


@njit(nogil=True, cache=True, inline="always")
def attempt(
    bits: np.uint64, sites: np.uint64, upper: np.ndarray, table: np.ndarray, up: np.uint64
) -> np.uint64:
    """One attempt in the field of the row's own spins; returns how many point up after it."""
    return attempt_in_field(bits, sites, upper, table, up, up)


@njit(nogil=True, cache=True)
def attempt_rows(
    upper: np.ndarray, table: np.ndarray, ups: np.ndarray, attempts: np.ndarray, seeds: np.ndarray
) -> None:
    """Make ``attempts[lane]`` attempts in each of one or two rows of ``upper``, in place.

    Parameters
    ----------
    upper, table : ``(2, n)`` of 0/1 and ``(2, 2(n + 1))`` thresholds
    ups : ``(2,)``, the numbers of up spins; become those after the attempts
    attempts : ``(1,)`` or ``(2,)``
    """
    sites = np.uint64(upper.shape[1])
    state = seed_state(seeds[0])
    a0, a1, a2, a3 = state[0], state[1], state[2], state[3]
    up_a, upper_a, table_a = ups[0], upper[0], table[0]
    shared = 0
    if len(attempts) == 2:
        shared = min(attempts[0], attempts[1])
        state = seed_state(seeds[1])
        b0, b1, b2, b3 = state[0], state[1], state[2], state[3]
        up_b, upper_b, table_b = ups[1], upper[1], table[1]
        for _ in range(shared):
            bits_a, a0, a1, a2, a3 = advance(a0, a1, a2, a3)
            bits_b, b0, b1, b2, b3 = advance(b0, b1, b2, b3)
            up_a = attempt(bits_a, sites, upper_a, table_a, up_a)
            up_b = attempt(bits_b, sites, upper_b, table_b, up_b)
        for _ in range(attempts[1] - shared):
            bits_b, b0, b1, b2, b3 = advance(b0, b1, b2, b3)
            up_b = attempt(bits_b, sites, upper_b, table_b, up_b)
        ups[1] = up_b
    for _ in range(attempts[0] - shared):
        bits_a, a0, a1, a2, a3 = advance(a0, a1, a2, a3)
        up_a = attempt(bits_a, sites, upper_a, table_a, up_a)
    ups[0] = up_a


@njit(nogil=True, cache=True)
def attempt_flips(
    upper: np.ndarray, table: np.ndarray, up: np.uint64, flips: int, seed: np.uint64
) -> int:
    """Attempt until ``flips`` were accepted; returns the attempts made, or ``ABSORBED``."""
    n = len(upper)
    sites, left = np.uint64(n), np.uint64(flips)
    state = seed_state(seed)
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    made = 0
    while left > 0:
        falling, rising = table[2 * np.int64(up) + 1], table[2 * np.int64(up)]
        if (up == 0 or falling == 0) and (up == sites or rising == 0):
            return ABSORBED
        after = up
        while after == up:
            bits, s0, s1, s2, s3 = advance(s0, s1, s2, s3)
            made += 1
            after = attempt(bits, sites, upper, table, up)
        up = after
        left -= ONE
    return made


@njit(nogil=True, cache=True)
def attempt_weighed(
    upper: np.ndarray, table: np.ndarray, up: np.uint64, attempts: int, seed: np.uint64
) -> tuple[np.uint64, float]:
    """Make attempts in one row, in place.

    Returns
    -------
    the number of up spins after them, and the sum over the ``attempts + 1`` intervals between them
    of its rate of change, times 2³²
    """
    n = len(upper)
    sites = np.uint64(n)
    state = seed_state(seed)
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    total = 0.0
    for left in range(attempts, -1, -1):
        inside = np.int64(up)
        rising = np.float64(n - inside) * np.float64(table[2 * inside])
        total += rising - np.float64(inside) * np.float64(table[2 * inside + 1])
        if left > 0:
            bits, s0, s1, s2, s3 = advance(s0, s1, s2, s3)
            up = attempt(bits, sites, upper, table, up)
    return up, total


@njit(nogil=True, cache=True)
def attempt_slaved(
    upper: np.ndarray,
    table: np.ndarray,
    up: np.uint64,
    whole: int,
    others: int,
    attempts: int,
    interval: float,
    seed: np.uint64,
) -> tuple[np.uint64, float]:
    """Make attempts in a patch whose ``others`` fellow patches follow it.

    Each of them changes by the path integral of the patch's own rate of change: by its drift, not
    by its noise.

    Parameters
    ----------
    upper, up : the patch, and how many of its spins point up
    table, whole : thresholds of the whole system, and how many of its spins point up
    interval : mean time between attempts

    Returns
    -------
    the patch's number of up spins after the attempts, and the path integral of its rate of change
    """
    patch, none, most = len(upper), np.int64(0), np.int64(len(table) // 2 - 1)
    sites = np.uint64(patch)
    state = seed_state(seed)
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    scale = interval / 4294967296.0
    start, field, integral = np.int64(up), np.int64(whole), 0.0
    for left in range(attempts, -1, -1):
        inside = np.int64(up)
        rising = np.float64(patch - inside) * np.float64(table[2 * field])
        integral += scale * (rising - np.float64(inside) * np.float64(table[2 * field + 1]))
        if left > 0:
            followed = whole + np.int64(np.rint(others * integral))
            field = min(max(followed + inside - start, none), most)
            bits, s0, s1, s2, s3 = advance(s0, s1, s2, s3)
            up = attempt_in_field(bits, sites, upper, table, np.uint64(field), up)
            field = min(max(followed + np.int64(up) - start, none), most)
    return up, integral
