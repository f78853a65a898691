"""Energies and cluster vectors against sums in plain Python, and against the crystal's symmetry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from macropatch_alloy import ClusterExpansion, ClusterSpace, CubicLattice
from macropatch_alloy.expansion.decorations import point_functions
from macropatch_alloy.expansion.orbits import point_group

SPACES = {
    "sc": (("Na", "Cl"), {2: 5.2, 3: 4.3, 4: 4.3}, (2, 3, 3)),
    "bcc": (("X", "Nb", "Mo", "Ta"), {2: 5.5, 3: 4.9, 4: 3.0}, (2, 3, 2)),
    "fcc": (("Cu", "Au", "Pd"), {2: 4.3, 3: 3.7, 4: 3.0}, (2, 2, 3)),
}


def expansion_of(structure):
    components, cutoffs, _ = SPACES[structure]
    space = ClusterSpace(structure, 3.0, components, cutoffs)
    rng = np.random.default_rng(11)
    return ClusterExpansion(space, rng.normal(size=space.columns))


def drawn(expansion, lattice, count=3):
    first = 0 if expansion.space.vacancies else 1
    codes = len(expansion.space.species)
    rng = np.random.default_rng(5)
    return rng.integers(first, codes, (count, lattice.sites), dtype=np.int8)


def summed_by_hand(expansion, occupation, lattice, forgotten=None):
    """Over all sites and all clusters of each, of which every member has its share.

    ``forgotten``: the number of one instance of the last orbit, which is left out.
    """
    edges = 2 * np.array(lattice.cells)
    site_at = {
        tuple(p): i for i, p in enumerate(lattice.coordinates(np.arange(lattice.sites)).tolist())
    }
    total = expansion.energy_of_empty_cluster * lattice.sites
    for orbit, tensor in zip(expansion.space.orbits, expansion.tensors(), strict=True):
        for number, (cluster, role) in enumerate(zip(orbit.clusters, orbit.roles, strict=True)):
            if orbit is expansion.space.orbits[-1] and number == forgotten:
                continue
            of_members = np.moveaxis(tensor, role, 0)
            for position in site_at:
                members = (np.array(position) + cluster) % edges
                species = tuple(int(occupation[site_at[tuple(m)]]) for m in members.tolist())
                total += float(of_members[species]) / orbit.order
    return total


@pytest.mark.parametrize("structure", list(SPACES))
def test_energies_are_those_summed_by_hand(structure):
    expansion = expansion_of(structure)
    lattice = CubicLattice(structure, 3.0, SPACES[structure][2])
    occupations = drawn(expansion, lattice)
    energies = expansion.energy(occupations, lattice)
    by_hand = [summed_by_hand(expansion, row, lattice) for row in occupations]
    np.testing.assert_allclose(energies, by_hand, atol=1e-10)
    vectors = expansion.space.cluster_vectors(occupations, lattice)
    of_vectors = vectors @ expansion.coefficients * lattice.sites
    np.testing.assert_allclose(energies, of_vectors, atol=1e-10)
    mutant = summed_by_hand(expansion, occupations[0], lattice, forgotten=2)
    assert abs(mutant - energies[0]) > 1e-3


@pytest.mark.parametrize("structure", list(SPACES))
def test_symmetry_changes_no_cluster_vector(structure):
    expansion = expansion_of(structure)
    lattice = CubicLattice(structure, 3.0, (3, 3, 3))
    occupations = drawn(expansion, lattice)
    vectors = expansion.space.cluster_vectors(occupations, lattice)
    places = lattice.coordinates(np.arange(lattice.sites))
    rng = np.random.default_rng(1)
    for operation in point_group(structure)[:: 1 if structure == "bcc" else 7]:
        moved = lattice.site(places @ operation.T + places[rng.integers(lattice.sites)])
        turned = expansion.space.cluster_vectors(occupations[:, moved], lattice)
        np.testing.assert_allclose(turned, vectors, atol=1e-12)
    shuffled = expansion.space.cluster_vectors(rng.permuted(occupations, axis=1), lattice)
    assert np.abs(shuffled - vectors).max() > 0.1


@pytest.mark.parametrize("structure", list(SPACES))
def test_repeating_a_supercell_changes_no_cluster_vector(structure):
    expansion = expansion_of(structure)
    small = CubicLattice(structure, 3.0, (2, 3, 2))
    large = CubicLattice(structure, 3.0, (4, 3, 6))
    occupations = drawn(expansion, small)
    repeated = occupations[:, small.site(large.coordinates(np.arange(large.sites)))]
    np.testing.assert_allclose(
        expansion.space.cluster_vectors(repeated, large),
        expansion.space.cluster_vectors(occupations, small),
        atol=1e-12,
    )


def test_batches_give_the_numbers_of_single_snapshots(monkeypatch):
    expansion = expansion_of("bcc")
    lattice = CubicLattice("bcc", 3.0, (2, 2, 2))
    occupations = drawn(expansion, lattice, 7)
    whole = expansion.energy(occupations, lattice)
    monkeypatch.setattr("macropatch_alloy.expansion.space.CHUNK", 3_000)
    np.testing.assert_array_equal(expansion.energy(occupations, lattice), whole)
    np.testing.assert_array_equal(expansion.energy(occupations[4:5], lattice), whole[4:5])


def test_differences_are_changes_of_energy():
    expansion = expansion_of("bcc")
    lattice = CubicLattice("bcc", 3.0, (3, 3, 3))
    before = drawn(expansion, lattice)
    after = before.copy()
    after[:, [0, 1]] = before[:, [1, 0]]
    rows = expansion.space.differences(before, after, lattice)
    change = expansion.energy(after, lattice) - expansion.energy(before, lattice)
    np.testing.assert_allclose(rows @ expansion.coefficients, change, atol=1e-10)
    assert not rows[:, 0].any()


@pytest.mark.parametrize("components", [2, 3, 5])
def test_point_functions_are_orthonormal_and_average_to_nothing(components):
    functions = point_functions(components)
    product = functions @ functions.T / components
    np.testing.assert_allclose(product, np.eye(components - 1), atol=1e-12)
    np.testing.assert_allclose(functions.sum(axis=1), 0.0, atol=1e-12)
    if components == 2:
        np.testing.assert_allclose(functions, [[-1.0, 1.0]])


@pytest.mark.parametrize("structure", list(SPACES))
def test_columns_of_an_orbit_are_orthogonal_and_tensors_symmetric(structure):
    expansion = expansion_of(structure)
    space = expansion.space
    for orbit, table, tensor in zip(space.orbits, space.tables, expansion.tensors(), strict=True):
        product = np.tensordot(table, table, axes=[range(1, table.ndim)] * 2)
        assert np.abs(product - np.diag(np.diag(product))).max() < 1e-10
        assert tensor.shape == (len(space.species),) * orbit.order
        for permutation in orbit.permutations:
            np.testing.assert_allclose(tensor.transpose(permutation), tensor, atol=1e-12)
        if not space.vacancies:
            assert not tensor[0].any()


def test_what_does_not_fit_is_refused():
    expansion = expansion_of("fcc")
    lattice = CubicLattice("fcc", 3.0, (2, 2, 2))
    occupations = drawn(expansion, lattice)
    small = CubicLattice("fcc", 3.0, (1, 4, 4))
    with pytest.raises(ValueError, match=r"1 x 4 x 4 cells.*4\.24 Å.*at least 2 cells"):
        expansion.energy(np.ones((1, small.sites), np.int8), small)
    with pytest.raises(ValueError, match=r"fcc with 3\.0 Å does not fit bcc"):
        expansion.energy(occupations, CubicLattice("bcc", 3.0, (2, 2, 4)))
    with pytest.raises(ValueError, match=r"does not fit fcc with 3\.3"):
        expansion.energy(occupations, replace(lattice, constant=3.3))
    with pytest.raises(ValueError, match=r"shape \(3, 32\) for a lattice of 108 sites"):
        expansion.energy(occupations, replace(lattice, cells=(3, 3, 3)))
    for code in (0, 4, -1):
        wrong = occupations.copy()
        wrong[1, 5] = code
        with pytest.raises(
            ValueError, match=rf"occupation 1, site 5: code {code}.*1 Cu, 2 Au, 3 P"
        ):
            expansion.energy(wrong, lattice)
    with pytest.raises(ValueError, match=r"coefficients of shape \(3,\): .* columns"):
        ClusterExpansion(expansion.space, np.zeros(3))
    coefficients = expansion.coefficients.copy()
    coefficients[2] = np.nan
    with pytest.raises(ValueError, match="coefficient 2 is nan"):
        ClusterExpansion(expansion.space, coefficients)


@pytest.mark.parametrize(
    ("components", "said"),
    [
        (("Cu",), "needs two or more"),
        (("Cu", "Cu"), "each symbol once"),
        (("Cu", "Xx"), "'Xx' is no chemical symbol"),
        (("Cu", "X"), "comes first"),
        (("X",), "there is no atom"),
    ],
)
def test_components_that_make_no_sense_are_refused(components, said):
    with pytest.raises(ValueError, match=said):
        ClusterSpace("fcc", 3.0, components, {2: 3.0})
