"""Plain-Python kernels that a reader can believe: no scratch area, no tables, no bookkeeping."""

from __future__ import annotations

import numpy as np

MASK = (1 << 64) - 1


class Xoshiro:
    """xoshiro256++ seeded by splitmix64, in Python integers."""

    def __init__(self, seed: int) -> None:
        self.s = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
            self.s.append(z ^ (z >> 31))

    def next64(self) -> int:
        def turn(x, k):
            return ((x << k) | (x >> (64 - k))) & MASK

        s = self.s
        result = (turn((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = turn(s[3], 45)
        return result


def neighbours_of(site, size):
    """The 2 · dimension neighbours of a site of a periodic lattice."""
    for axis, edge in enumerate(size):
        for step in (-1, 1):
            yield tuple((x + step) % edge if a == axis else x for a, x in enumerate(site))


def rate_of(system, sites, site, row):
    """Rate of a site, from its definition."""
    upper = sum(sites[s] == system.levels[1] for s in neighbours_of(site, sites.shape))
    return system.local_rate(int(sites[site]), upper, system.parameters(row))


def highest_rate(system, row):
    """The largest of all rates: that of the attempts."""
    return max(
        system.local_rate(value, k, system.parameters(row))
        for value in system.levels
        for k in range(2 * system.dimension + 1)
    )


def observe(system, sites):
    """Observables from their terms, bond by bond."""
    values = []
    for term in system.terms:
        total = 0.0
        for site in np.ndindex(sites.shape):
            if term.site_term:
                total += term.site_term(int(sites[site])) / sites.size
            if term.bond_term:
                ahead = list(neighbours_of(site, sites.shape))[1::2]
                bonds = sum(term.bond_term(int(sites[site]), int(sites[s])) for s in ahead)
                total += bonds / (sites.size * system.dimension)
        values.append(total)
    return np.array(values)


def flipped(system, sites, site):
    """A copy with one site at its other level."""
    copy = sites.copy()
    copy[site] = sum(system.levels) - sites[site]
    return copy


def evolve_window(system, sites, row, first, extent, owned, attempts, seed):
    """Attempts in the window of ``extent`` sites from ``first``; the rest of the lattice is frozen.

    Returns the lattice, the change credited to the sites of ``owned``, and the sum over the
    ``attempts + 1`` intervals of the drift of these sites.
    """
    sites, random, top = sites.copy(), Xoshiro(int(seed)), highest_rate(system, row)
    change = np.zeros(len(system.terms))

    def drift():
        total = np.zeros(len(system.terms))
        here = observe(system, sites)
        for site in owned:
            step = observe(system, flipped(system, sites, site)) - here
            total += rate_of(system, sites, site, row) * step
        return total

    integral = drift()
    for _ in range(attempts):
        bits = random.next64()
        index = ((bits >> 32) * int(np.prod(extent))) >> 32
        place = np.unravel_index(index, extent)
        site = tuple(
            (f + int(p)) % edge for f, p, edge in zip(first, place, sites.shape, strict=True)
        )
        if (bits & 0xFFFFFFFF) < round(rate_of(system, sites, site, row) / top * 2**32):
            after = flipped(system, sites, site)
            if site in owned:
                change += observe(system, after) - observe(system, sites)
            sites = after
        integral += drift()
    return sites, change, integral
