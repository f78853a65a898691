"""Snapshots to start from that are in files."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int8

from macropatch_alloy.exact_counts import with_vacancies
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.structure_files import read_occupations


def occupations_of_file(
    path: str,
    lattice: CubicLattice,
    counts: tuple[int, ...],
    species: tuple[str, ...],
    count: int,
    rng: np.random.Generator,
) -> Int8[np.ndarray, "count sites"]:
    """Structures of a file, drawn with replacement, with exactly the given numbers of atoms.

    Parameters
    ----------
    lattice : the supercell that they must fill; its lattice constant does not matter
    counts : numbers of sites by code; vacancies that lack are made of atoms in excess

    Raises
    ------
    ValueError
        for structures of another crystal, size or composition; names file and structure.
    """
    found_lattice, found = read_occupations(path, lattice.structure, species)
    if found_lattice.cells != lattice.cells:
        raise ValueError(
            f"{path}: structures of {found_lattice.cells} cubic cells, the system has "
            f"{lattice.cells}"
        )
    rows = []
    for row in rng.integers(0, len(found), count):
        try:
            rows.append(with_vacancies(lattice, found[row], counts, species, rng))
        except ValueError as error:
            raise ValueError(f"{path}, structure {row}: {error}") from error
    return np.stack(rows)
