"""Orbits of cubic crystals: known multiplicities, and clusters by plain enumeration."""

from __future__ import annotations

from itertools import combinations, permutations, product

import numpy as np
import pytest

from macropatch_alloy.expansion.orbits import find_orbits, point_group
from macropatch_alloy.lattices import offsets_within

PAIRS = {"sc": [3, 6, 4, 3], "bcc": [4, 3, 6, 12, 4], "fcc": [6, 3, 12, 6]}
TRIPLETS = {"sc": [12, 8], "bcc": [12, 12, 12, 8], "fcc": [8, 12]}
QUADRUPLETS = {"sc": [8, 3, 2], "bcc": [6], "fcc": [2, 12, 3]}
REACH = {"sc": (2.0, 1.5, 1.5), "bcc": (1.75, 1.45, 1.0), "fcc": (1.42, 1.0, 1.0)}
"""Of pairs, triplets and quadruplets, lattice constants."""


def signed_permutations():
    """The 48 operations of a cube."""
    for order in permutations(range(3)):
        for signs in product((1, -1), repeat=3):
            operation = np.zeros((3, 3), int)
            operation[range(3), order] = signs
            yield operation


def orbits_of(structure, constant=3.0):
    return find_orbits(
        structure,
        constant,
        {order: constant * reach for order, reach in enumerate(REACH[structure], 2)},
    )


@pytest.mark.parametrize("structure", ["sc", "bcc", "fcc"])
def test_spglibs_operations_are_those_of_a_cube(structure):
    found = {operation.tobytes() for operation in point_group(structure)}
    assert found == {operation.tobytes() for operation in signed_permutations()}


@pytest.mark.parametrize("structure", ["sc", "bcc", "fcc"])
def test_multiplicities_are_the_known_ones(structure):
    orbits = orbits_of(structure)
    for order, known in (2, PAIRS), (3, TRIPLETS), (4, QUADRUPLETS):
        found = [orbit.multiplicity for orbit in orbits if orbit.order == order]
        assert sorted(found) == sorted(known[structure])
    assert [(orbit.order, orbit.radius) for orbit in orbits] == sorted(
        (orbit.order, orbit.radius) for orbit in orbits
    )
    assert (orbits[0].order, orbits[0].radius, orbits[0].multiplicity) == (1, 0.0, 1)


@pytest.mark.parametrize("structure", ["sc", "bcc", "fcc"])
def test_every_cluster_of_the_crystal_is_in_one_orbit(structure):
    orbits = orbits_of(structure)
    for order, reach in enumerate(REACH[structure], 2):
        near = offsets_within(structure, 1.0, reach).tolist()
        # differences of pairs that are near are near: no distance is compared again
        all_of_them = {
            frozenset([(0, 0, 0), *map(tuple, others)])
            for others in combinations(near, order - 1)
            if all(np.subtract(a, b).tolist() in near for a, b in combinations(others, 2))
        }
        found = [
            frozenset(map(tuple, cluster))
            for orbit in orbits
            if orbit.order == order
            for cluster in orbit.clusters.tolist()
        ]
        assert len(found) == len(set(found)) and set(found) == all_of_them


@pytest.mark.parametrize("structure", ["sc", "bcc", "fcc"])
def test_members_stand_in_an_equivalent_order(structure):
    """Some operation takes the first cluster to each one, member by member."""
    for orbit in orbits_of(structure):
        first = orbit.clusters[0]
        assert orbit.roles[0] == 0 and len(orbit.clusters) == orbit.order * orbit.multiplicity
        for cluster, role in zip(orbit.clusters, orbit.roles, strict=True):
            assert not cluster[0].any()
            ordered = np.insert(cluster[1:], role, cluster[0], axis=0)
            images = (first - first[role]) @ point_group(structure).transpose(0, 2, 1)
            assert (images == ordered).all(axis=(1, 2)).any()


@pytest.mark.parametrize("structure", ["sc", "bcc", "fcc"])
def test_permutations_are_those_that_keep_all_distances(structure):
    """True of clusters up to quadruplets of these crystals that are not mirror images."""
    for orbit in orbits_of(structure):
        first = orbit.clusters[0]
        distances = ((first[:, None] - first[None]) ** 2).sum(axis=-1)
        same = {
            p
            for p in permutations(range(orbit.order))
            if (distances[np.ix_(p, p)] == distances).all()
        }
        assert {tuple(p) for p in orbit.permutations.tolist()} == same


def test_translated_clusters_are_taken_once():
    for orbit in orbits_of("bcc"):
        once = orbit.translated_once
        corners = [frozenset(map(tuple, c - np.array(min(c.tolist())))) for c in once]
        assert len(once) == len(set(corners)) == orbit.multiplicity


def test_cutoffs_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match=r"no clusters of 2 within 2\.0 Å.*2\.806 Å apart"):
        find_orbits("bcc", 3.24, {2: 2.0})
    with pytest.raises(ValueError, match="clusters of 5 sites"):
        find_orbits("bcc", 3.24, {5: 4.0})
    with pytest.raises(ValueError, match="nan Å of clusters of 2 sites"):
        find_orbits("bcc", 3.24, {2: float("nan")})
