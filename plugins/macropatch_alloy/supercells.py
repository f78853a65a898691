"""Tables of a supercell for the kernels of vacancy kinetics."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int, UInt64

from macropatch_alloy.kernels.sites import axis_parts
from macropatch_alloy.kernels.supercell import Supercell
from macropatch_alloy.lattices import BASIS, CubicLattice, first_neighbours

ZOBRIST_SEED = 20240508
"""Of the random words of hashes: any will do, always the same."""


def pair_table(codes: int) -> Int[np.ndarray, "codes codes"]:
    """Number of each unordered pair of species: (0, 0), (0, 1), …, (1, 1), (1, 2) and so on."""
    table = np.zeros((codes, codes), np.int64)
    first, second = np.triu_indices(codes)
    table[first, second] = table[second, first] = np.arange(len(first))
    return table


def supercell(
    lattice: CubicLattice, offsets: Int[np.ndarray, "neighbours 3"], codes: int
) -> Supercell:
    """Tables of a lattice, for barriers that depend on the sites at ``offsets``.

    Raises
    ------
    ValueError
        if the lattice is less than two cells wide: neighbours would be their own images.
    """
    if min(lattice.cells) < 2:
        raise ValueError(f"a supercell of {lattice.cells} cells: take at least 2 along each axis")
    basis = len(BASIS[lattice.structure])
    neighbours = first_neighbours(lattice.structure)
    reach = int(max(np.abs(offsets).max(), np.abs(neighbours).max()))
    parts = axis_parts(lattice.cells, basis, reach)
    # The surroundings of another vacancy, one jump ago, may hold a site that this jump changes.
    wide = reach + 2 * int(np.abs(neighbours).max())
    bins = [_bins(2 * cells, wide) for cells in lattice.cells]
    return Supercell(
        cells=lattice.cells,
        edges=(2 * lattice.cells[0], 2 * lattice.cells[1], 2 * lattice.cells[2]),
        basis=basis,
        reach=reach,
        part_x=parts[0],
        part_y=parts[1],
        part_z=parts[2],
        neighbours=neighbours,
        surroundings=offsets + reach,
        zobrist=_words(len(offsets), codes),
        radius_squared=int((offsets**2).sum(axis=1).max()),
        pair_of=pair_table(codes),
        bin_x=bins[0],
        bin_y=bins[1],
        bin_z=bins[2],
        bins=(int(bins[0].max()) + 1, int(bins[1].max()) + 1, int(bins[2].max()) + 1),
    )


def _bins(edge: int, width: int) -> Int[np.ndarray, " edge"]:
    """The bin of each coordinate, bins being at least ``width`` wide."""
    return np.arange(edge) * max(1, edge // width) // edge


def _words(slots: int, codes: int) -> UInt64[np.ndarray, "slots codes"]:
    rng = np.random.default_rng(ZOBRIST_SEED)
    return rng.integers(0, 2**64, (slots, codes), dtype=np.uint64)
