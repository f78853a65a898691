"""Random numbers inside kernels: xoshiro256++ seeded by splitmix64 (Blackman and Vigna, 2019).

A kernel gets one 64-bit seed a snapshot, drawn from the task's NumPy generator, so that results do
not depend on how snapshots are shared among threads. One draw serves one attempt: :func:`pick`
reads its high half, a comparison with :func:`low_half` decides on acceptance.
"""

from __future__ import annotations

import numpy as np
from numba import njit

Integer = int | np.int64
"""Integers of kernels."""

HALF = np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _17 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(17)
_23, _41, _45, _19 = np.uint64(23), np.uint64(41), np.uint64(45), np.uint64(19)
_11 = np.uint64(11)


def draw_seeds(rng: np.random.Generator, count: int) -> np.ndarray:
    """``(count,)`` seeds (uint64) for kernels."""
    return rng.integers(0, 2**64, count, dtype=np.uint64)


@njit(nogil=True, cache=True)
def seed_state(seed: np.uint64) -> np.ndarray:
    """State ``(4,)`` of a generator, from a 64-bit seed."""
    state = np.empty(4, np.uint64)
    word = np.uint64(seed)
    for i in range(4):
        word = word + _GOLDEN
        mixed = (word ^ (word >> _30)) * _MIX_1
        mixed = (mixed ^ (mixed >> _27)) * _MIX_2
        state[i] = mixed ^ (mixed >> _31)
    return state


@njit(nogil=True, cache=True, inline="always")
def advance(
    s0: np.uint64, s1: np.uint64, s2: np.uint64, s3: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64, np.uint64]:
    """The next 64 random bits and the state after them, for a loop that keeps it in registers."""
    total = s0 + s3
    bits = ((total << _23) | (total >> _41)) + s0
    shifted = s1 << _17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = (s3 << _45) | (s3 >> _19)
    return bits, s0, s1, s2, s3


@njit(nogil=True, cache=True, inline="always")
def next64(state: np.ndarray) -> np.uint64:
    """The next 64 random bits; advances ``state``."""
    bits, s0, s1, s2, s3 = advance(state[0], state[1], state[2], state[3])
    state[0], state[1], state[2], state[3] = s0, s1, s2, s3
    return bits


@njit(nogil=True, cache=True, inline="always")
def uniform(state: np.ndarray) -> float:
    """A uniform number in [0, 1) of 53 bits; advances ``state``."""
    return np.float64(next64(state) >> _11) * (1.0 / 9007199254740992.0)


@njit(nogil=True, cache=True, inline="always")
def pick(bits: np.uint64, n: Integer) -> np.int64:
    """One of ``0 … n − 1`` (``n < 2³²``) from the high half of 64 random bits."""
    return np.int64(((bits >> HALF) * np.uint64(n)) >> HALF)


@njit(nogil=True, cache=True, inline="always")
def low_half(bits: np.uint64) -> np.uint64:
    """The low 32 of 64 random bits."""
    return bits & LOW
