"""Continuous-time Glauber dynamics of mean-field spins by uniformisation.

Every spin attempts a flip at rate one (no rate exceeds it); an attempt is accepted with the Glauber
probability, read from a table over the number of up spins. One 64-bit random number an attempt: its
high half picks the spin, its low half is compared with the acceptance threshold.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice.random import next64, seed_state

LOW32 = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


@njit(nogil=True, cache=True)
def shuffle(spins, seeds):
    """Permute each row of ``spins`` ``(count, n)`` at random, in place (Fisher–Yates)."""
    count, n = spins.shape
    for row in range(count):
        state = seed_state(seeds[row])
        for last in range(n - 1, 0, -1):
            pick = ((next64(state) >> HALF) * np.uint64(last + 1)) >> HALF
            spins[row, last], spins[row, pick] = spins[row, pick], spins[row, last]


@njit(nogil=True, cache=True)
def evolve(spins, tables, table_of, attempts, seeds, patch, credit):
    """Attempt ``attempts[row]`` flips in each row of ``spins``, in place.

    ``tables[t, v, up]`` holds the thresholds of a spin ``v`` (0 down, 1 up) when ``up`` spins of the
    row point up. ``credit[row, i // patch]`` gains the change of the number of up spins.
    """
    count, n = spins.shape
    credited = credit.shape[1] > 0
    for row in range(count):
        state = seed_state(seeds[row])
        table = tables[table_of[row]]
        up = 0
        for site in range(n):
            up += spins[row, site] > 0
        for _ in range(attempts[row]):
            bits = next64(state)
            site = np.int64(((bits >> HALF) * np.uint64(n)) >> HALF)
            value = np.int64(spins[row, site] > 0)
            if (bits & LOW32) < table[value, up]:
                step = 1 - 2 * value
                spins[row, site] = step
                up += step
                if credited:
                    credit[row, site // patch] += step


@njit(nogil=True, cache=True)
def evolve_events(spins, tables, table_of, events, seeds):
    """Evolve each row until ``events`` flips were accepted, in place; returns the attempts made."""
    count, n = spins.shape
    attempts = np.zeros(count, np.int64)
    for row in range(count):
        state = seed_state(seeds[row])
        table = tables[table_of[row]]
        up = 0
        for site in range(n):
            up += spins[row, site] > 0
        done = 0
        while done < events:
            bits = next64(state)
            attempts[row] += 1
            site = np.int64(((bits >> HALF) * np.uint64(n)) >> HALF)
            value = np.int64(spins[row, site] > 0)
            if (bits & LOW32) < table[value, up]:
                spins[row, site] = 1 - 2 * value
                up += 1 - 2 * value
                done += 1
    return attempts


@njit(nogil=True, cache=True)
def evolve_patches(spins, up_spins, pairs, patch, follow, tables, table_of, attempts, dt, seeds):
    """Evolve patch ``pairs[p, 1]`` of row ``pairs[p, 0]``; ``spins`` stay as they were.

    While the patch's number of up spins changes by ``δ``, the field is that of the row's
    ``up_spins + follow · δ``: ``follow = K`` is slaved, ``follow = 1`` leaves the rest frozen.

    Returns
    -------
    change : ``(P,)``, the change ``δ`` of the number of up spins
    drift : ``(P,)``, the path integral over ``dt`` of its exact rate of change; holding times
        between the attempts stand at their mean given the number of attempts
    """
    n = spins.shape[1]
    count = pairs.shape[0]
    change = np.zeros(count, np.int64)
    drift = np.zeros(count)
    local = np.empty(patch, np.int8)
    scale = 1.0 / 4294967296.0
    for p in range(count):
        row, first = pairs[p, 0], pairs[p, 1] * patch
        state = seed_state(seeds[p])
        table = tables[table_of[row]]
        inside = 0
        for site in range(patch):
            local[site] = spins[row, first + site]
            inside += local[site] > 0
        delta = 0
        up = up_spins[row]
        rising = (patch - inside) * np.float64(table[0, up])
        falling = inside * np.float64(table[1, up])
        integral = rising - falling
        current = rising - falling
        for _ in range(attempts[p]):
            bits = next64(state)
            site = np.int64(((bits >> HALF) * np.uint64(patch)) >> HALF)
            value = np.int64(local[site] > 0)
            if (bits & LOW32) < table[value, up]:
                step = 1 - 2 * value
                local[site] = step
                delta += step
                up = min(max(up_spins[row] + follow * delta, 0), n)
                rising = (patch - inside - delta) * np.float64(table[0, up])
                falling = (inside + delta) * np.float64(table[1, up])
                current = rising - falling
            integral += current
        change[p] = delta
        drift[p] = integral * scale * dt[p] / (attempts[p] + 1)
    return change, drift
