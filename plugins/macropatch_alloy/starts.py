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
    lattice : the supercell that they must fill; of which that of the file may differ by 5 %
    counts : numbers of sites by code; vacancies that lack are made of atoms in excess

    Raises
    ------
    ValueError
        for structures of another crystal, size or composition; names file and structure.
    """
    found = _structures(path, lattice, species)
    rows = rng.integers(0, len(found), count)
    return np.stack([_filled(path, lattice, found, int(row), counts, species, rng) for row in rows])


def check_structures(
    path: str, lattice: CubicLattice, counts: tuple[int, ...], species: tuple[str, ...]
) -> None:
    """Refuse a file of which a structure is none of the crystal, size and composition.

    Parameters and errors are those of :func:`occupations_of_file`.
    """
    found = _structures(path, lattice, species)
    for row in range(len(found)):
        _filled(path, lattice, found, row, counts, species, np.random.default_rng(0))


def _structures(
    path: str, lattice: CubicLattice, species: tuple[str, ...]
) -> Int8[np.ndarray, "structures sites"]:
    own, found = read_occupations(path, lattice.structure, species, lattice.constant)
    if own.cells != lattice.cells:
        raise ValueError(
            f"{path}: its structures have {list(own.cells)} cubic cells, the system has "
            f"{list(lattice.cells)}"
        )
    return found


def _filled(
    path: str,
    lattice: CubicLattice,
    found: Int8[np.ndarray, "structures sites"],
    row: int,
    counts: tuple[int, ...],
    species: tuple[str, ...],
    rng: np.random.Generator,
) -> Int8[np.ndarray, " sites"]:
    try:
        return with_vacancies(lattice, found[row], counts, species, rng)
    except ValueError as error:
        raise ValueError(f"{path}, structure {row}: {error}") from error
