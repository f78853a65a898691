"""Short-range order of first neighbours."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
from jaxtyping import Float, Int, Num

from macropatch_alloy.kernels.exchanges import count_pairs
from macropatch_alloy.lattices import CubicLattice, first_neighbours
from macropatch_alloy.supercells import pair_table, supercell


def pair_names(species: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the unordered pairs of species, ``"XX"``, ``"XNb"`` and so on, in their order."""
    return tuple("".join(pair) for pair in combinations_with_replacement(species, 2))


def pair_counts(
    lattice: CubicLattice, occupation: Int[np.ndarray, "count sites"], codes: int
) -> Int[np.ndarray, "count pairs"]:
    """Number of first-neighbour pairs of each unordered pair of species, vacancies included.

    Raises
    ------
    ValueError
        if the occupation has another number of sites than the lattice or a code that is none.
    """
    occupation = np.ascontiguousarray(occupation, dtype=np.int8)
    if occupation.ndim != 2 or occupation.shape[1] != lattice.sites:
        raise ValueError(
            f"occupation has shape {occupation.shape}: give (count, {lattice.sites} sites)"
        )
    if occupation.size and not 0 <= occupation.min() <= occupation.max() < codes:
        raise ValueError(
            f"occupation has codes {occupation.min()} to {occupation.max()}: they are 0 to "
            f"{codes - 1}"
        )
    neighbours = first_neighbours(lattice.structure)
    counts = np.zeros((len(occupation), int(pair_table(codes).max()) + 1), np.int64)
    count_pairs(
        occupation, supercell(lattice, neighbours, codes), neighbours[: len(neighbours) // 2],
        counts,
    )  # fmt: skip
    return counts


def species_counts(
    occupation: Int[np.ndarray, "count sites"], codes: int
) -> Int[np.ndarray, "count codes"]:
    """Number of sites of each species."""
    return np.stack([(occupation == code).sum(axis=1) for code in range(codes)], axis=1)


def short_range_order(
    pairs: Num[np.ndarray, "*count pairs"],
    sites: Num[np.ndarray, "*count codes"],
    coordination: int,
) -> Float[np.ndarray, "*count atom_pairs"]:
    """``δ_ij = n_ij − Z c_j`` of the pairs of atoms.

    ``n_ij`` is the mean number of first neighbours ``j`` of an atom ``i``, the first-named species
    of the pair, ``c_j`` the share of ``j`` among the atoms, ``Z`` the coordination number.

    Parameters
    ----------
    pairs : of :func:`pair_counts`
    sites : of :func:`species_counts`
    coordination : number of first neighbours of a site
    """
    codes = sites.shape[-1]
    table, atoms = pair_table(codes), sites[..., 1:].sum(axis=-1)
    found = []
    for i, j in combinations_with_replacement(range(1, codes), 2):
        bonds = pairs[..., table[i, j]] * (2.0 if i == j else 1.0)
        found.append(bonds / sites[..., i] - coordination * sites[..., j] / atoms)
    return np.stack(found, axis=-1)


def warren_cowley(
    pairs: Num[np.ndarray, "*count pairs"],
    sites: Num[np.ndarray, "*count codes"],
    coordination: int,
) -> Float[np.ndarray, "*count atom_pairs"]:
    """Warren and Cowley's ``α_ij = 1 − n_ij / (Z c_j)`` of the same pairs."""
    codes, atoms = sites.shape[-1], sites[..., 1:].sum(axis=-1)
    second = [j for _, j in combinations_with_replacement(range(1, codes), 2)]
    mixed = coordination * sites[..., second] / atoms[..., None]
    return np.asarray(-short_range_order(pairs, sites, coordination) / mixed)
