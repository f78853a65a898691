"""Sites of supercells, against ASE's own crystals."""

from __future__ import annotations

import numpy as np
import pytest
from ase.build import bulk

from macropatch_alloy.lattices import CubicLattice, first_neighbours, offsets_within

SHELLS = {"sc": [6, 12, 8], "bcc": [8, 6, 12], "fcc": [12, 6, 24]}


@pytest.mark.parametrize("structure", ["sc", "bcc", "fcc"])
def test_sites_are_numbered_as_ase_numbers_atoms(structure):
    lattice = CubicLattice(structure, 3.2, (2, 3, 4))
    atoms = bulk("Nb", structure, a=3.2, cubic=structure != "sc").repeat((2, 3, 4))
    assert lattice.sites == len(atoms)
    np.testing.assert_allclose(lattice.positions(), atoms.positions, atol=1e-12)
    sites = np.arange(lattice.sites)
    shifted = lattice.coordinates(sites) + 2 * np.array(lattice.cells)
    np.testing.assert_array_equal(lattice.site(shifted), sites)


@pytest.mark.parametrize("structure", ["sc", "bcc", "fcc"])
def test_neighbours_come_shell_by_shell(structure):
    offsets = offsets_within(structure, 3.2, 6.4)
    _, counts = np.unique((offsets**2).sum(axis=1), return_counts=True)
    assert counts[:3].tolist() == SHELLS[structure]
    assert len(first_neighbours(structure)) == SHELLS[structure][0]


def test_no_site_between_sites_and_no_site_that_meets_its_image():
    lattice = CubicLattice("bcc", 3.24, (4, 4, 6))
    with pytest.raises(ValueError, match=r"\[1, 0, 0\].*no site of bcc"):
        lattice.site(np.array([[0, 0, 0], [1, 0, 0]]))
    lattice.check_holds(6.4, "a cutoff")
    with pytest.raises(ValueError, match=r"12\.96 Å wide.*7\.50 Å.*at least 5 cells"):
        lattice.check_holds(7.5, "the barrier network")
