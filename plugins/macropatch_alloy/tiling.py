"""Large supercells out of small ones: copies of one without seams, or several side by side."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int, Int8

from macropatch_alloy.lattices import BASIS, CubicLattice


def blocks_of(small: CubicLattice, large: CubicLattice) -> tuple[int, int, int]:
    """How often the small supercell fits along each axis. Raises ``ValueError`` if it does not."""
    if any(edge % part for edge, part in zip(large.cells, small.cells, strict=True)):
        raise ValueError(
            f"supercells of {small.cells} cubic cells do not fill one of {large.cells}: take "
            "multiples along each axis"
        )
    a, b, c = (edge // part for edge, part in zip(large.cells, small.cells, strict=True))
    return a, b, c


def tile(
    small: CubicLattice,
    large: CubicLattice,
    occupation: Int8[np.ndarray, "pool sites"],
    vacancies: Int[np.ndarray, "pool K"],
    picks: Int[np.ndarray, "count parts"],
    rng: np.random.Generator,
) -> tuple[Int8[np.ndarray, "count large_sites"], Int[np.ndarray, "count large_K"]]:
    """Snapshots side by side in row-major order, each shifted at random around its own edges.

    Where all parts of a row are one snapshot, its copies have one shift: the periodic snapshot goes
    on across their edges without a seam.
    """
    blocks, basis = blocks_of(small, large), len(BASIS[small.structure])
    count, parts = picks.shape
    shifts = rng.integers(0, np.array(small.cells), (count, parts, 3))
    repeated = (picks == picks[:, :1]).all(axis=1)
    shifts[repeated] = shifts[repeated][:, :1]
    grids = occupation.reshape(len(occupation), *small.cells, basis)
    joined = np.empty((count, *large.cells, basis), np.int8)
    places = np.empty((count, parts, vacancies.shape[1]), np.int64)
    for part, block in enumerate(np.ndindex(blocks)):
        corner = np.array(block) * small.cells
        x, y, z = (
            (np.arange(edge) - shifts[:, part, axis, None]) % edge
            for axis, edge in enumerate(small.cells)
        )
        own = grids[
            picks[:, part][:, None, None, None],
            x[:, :, None, None], y[:, None, :, None], z[:, None, None, :],
        ]  # fmt: skip
        (i, j, k), (a, b, c) = corner, small.cells
        joined[:, i : i + a, j : j + b, k : k + c] = own
        moved = small.coordinates(vacancies[picks[:, part]]) + 2 * shifts[:, part, None]
        within = np.mod(moved, 2 * np.array(small.cells))
        places[:, part] = large.site(within + 2 * corner)
    return joined.reshape(count, large.sites), places.reshape(count, -1)
