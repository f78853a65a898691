"""How alloys start: at random, or from files of any format; and back to ASE."""

from __future__ import annotations

import ase.io
import numpy as np
import pytest
from ase.units import kB
from own_alloy import CONSTANT, write_parameters

from macropatch_alloy.alloy import make_alloy
from macropatch_alloy.settings import AlloySettings, AlloyStart
from macropatch_alloy.structures import from_atoms, to_atoms

SIZE, COUNTS = (3, 3, 3), (2, 54, 52)
C = np.full((3, 1), 1000.0)


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    path = write_parameters(tmp_path_factory.mktemp("own") / "cu-au.json")
    return make_alloy(AlloySettings(barriers=str(path), sites_per_vacancy=54, jumps=125.0))


@pytest.fixture
def begin(system):
    def initial(path, size=SIZE, seed=0, **start):
        given = AlloyStart(file=str(path), **start)
        return system.initial(size, 3, C, given, np.random.default_rng(seed))

    return initial


def structure(system, counts=COUNTS, size=SIZE, seed=0):
    """Atoms of an alloy, ``X`` where a vacancy is, and its occupation."""
    lattice = system.lattice(size)
    codes = np.repeat(np.arange(3), counts).astype(np.int8)
    occupation = np.random.default_rng(seed).permutation(codes)
    return to_atoms(lattice, occupation, system.species), occupation


def occupied(atoms):
    return np.array(atoms.get_chemical_symbols()) != "X"


def test_random_alloys_have_exact_numbers_and_differ(system):
    states = system.initial(SIZE, 3, C, AlloyStart(), np.random.default_rng(0))
    flat = states["occupation"].reshape(3, -1)
    assert [np.bincount(row).tolist() for row in flat] == [list(COUNTS)] * 3
    assert (np.take_along_axis(flat, states["vacancies"], 1) == 0).all()
    assert (flat[0] != flat[1]).any()


def test_one_vacancy_too_few_is_made_of_the_species_in_excess(system, begin, tmp_path):
    atoms, occupation = structure(system, (1, 55, 52))
    ase.io.write(tmp_path / "one.extxyz", atoms)
    for row in begin(tmp_path / "one.extxyz")["occupation"].reshape(3, -1):
        changed = row != occupation
        assert occupation[changed].tolist() == [1] and row[changed].tolist() == [0]


def test_a_file_with_vacancies_is_taken_as_it_is(system, begin, tmp_path):
    """As atoms ``X``, or as sites that none is at."""
    atoms, occupation = structure(system)
    for name, written in (("with.extxyz", atoms), ("without.extxyz", atoms[occupied(atoms)])):
        ase.io.write(tmp_path / name, written)
        states = begin(tmp_path / name)
        assert (states["occupation"].reshape(3, -1) == occupation).all()
        assert (states["vacancies"] == np.flatnonzero(occupation == 0)).all()


def test_a_file_without_vacancies_gets_them(system, begin, tmp_path):
    atoms, occupation = structure(system, (0, 54, 54))
    ase.io.write(tmp_path / "full.extxyz", atoms)
    states = begin(tmp_path / "full.extxyz")
    flat = states["occupation"].reshape(3, -1)
    assert [np.bincount(row).tolist() for row in flat] == [list(COUNTS)] * 3
    assert ((flat == occupation) | (flat == 0)).all()
    assert len(np.unique(states["vacancies"], axis=0)) > 1


def test_relaxed_positions_and_several_structures_are_read(system, begin, tmp_path):
    """Each snapshot is one of the structures, at random; strain and displacements are taken out."""
    both, rng = [], np.random.default_rng(1)
    for seed in range(2):
        atoms, occupation = structure(system, seed=seed)
        atoms = atoms[occupied(atoms)]
        atoms.set_cell(atoms.cell * 1.01, scale_atoms=True)
        atoms.rattle(0.1, rng=rng)
        both.append((atoms[rng.permutation(len(atoms))], occupation))
    ase.io.write(tmp_path / "relaxed.extxyz", [atoms for atoms, _ in both])
    drawn = set()
    for seed in range(4):
        for row in begin(tmp_path / "relaxed.extxyz", seed=seed)["occupation"].reshape(3, -1):
            which = [
                index for index, (_, occupation) in enumerate(both) if (row == occupation).all()
            ]
            assert len(which) == 1
            drawn.update(which)
    assert drawn == {0, 1}


def test_files_that_do_not_fit_are_refused(system, begin, tmp_path):
    path = tmp_path / "given.extxyz"
    for atoms, told in (
        (
            structure(system, (2, 60, 46))[0],
            r"structure 0: its 108 sites have 2 X, 60 Cu, 46 Au; these settings have 2 X, 54 C",
        ),
        (
            structure(system, (3, 54, 51))[0],
            r"have 3 X, 54 Cu, 51 Au; .* set composition and sites",
        ),
        (structure(system, (4, 70, 70), (3, 3, 4))[0], r"\[3, 3, 4\] cubic cells, the system has"),
    ):
        ase.io.write(path, atoms)
        with pytest.raises(ValueError, match=told) as raised:
            begin(path)
        assert "given.extxyz" in str(raised.value)


def test_no_file_and_other_species_are_named(system, begin, tmp_path):
    with pytest.raises((ValueError, OSError), match=r"none\.extxyz"):
        begin(tmp_path / "none.extxyz")
    atoms, _ = structure(system)
    atoms.symbols = ["Ag" if symbol == "Cu" else symbol for symbol in atoms.symbols]
    ase.io.write(tmp_path / "silver.extxyz", atoms)
    with pytest.raises(ValueError, match=r"silver\.extxyz, structure 0: .*Ag.* no component"):
        begin(tmp_path / "silver.extxyz")


def test_swaps_bring_a_start_towards_equilibrium(system, begin, tmp_path):
    """The energy of a random alloy falls; so it does from a file."""
    atoms, _ = structure(system)
    ase.io.write(tmp_path / "random.extxyz", atoms)
    start, relaxed = begin(tmp_path / "random.extxyz"), begin(tmp_path / "random.extxyz", swaps=30)
    energy = system._energy(SIZE)
    before, after = (energy.total(s["occupation"].reshape(3, -1)) for s in (start, relaxed))
    assert (after < before - 5 * kB * 1000.0).all()
    np.testing.assert_array_equal(system.conserved(start), system.conserved(relaxed))


def test_snapshots_become_atoms_and_come_back(system):
    states = system.initial(SIZE, 3, C, AlloyStart(), np.random.default_rng(2))
    atoms = system.to_atoms(states, 1)
    assert atoms.pbc.all() and (~occupied(atoms)).sum() == 2
    np.testing.assert_allclose(atoms.cell.lengths(), 3 * CONSTANT)
    lattice, occupation = from_atoms(atoms, "fcc", system.species)
    assert lattice.cells == SIZE
    np.testing.assert_array_equal(occupation, states["occupation"][1].ravel())
