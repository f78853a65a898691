"""Atoms to occupied lattices and back: any order, shift, strain, relaxation; errors say where."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from hypothesis import given
from hypothesis import strategies as st

from macropatch_alloy import CubicLattice, from_atoms, to_atoms
from macropatch_alloy.lattices import first_neighbours

COMPONENTS = ("X", "Nb", "Mo", "Ta")
CASES = {"sc": (3, 4, 3), "bcc": (3, 3, 4), "fcc": (2, 3, 2)}


def occupied(structure, seed=0, constant=3.24):
    lattice = CubicLattice(structure, constant, CASES[structure])
    rng = np.random.default_rng(seed)
    occupation = rng.integers(1, 4, lattice.sites).astype(np.int8)
    occupation[rng.integers(lattice.sites)] = 0
    return lattice, occupation


@pytest.mark.parametrize("vacancies", [True, False])
@pytest.mark.parametrize("structure", list(CASES))
def test_what_was_written_is_read(structure, vacancies):
    lattice, occupation = occupied(structure)
    atoms = to_atoms(lattice, occupation, COMPONENTS, vacancies)
    assert len(atoms) == lattice.sites - (not vacancies)
    for constant in (None, 3.24, 3.3):
        found, read = from_atoms(atoms, structure, COMPONENTS, constant)
        np.testing.assert_array_equal(read, occupation)
        assert found.cells == lattice.cells and read.dtype == np.int8
    assert found.constant == 3.3
    whole = CubicLattice(structure, 3.24, lattice.cells)
    assert from_atoms(bulk_of(structure), structure, ("Nb", "Mo"))[0].structure == whole.structure


def bulk_of(structure):
    return bulk("Nb", structure, a=3.1, cubic=structure != "sc").repeat(3)


@pytest.mark.parametrize("structure", list(CASES))
@given(
    seed=st.integers(0, 2**32 - 1),
    shift=st.tuples(*[st.floats(-0.12, 0.12)] * 3),
    strain=st.tuples(*[st.floats(0.97, 1.03)] * 3),
)
def test_relaxed_shifted_and_shuffled_structures_find_their_sites(structure, seed, shift, strain):
    """Displacements up to a quarter, and shifts that cannot be taken for a step to another site."""
    lattice, occupation = occupied(structure, seed % 7)
    atoms = to_atoms(lattice, occupation, COMPONENTS, vacancies=bool(seed % 2))
    rng = np.random.default_rng(seed)
    step = 1.62 * np.sqrt((first_neighbours(structure)[0] ** 2).sum())
    away = rng.normal(size=(len(atoms), 3))
    away *= rng.uniform(0, 0.25, (len(atoms), 1)) * step / np.linalg.norm(away, axis=1)[:, None]
    atoms.positions += away + np.array(shift) * step
    atoms.set_cell(atoms.cell.array * np.array(strain), scale_atoms=True)
    if seed % 3:
        atoms.wrap()
    atoms = atoms[rng.permutation(len(atoms))]
    found, read = from_atoms(atoms, structure, COMPONENTS, 3.24)
    np.testing.assert_array_equal(read, occupation)
    assert found == lattice


def test_large_shifts_lead_to_an_equivalent_structure():
    lattice, occupation = occupied("bcc")
    atoms = to_atoms(lattice, occupation, COMPONENTS)
    atoms.positions += np.array([1.7, -9.1, 4.0])
    _, read = from_atoms(atoms, "bcc", COMPONENTS)
    everywhere = lattice.coordinates(np.arange(lattice.sites))
    translated = (occupation[lattice.site(everywhere + step)] for step in everywhere)
    assert any(np.array_equal(read, other) for other in translated)


def test_atoms_that_are_not_on_the_lattice_are_named():
    lattice, occupation = occupied("bcc")
    atoms = to_atoms(lattice, occupation, COMPONENTS)
    atoms.symbols[:] = "Ta"
    atoms.symbols[7] = "W"
    with pytest.raises(
        ValueError, match=r"atom 7 \(W at \[.*\] Å\) is of a species.*X, Nb, Mo, Ta"
    ):
        from_atoms(atoms, "bcc", COMPONENTS)
    atoms.symbols[7] = "Mo"
    atoms.positions[7] += [1.1, 0.0, 0.0]
    with pytest.raises(ValueError, match=r"atom 7 \(Mo at .* is 1\.0\d\d Å from .* than 0\.842 Å"):
        from_atoms(atoms, "bcc", COMPONENTS)
    assert from_atoms(atoms, "bcc", COMPONENTS, tolerance=0.4)[1][7] == 2
    atoms.positions[7] = atoms.positions[20] + [0.1, 0.0, 0.0]
    with pytest.raises(
        ValueError, match=r"atom 7 \(Mo.*and atom 20 \(Ta.*0\.100 Å apart.*one site"
    ):
        from_atoms(atoms, "bcc", COMPONENTS)
    atoms.positions[7] = [np.nan, 0.0, 0.0]
    with pytest.raises(ValueError, match=r"atom 7 \(Mo at \[nan, 0\.0, 0\.0\] Å\) is nowhere"):
        from_atoms(atoms, "bcc", COMPONENTS)
    del atoms[7]
    assert from_atoms(atoms, "bcc", COMPONENTS)[1][7] == 0
    with pytest.raises(
        ValueError, match=r"1 of 72 sites have no atom, the first at \[.*is no comp"
    ):
        from_atoms(atoms, "bcc", COMPONENTS[1:])
    atoms.append("X")
    with pytest.raises(ValueError, match=r"atom 71 \(X at .*is of a species.*Nb, Mo, Ta\)"):
        from_atoms(atoms, "bcc", COMPONENTS[1:])


def test_cells_that_are_no_supercell_are_refused():
    crystal = bulk("Nb", "bcc", a=3.24, cubic=True).repeat(3)
    films = crystal.copy()
    films.pbc = (True, True, False)
    with pytest.raises(ValueError, match="not periodic along z"):
        from_atoms(films, "bcc", ("Nb", "Mo"))
    with pytest.raises(ValueError, match="no cuboid along the axes"):
        from_atoms(bulk("Nb", "bcc", a=3.24).repeat(4), "bcc", ("Nb", "Mo"))
    with pytest.raises(ValueError, match=r"no supercell of bcc with 4\.0000 Å"):
        from_atoms(crystal, "bcc", ("Nb", "Mo"), 4.0)
    with pytest.raises(ValueError, match=r"no supercell of fcc|nearest site of fcc"):
        from_atoms(crystal, "fcc", ("X", "Nb"))
    with pytest.raises(ValueError, match=r"with 10 atoms .* no supercell of bcc"):
        from_atoms(crystal[:10], "bcc", ("X", "Nb"))
    stretched = crystal.copy()
    stretched.set_cell(crystal.cell.array * [1.0, 1.0, 1.2], scale_atoms=True)
    with pytest.raises(ValueError, match=r"no supercell of bcc .* to within 5%"):
        from_atoms(stretched, "bcc", ("Nb", "Mo"))
    with pytest.raises(ValueError, match="there are no atoms"):
        from_atoms(Atoms(cell=[3.0, 3.0, 3.0], pbc=True), "bcc", ("X", "Nb"))


def test_occupations_of_another_lattice_make_no_atoms():
    lattice, occupation = occupied("sc")
    with pytest.raises(ValueError, match=r"shape \(35,\) for 36 sites"):
        to_atoms(lattice, occupation[1:], COMPONENTS)
    with pytest.raises(ValueError, match="codes from 0 to 3 for 3 species"):
        to_atoms(lattice, occupation, COMPONENTS[:3])
