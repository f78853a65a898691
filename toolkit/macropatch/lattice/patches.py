"""Kernel: patches in their true surroundings, at a cost that does not grow with the lattice."""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice.environments import upper_neighbours
from macropatch.lattice.martingale import count_patch, weigh_flip
from macropatch.lattice.random import HALF, LOW, next64, seed_state


@njit(nogil=True, cache=True)
def evolve_windows(
    sites: np.ndarray,
    pairs: np.ndarray,
    levels: tuple[int, int],
    vertical: int,
    thresholds: np.ndarray,
    table_of: np.ndarray,
    attempts: np.ndarray,
    seeds: np.ndarray,
    patch: tuple[int, int],
    shape: tuple[int, int],
    extent: tuple[int, int],
    ring: tuple[int, int],
    lead: tuple[int, int],
    events: np.ndarray,
    occupation: np.ndarray,
    after: np.ndarray,
) -> None:
    """Make ``attempts[p]`` attempts in the window of patch ``pairs[p]``; ``sites`` stay.

    Parameters
    ----------
    sites : ``(count, rows, columns)``
    pairs : ``(P, 2)``, snapshot and patch
    thresholds, table_of : as in :func:`macropatch.lattice.whole.evolve_whole`
    attempts, seeds : ``(P,)``
    shape, extent, ring, lead : of a :class:`macropatch.lattice.geometry.Window`
    events : ``(P, 2, environments)``, gains the flips of the patch's own sites
    occupation : ``(P, 2, environments)``, gains the number of the patch's sites in each
        environment, summed over the ``attempts + 1`` intervals; ``P = 0`` leaves it out
    after : ``(P, *patch)``, becomes the patch in the end; ``P = 0`` leaves it out
    """
    rows, columns = sites.shape[1:]
    across = columns // patch[1]
    weighed = occupation.shape[0] > 0
    row_factor, column_factor = np.uint64(extent[0]), np.uint64(extent[1])
    upper = np.empty(shape, np.uint8)
    for p in range(pairs.shape[0]):
        snapshot = pairs[p, 0]
        origin_row = pairs[p, 1] // across * patch[0]
        origin_column = pairs[p, 1] % across * patch[1]
        # In a clamped direction the scratch area is the lattice itself, in its own coordinates.
        first_row = lead[0] if lead[0] >= 0 else origin_row
        first_column = lead[1] if lead[1] >= 0 else origin_column
        source_row = (origin_row - first_row) % rows
        for row in range(shape[0]):
            source_column = (origin_column - first_column) % columns
            for column in range(shape[1]):
                upper[row, column] = sites[snapshot, source_row, source_column] != levels[0]
                source_column = source_column + 1 if source_column < columns - 1 else 0
            source_row = source_row + 1 if source_row < rows - 1 else 0
        state = seed_state(seeds[p])
        table = thresholds[table_of[snapshot]]
        total = attempts[p]
        if weighed:
            count_patch(upper, vertical, first_row, first_column, patch, total + 1, occupation[p])
        for attempt in range(total):
            bits = next64(state)
            scaled = (bits >> HALF) * row_factor
            site_row = np.int64(scaled >> HALF) + ring[0]
            site_column = np.int64(((scaled & LOW) * column_factor) >> HALF) + ring[1]
            v = np.int64(upper[site_row, site_column])
            k = upper_neighbours(upper, site_row, site_column, vertical)
            if (bits & LOW) < table[v, k]:
                if (
                    first_row <= site_row < first_row + patch[0]
                    and first_column <= site_column < first_column + patch[1]
                ):
                    events[p, v, k] += 1
                if weighed:
                    weigh_flip(
                        upper, vertical, site_row, site_column, first_row, first_column, patch,
                        total - attempt, occupation[p],
                    )  # fmt: skip
                upper[site_row, site_column] = 1 - v
        if after.shape[0] > 0:
            for row in range(patch[0]):
                for column in range(patch[1]):
                    up = upper[first_row + row, first_column + column]
                    after[p, row, column] = levels[1] if up else levels[0]
