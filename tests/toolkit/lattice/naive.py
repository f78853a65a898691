"""Plain-Python kernels that a reader can believe: no scratch area, no tables, no bookkeeping."""

from __future__ import annotations

import numpy as np

from systems.xoshiro import Xoshiro


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
