"""Kinetically resolved barriers against energies of whole supercells in plain Python."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch_alloy.barriers.kinetically_resolved import SaddleModel, expansion_barriers
from macropatch_alloy.barriers.saddle import jump_symmetry, saddle_orbits
from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.expansion.orbits import point_group
from macropatch_alloy.expansion.space import ClusterSpace
from macropatch_alloy.lattices import CubicLattice, first_neighbours

SPECIES = ("X", "Nb", "Mo", "Ta")
CASES = {
    "bcc": ({2: 4.6, 3: 4.6, 4: 4.6}, 5.0, (6, 5, 7)),
    "fcc": ({2: 3.3, 3: 2.4}, 3.5, (4, 5, 4)),
    "sc": ({2: 4.6, 3: 4.6}, 4.0, (6, 6, 7)),
}


def model(structure: str, scale: float, rng: np.random.Generator):
    """Expansion, activations, lattice and barriers with random coefficients."""
    cutoffs, radius, cells = CASES[structure]
    space = ClusterSpace(structure, 3.24, SPECIES, cutoffs)
    expansion = ClusterExpansion(space, rng.normal(scale=scale, size=space.columns))
    orbits = saddle_orbits(structure, 3.24, radius, 3)
    columns = 1 + sum(len(orbit.tables(4)) for orbit in orbits)
    coefficients = rng.normal(scale=0.01, size=(3, columns))
    coefficients[:, 0] = [1.0, 1.4, 1.2]
    saddle = SaddleModel(structure, 3.24, radius, 3, coefficients)
    barriers = expansion_barriers("random", expansion, saddle)
    return expansion, saddle, CubicLattice(structure, 3.24, cells), barriers


def plain_activation(saddle, lattice, occupation, vacancy, direction) -> float:
    """The activation of one jump, cluster by cluster."""
    jumps = first_neighbours(saddle.structure)
    symmetry = [r for r, shift in jump_symmetry(saddle.structure) if not shift.any()]
    assert len(symmetry) >= 4
    place = lattice.coordinates(np.array(vacancy))
    species = occupation[lattice.site(place + jumps[direction])]
    group = point_group(saddle.structure)
    turn = next(g for g in group if (g @ jumps[0] == jumps[direction]).all())
    total, column = saddle.coefficients[species - 1, 0], 1
    for orbit in saddle.orbits:
        tables = orbit.tables(4)
        for members in orbit.clusters:
            codes = tuple(occupation[lattice.site(place + members @ turn.T)])
            for k, table in enumerate(tables):
                total += saddle.coefficients[species - 1, column + k] * table[codes]
        column += len(tables)
    return float(total)


@pytest.mark.parametrize("structure", sorted(CASES))
@pytest.mark.parametrize("scale", [0.005, 0.05])  # the larger one reaches the maximum's branches
def test_barriers_are_what_energies_and_activations_say(structure, scale):
    rng = np.random.default_rng(11)
    expansion, saddle, lattice, barriers = model(structure, scale, rng)
    branches = set()
    for _ in range(6):
        occupation = rng.integers(1, 4, lattice.sites).astype(np.int8)
        vacancy = int(rng.integers(lattice.sites))
        occupation[vacancy] = 0
        found = barriers.evaluate(lattice, occupation, np.array([vacancy]))[0]
        jumps = first_neighbours(structure)
        beside = lattice.site(lattice.coordinates(np.array(vacancy)) + jumps)
        after = np.repeat(occupation[None], len(jumps), axis=0)
        rows = np.arange(len(jumps))
        after[rows, vacancy], after[rows, beside] = occupation[beside], 0
        change = expansion.energy(after, lattice) - expansion.energy(occupation[None], lattice)[0]
        for direction in range(len(jumps)):
            back = int((jumps == -jumps[direction]).all(axis=1).argmax())
            reverse = barriers.evaluate(lattice, after[direction], beside[[direction]])[0, back]
            assert found[direction] - reverse == pytest.approx(change[direction], abs=1e-10)
            activation = plain_activation(saddle, lattice, occupation, vacancy, direction)
            three = (activation + change[direction] / 2, change[direction], 0.0)
            assert found[direction] == pytest.approx(max(three), abs=1e-10)
            branches.add(int(np.argmax(three)))
    if scale == 0.05 and structure == "bcc":
        assert branches == {0, 1, 2}


def test_supercells_smaller_than_what_a_jump_reads():
    """As in a larger supercell that repeats the small one, vacancies included."""
    rng = np.random.default_rng(20)
    *_, barriers = model("bcc", 0.005, rng)
    small = CubicLattice("bcc", 3.24, (2, 3, 2))
    large = CubicLattice("bcc", 3.24, (6, 6, 8))
    assert 2.0 * barriers.radius > max(small.cells) * 3.24
    occupation = rng.integers(1, 4, small.sites).astype(np.int8)
    occupation[7] = 0
    repeated = occupation[small.site(large.coordinates(np.arange(large.sites)))]
    place = large.site(small.coordinates(np.array([7])))
    np.testing.assert_allclose(
        barriers.evaluate(small, occupation, np.array([7])),
        barriers.evaluate(large, repeated, place),
        atol=1e-12,
    )


def test_what_does_not_belong_together_is_refused():
    rng = np.random.default_rng(21)
    expansion, saddle, *_ = model("bcc", 0.005, rng)
    with pytest.raises(ValueError, match="coefficients of shape"):
        SaddleModel("bcc", 3.24, 5.0, 3, saddle.coefficients[:, 1:])
    other = SaddleModel("bcc", 3.3, 5.0, 3, saddle.coefficients)
    with pytest.raises(ValueError, match=r"mine: activations are for .*3\.3.*3\.24"):
        expansion_barriers("mine", expansion, other)
    space = ClusterSpace("bcc", 3.24, SPECIES[1:], {2: 3.3})
    without = ClusterExpansion(space, np.zeros(space.columns))
    with pytest.raises(ValueError, match="the vacancy, 'X', is no component"):
        expansion_barriers("mine", without, saddle)
