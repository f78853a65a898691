"""Snapshots as structures: which are chosen, and how much of them is kept."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

import macropatch
from macropatch.contract import hookimpl
from macropatch.experiment import study_of
from macropatch.host import Provider, build_host
from macropatch.pipeline.execute import execute
from macropatch.pipeline.structures import lowest_layers, structures_of
from systems import powers
from systems.ising_ring import RECORD, IsingRing
from systems.studies import RING, document

SPECIES = {-1: "Mo", 1: "Nb"}


class RingOfAtoms(IsingRing):
    def to_atoms(self, states, index):
        spins = next(iter(states.values()))[index]
        return Atoms([SPECIES[int(spin)] for spin in spins], [(i, 0, 0) for i in range(len(spins))])


class RingThatBreaks(IsingRing):
    def to_atoms(self, states, index):
        raise RuntimeError("out of atoms")


class Plugin:
    @hookimpl
    def macropatch_systems(self):
        atoms = RECORD.capabilities | {"to_atoms"}
        yield replace(RECORD, name="atom-ring", capabilities=atoms, factory=RingOfAtoms)
        yield replace(RECORD, name="broken-ring", capabilities=atoms, factory=RingThatBreaks)

    @hookimpl
    def macropatch_closures(self):
        yield powers.RECORD


@pytest.fixture(scope="module")
def atom_host():
    return build_host(extra=[Provider("atoms", "tests", "0", Plugin())])


def settings(name, **more):
    return document(
        RING,
        system={"name": name},
        conditions={"temperature": [1.0, 2.0, 3.0, 9.0]},
        upsample={"random_share": 0.25, "random_start": {}},
        report={"figures": ["snapshots"]},
        **more,
    )


@pytest.fixture(scope="module")
def pictured(atom_host, tmp_path_factory):
    root = tmp_path_factory.mktemp("pictured") / "run"
    execute(study_of(settings("atom-ring"), atom_host), atom_host, root, show=False)
    return macropatch.load(root, atom_host)


def test_lowest_middle_and_highest_condition_of_the_large_system(pictured):
    structures = pictured.results().structures
    assert list(structures) == ["temperature 1 J", "temperature 3 J", "temperature 9 J"]
    assert {len(atoms) for atoms in structures.values()} == {48}
    assert "<svg" in (pictured.root / "figures" / "snapshots.svg").read_text()


def test_snapshots_are_those_stored_and_grew_from_the_pool(pictured):
    stage = pictured.branches[0].fit.pairs.snapshots
    for label, atoms in structures_of(stage, pictured.root).items():
        spins = np.where(np.array(atoms.get_chemical_symbols()) == "Nb", 1, -1)
        rows = []
        for task in range(stage.tasks):
            place = SimpleNamespace(root=pictured.root)
            states, c = stage.states_of(task, place)
            same = (next(iter(states.values())) == spins).all(axis=1)
            tiled = np.arange(len(c)) < len(c) - len(c) // 4
            rows += [(task, tuple(row)) for row in c[same & tiled]]
        assert (0, (float(label.split()[1]),)) in rows


def test_where_snapshots_are_not_stored_the_small_system_is_shown(pictured):
    stage = replace(pictured.branches[0].fit.pairs.snapshots, stored=False)
    structures = structures_of(stage, pictured.root)
    assert [label for label in structures if not label.startswith("small system, temp")] == []
    assert len(structures) == 3
    assert {len(atoms) for atoms in structures.values()} == {12}


def test_systems_without_structures_have_none(finished_ring, host):
    run = macropatch.load(finished_ring, host)
    assert run.results().structures == {}


def test_structures_that_fail_are_left_out_by_name(pictured, atom_host, monkeypatch):
    monkeypatch.setattr(RingOfAtoms, "to_atoms", RingThatBreaks.to_atoms)
    with pytest.warns(UserWarning, match="no pictures of snapshots: RuntimeError: out of atoms"):
        assert pictured.results().structures == {}


def test_of_a_large_structure_whole_layers_are_kept():
    crystal = bulk("Nb", "bcc", 3.3, cubic=True).repeat((4, 4, 4))  # 8 layers of 16
    assert lowest_layers(crystal, 128) is crystal
    for most, layers in ((127, 7), (32, 2), (31, 1)):
        slab = lowest_layers(crystal, most)
        assert len(slab) == 16 * layers
        assert slab.positions[:, 2].max() == pytest.approx(3.3 / 2 * (layers - 1))
        assert slab.pbc.tolist() == [True, True, False]
    assert len(lowest_layers(crystal, 10)) == 10  # less than a layer
