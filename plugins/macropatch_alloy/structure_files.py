"""Occupied lattices from files and data bases that ASE reads, and to files that it writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ase.db
import ase.io
import numpy as np
from ase import Atoms
from jaxtyping import Int8, Integer

from macropatch_alloy.lattices import CubicLattice, Structure
from macropatch_alloy.structures import TOLERANCE, from_atoms, to_atoms

WRITTEN = {".extxyz": "extxyz", ".xyz": "extxyz", ".traj": "traj"}
"""Formats by the ends of names."""


def read_occupations(
    path: Path | str,
    structure: Structure,
    components: Sequence[str],
    constant: float | None = None,
    tolerance: float = TOLERANCE,
) -> tuple[CubicLattice, Int8[np.ndarray, "count sites"]]:
    """Lattice and occupations of all structures in a file.

    Parameters
    ----------
    path : of any format that ASE reads
    components, constant, tolerance : as of :func:`from_atoms`; without ``constant`` the first
        structure's is that of all

    Raises
    ------
    ValueError
        for a file that is missing or that ASE cannot read, and for a structure that is no
        occupied supercell, or not of the first one's size; says which
    """
    if not Path(path).is_file():
        raise ValueError(f"{path}: there is no such file")
    try:
        structures = ase.io.read(path, index=":")
    except Exception as error:  # ASE's readers raise anything
        raise ValueError(
            f"{path}: ASE reads no structures in it ({type(error).__name__}: {error})"
        ) from error
    occupations, first = [], None
    for index, atoms in enumerate(structures):
        try:
            known = first.constant if first else constant
            lattice, occupation = from_atoms(atoms, structure, components, known, tolerance)
        except ValueError as error:
            raise ValueError(f"{path}, structure {index}: {error}") from error
        first = first or lattice
        if lattice.cells != first.cells:
            raise ValueError(
                f"{path}, structure {index}: {lattice.cells} cubic cells, the first one has "
                f"{first.cells}; read them one by one"
            )
        occupations.append(occupation)
    if first is None:
        raise ValueError(f"{path}: there is no structure in it")
    return first, np.array(occupations)


def write_occupations(
    path: Path | str,
    lattice: CubicLattice,
    occupations: Integer[np.ndarray, "count sites"],
    species: Sequence[str],
    vacancies: bool = True,
) -> None:
    """Write snapshots as extended XYZ (``.extxyz``, ``.xyz``) or ASE trajectory (``.traj``).

    Parameters
    ----------
    species : symbols by code
    vacancies : whether sites with ``"X"`` become atoms ``X``; else they are left out

    Raises
    ------
    ValueError
        for another end of the name
    """
    kind = WRITTEN.get(Path(path).suffix)
    if kind is None:
        raise ValueError(f"{path}: its name must end in one of {', '.join(WRITTEN)}")
    structures = [to_atoms(lattice, row, species, vacancies) for row in occupations]
    ase.io.write(path, structures, format=kind)


def read_database(path: Path | str, selection: Any = None) -> tuple[list[Atoms], list[float]]:
    """Structures and energies (eV) of an ASE data base, for fits.

    Parameters
    ----------
    path : of the data base, any kind that :func:`ase.db.connect` opens
    selection : which rows, as ``select`` understands it; all without

    Raises
    ------
    ValueError
        if there is none, or a row has no energy; says which
    """
    if not Path(path).is_file():
        raise ValueError(f"{path}: there is no such data base")
    structures, energies = [], []
    with ase.db.connect(path) as database:
        for row in database.select(selection):
            if row.get("energy") is None:
                raise ValueError(
                    f"{path}, row {row.id} ({row.formula}): it has no energy; select rows that "
                    "have one"
                )
            structures.append(row.toatoms())
            energies.append(float(row.energy))
    if not structures:
        raise ValueError(f"{path}: no row is selected")
    return structures, energies
