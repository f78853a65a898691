"""Snapshots and data bases through ASE's own files."""

from __future__ import annotations

import ase.db
import ase.io
import numpy as np
import pytest
from ase.calculators.singlepoint import SinglePointCalculator

from macropatch_alloy import (
    CubicLattice,
    read_database,
    read_occupations,
    to_atoms,
    write_occupations,
)

COMPONENTS = ("X", "Nb", "Mo")
LATTICE = CubicLattice("bcc", 3.24, (2, 3, 2))


@pytest.fixture
def occupations():
    drawn = np.random.default_rng(0).integers(1, 3, (4, LATTICE.sites)).astype(np.int8)
    drawn[:, 5] = 0
    return drawn


@pytest.mark.parametrize("vacancies", [True, False])
@pytest.mark.parametrize("name", ["walk.extxyz", "walk.xyz", "walk.traj"])
def test_snapshots_come_back(tmp_path, occupations, name, vacancies):
    write_occupations(tmp_path / name, LATTICE, occupations, COMPONENTS, vacancies)
    lattice, found = read_occupations(tmp_path / name, "bcc", COMPONENTS)
    np.testing.assert_array_equal(found, occupations)
    assert lattice.cells == LATTICE.cells
    assert len(ase.io.read(tmp_path / name)) == LATTICE.sites - (not vacancies)


def test_any_file_that_ase_reads_will_do(tmp_path, occupations):
    atoms = to_atoms(LATTICE, occupations[0], COMPONENTS, vacancies=False)
    ase.io.write(tmp_path / "POSCAR", atoms, sort=True)
    _, found = read_occupations(tmp_path / "POSCAR", "bcc", COMPONENTS, 3.24)
    np.testing.assert_array_equal(found, occupations[:1])


def test_files_that_do_not_fit_are_named(tmp_path, occupations):
    with pytest.raises(ValueError, match=r"walk\.cif: its name must end in one of \.extxyz"):
        write_occupations(tmp_path / "walk.cif", LATTICE, occupations, COMPONENTS)
    path = tmp_path / "walk.extxyz"
    structures = [to_atoms(LATTICE, row, COMPONENTS) for row in occupations]
    structures[2].symbols[3] = "W"
    ase.io.write(path, structures)
    with pytest.raises(ValueError, match=r"walk\.extxyz, structure 2: atom 3 \(W at"):
        read_occupations(path, "bcc", COMPONENTS)
    structures[2] = structures[1].repeat((1, 1, 2))
    ase.io.write(path, structures)
    with pytest.raises(ValueError, match=r"structure 2: \(2, 3, 4\) cubic cells, the first one"):
        read_occupations(path, "bcc", COMPONENTS)


def test_data_bases_give_structures_and_energies(tmp_path, occupations):
    path = tmp_path / "alloys.db"
    with ase.db.connect(path) as database:
        for index, row in enumerate(occupations):
            atoms = to_atoms(LATTICE, row, COMPONENTS)
            atoms.calc = SinglePointCalculator(atoms, energy=-1.5 * index)
            database.write(atoms, relaxed=index > 1)
    structures, energies = read_database(path)
    assert energies == [0.0, -1.5, -3.0, -4.5]
    assert [atoms.get_chemical_formula() for atoms in structures] == [
        to_atoms(LATTICE, row, COMPONENTS).get_chemical_formula() for row in occupations
    ]
    assert read_database(path, "relaxed=True")[1] == [-3.0, -4.5]
    with pytest.raises(ValueError, match=r"alloys\.db: no row is selected"):
        read_database(path, "relaxed=7")
    with pytest.raises(ValueError, match=r"none\.db: there is no such data base"):
        read_database(tmp_path / "none.db")
    with ase.db.connect(path) as database:
        database.write(to_atoms(LATTICE, occupations[0], COMPONENTS))
    with pytest.raises(ValueError, match=r"alloys\.db, row 5 \(.*it has no energy"):
        read_database(path)
