"""Energies of sites and of changes, against sums over whole supercells in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from alloy_cases import plain_energy, random_tensors

from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.expansion.orbits import find_orbits
from macropatch_alloy.expansion.space import ClusterSpace
from macropatch_alloy.lattices import CubicLattice, first_neighbours
from macropatch_alloy.local_energy import LocalEnergy, local_tables

CASES = [
    ("bcc", {2: 6.5, 3: 4.6, 4: 4.6}, (4, 4, 4)),
    ("bcc", {2: 4.6, 3: 4.6}, (2, 2, 3)),  # neighbours on both sides are one and the same site
    ("fcc", {2: 3.3, 3: 2.4, 4: 2.4}, (2, 3, 2)),
    ("sc", {2: 4.6, 3: 4.6}, (3, 4, 3)),
]


@pytest.mark.parametrize(("structure", "cutoffs", "cells"), CASES)
def test_changes_are_differences_of_total_energies(structure, cutoffs, cells):
    rng = np.random.default_rng(1)
    orbits = find_orbits(structure, 3.24, cutoffs)
    tensors = random_tensors(orbits, 4, rng)
    lattice = CubicLattice(structure, 3.24, cells)
    local = LocalEnergy(local_tables(orbits, tensors), lattice)
    occupation = rng.integers(0, 4, lattice.sites).astype(np.int8)
    before = plain_energy(orbits, tensors, lattice, occupation)
    assert local.total(occupation[None])[0] == pytest.approx(before, abs=1e-10)

    site = int(rng.integers(lattice.sites))
    other = occupation.copy()
    other[site] = (occupation[site] + 1) % 4
    change = local.change(occupation, site, int(other[site]))
    assert change == pytest.approx(
        plain_energy(orbits, tensors, lattice, other) - before, abs=1e-10
    )

    beside = lattice.site(lattice.coordinates(site) + first_neighbours(structure))
    jumps = local.jumps(occupation[None], np.array([site]))[0]
    for direction, neighbour in enumerate(beside[:4]):
        other = occupation.copy()
        other[[site, neighbour]] = occupation[[neighbour, site]]
        expected = plain_energy(orbits, tensors, lattice, other) - before
        assert jumps[direction] == pytest.approx(expected, abs=1e-10)


def test_energy_of_a_site_is_what_its_clusters_hold():
    rng = np.random.default_rng(2)
    orbits = find_orbits("bcc", 3.24, {2: 4.6, 3: 4.6, 4: 4.6})
    lattice = CubicLattice("bcc", 3.24, (4, 4, 4))
    tensors = random_tensors(orbits, 3, rng)
    for tensor in tensors:
        tensor[tuple([0] * tensor.ndim)] = 0.0
        for axis in range(tensor.ndim):
            np.moveaxis(tensor, axis, 0)[0] = 0.0  # an absent atom: its clusters have no energy
    local = LocalEnergy(local_tables(orbits, tensors), lattice)
    occupation = rng.integers(1, 3, lattice.sites).astype(np.int8)
    assert local.of_site(occupation, 5) == pytest.approx(-local.change(occupation, 5, 0), abs=1e-12)


def test_what_does_not_fit_is_refused():
    orbits = find_orbits("bcc", 3.24, {2: 4.6})
    tensors = random_tensors(orbits, 3, np.random.default_rng(3))
    with pytest.raises(ValueError, match=r"tensor 1 has the shape \(3,\).*\(3, 3\)"):
        local_tables(orbits, [tensors[0], tensors[0], *tensors[2:]])
    with pytest.raises(ValueError, match=r"1 x 4 x 4 cells.*at least 2 cells"):
        LocalEnergy(local_tables(orbits, tensors), CubicLattice("bcc", 3.24, (1, 4, 4)))
    space = ClusterSpace("bcc", 3.24, ("X", "Nb", "Mo"), {2: 3.3})
    expansion = ClusterExpansion(space, np.zeros(space.columns))
    with pytest.raises(ValueError, match="does not fit fcc"):
        LocalEnergy.of(expansion, CubicLattice("fcc", 3.24, (4, 4, 4)))
