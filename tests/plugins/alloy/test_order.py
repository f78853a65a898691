"""Short-range order, of crystals whose order is known, and pair counts bond by bond."""

from __future__ import annotations

import numpy as np
import pytest
from pair_alloy import count_bonds

from macropatch_alloy.compositions import equal_counts, random_alloys
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.order import (
    pair_counts,
    pair_names,
    short_range_order,
    species_counts,
    warren_cowley,
)


@pytest.mark.parametrize("structure", ["sc", "bcc", "fcc"])
def test_pairs_are_counted_once_each(structure):
    lattice, rng = CubicLattice(structure, 3.0, (2, 3, 4)), np.random.default_rng(0)
    occupation, _ = random_alloys(lattice, equal_counts(lattice, 3, 2), 3, rng)
    expected = [count_bonds(lattice, row, 4) for row in occupation]
    np.testing.assert_array_equal(pair_counts(lattice, occupation, 4), expected)


def test_order_of_caesium_chloride():
    """Each atom has eight neighbours of the other kind."""
    lattice = CubicLattice("bcc", 3.0, (2, 2, 2))
    occupation = (1 + lattice.coordinates(np.arange(16))[None, :, 0] % 2).astype(np.int8)
    pairs, sites = pair_counts(lattice, occupation, 3), species_counts(occupation, 3)
    assert short_range_order(pairs, sites, 8).tolist() == [[-4.0, 4.0, -4.0]]
    assert warren_cowley(pairs, sites, 8).tolist() == [[1.0, -1.0, 1.0]]
    assert pair_names(("X", "A", "B")) == ("XX", "XA", "XB", "AA", "AB", "BB")


def test_rows_sum_to_the_vacancies_beside_an_atom():
    lattice, rng = CubicLattice("bcc", 3.24, (8, 8, 8)), np.random.default_rng(1)
    occupation, vacancies = random_alloys(lattice, equal_counts(lattice, 3, 1), 2, rng)
    assert (species_counts(occupation, 4) == [1, 341, 341, 341]).all()
    assert (np.take_along_axis(occupation, vacancies, 1) == 0).all()
    pairs, sites = pair_counts(lattice, occupation, 4), species_counts(occupation, 4)
    order = short_range_order(pairs, sites, 8)
    first = order[:, :3].sum(axis=1)  # NbNb, NbMo, NbTa
    beside = pairs[:, pair_names(("X", "Nb", "Mo", "Ta")).index("XNb")]
    np.testing.assert_allclose(first, -beside / 341.0, atol=1e-12)
    np.testing.assert_allclose(warren_cowley(pairs, sites, 8), -3.0 * order / 8.0)


def test_counts_that_do_not_fit_are_refused():
    lattice, rng = CubicLattice("bcc", 3.0, (2, 2, 2)), np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"add up to 15, not to 16 sites"):
        random_alloys(lattice, (1, 14), 1, rng)
    with pytest.raises(ValueError, match="17 vacancies on 16 sites"):
        equal_counts(lattice, 2, 17)
    with pytest.raises(ValueError, match=r"give \(count, 16 sites\)"):
        pair_counts(lattice, np.ones((1, 15), np.int8), 2)
    with pytest.raises(ValueError, match="codes 1 to 2: they are 0 to 1"):
        pair_counts(lattice, np.array([[1] * 15 + [2]], np.int8), 2)
