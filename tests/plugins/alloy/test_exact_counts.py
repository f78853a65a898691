"""Exact numbers of atoms and vacancies, for supercells of every size."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch_alloy.exact_counts import counts_of, with_vacancies
from macropatch_alloy.lattices import CubicLattice

THIRD = (1 / 3,) * 3


@pytest.mark.parametrize(
    ("sites", "per_vacancy", "composition", "counts"),
    [
        (1024, 1024, THIRD, (1, 341, 341, 341)),
        (524_288, 1024, THIRD, (512, *[341 * 512] * 3)),
        (432, 432, THIRD, (1, 144, 144, 143)),  # 431 atoms: the last species has one less
        (1728, 432, THIRD, (4, 576, 576, 572)),
        (100, 50, (0.25, 0.75), (2, 24, 74)),  # 12.25 and 36.75 around each
        (20, 10, (0.123, 0.456, 0.421), (2, 2, 8, 8)),  # 1.107, 4.104, 3.789
        (22, 11, (0.1, 0.9), (2, 2, 18)),  # whole, but for rounding
    ],
)
def test_counts_are_multiples_of_those_around_one_vacancy(sites, per_vacancy, composition, counts):
    found = counts_of(sites, per_vacancy, composition)
    assert found == counts and sum(found) == sites
    assert found == tuple(found[0] * n for n in counts_of(per_vacancy, per_vacancy, composition))


def test_counts_are_as_near_to_the_composition_as_whole_numbers_can_be():
    rng = np.random.default_rng(0)
    for _ in range(200):
        composition = rng.dirichlet(np.full(4, 5.0))
        per_vacancy = int(rng.integers(100, 1000))
        found = np.array(counts_of(3 * per_vacancy, per_vacancy, tuple(composition)))
        assert found.sum() == 3 * per_vacancy and found[0] == 3
        assert np.abs(found[1:] / 3 - composition * (per_vacancy - 1)).max() < 1.0


@pytest.mark.parametrize(
    ("sites", "per_vacancy", "composition", "told"),
    [
        (100, 30, THIRD, "100 sites hold no whole number of vacancies at one in 30 sites"),
        (100, 200, THIRD, "choose another size or sites_per_vacancy"),
        (20, 10, (0.01, 0.99), "of 9 atoms around a vacancy a species has none"),
    ],
)
def test_what_cannot_be_is_refused(sites, per_vacancy, composition, told):
    with pytest.raises(ValueError, match=told):
        counts_of(sites, per_vacancy, composition)


def test_vacancies_are_made_of_the_atoms_in_excess():
    lattice, species = CubicLattice("bcc", 3.0, (2, 2, 2)), ("X", "Nb", "Mo")
    full = np.repeat(np.array([1, 2], np.int8), 8)
    drawn = [
        with_vacancies(lattice, full, (2, 8, 6), species, np.random.default_rng(seed))
        for seed in range(40)
    ]
    assert (full != 0).all()  # left as it was
    for occupation in drawn:
        assert np.bincount(occupation).tolist() == [2, 8, 6]
        assert (occupation[:8] == 1).all()
    assert len({tuple(np.flatnonzero(one == 0)) for one in drawn}) > 15  # of 28 pairs
    same = with_vacancies(lattice, drawn[0], (2, 8, 6), species, np.random.default_rng(0))
    np.testing.assert_array_equal(same, drawn[0])
    for occupation, told in (
        (full, "its 16 sites have 0 X, 8 Nb, 8 Mo; these settings have 2 X, 5 Nb, 9 Mo: set comp"),
        (drawn[0], "2 X, 8 Nb, 6 Mo; these settings have 2 X, 5 Nb, 9 Mo"),
    ):
        with pytest.raises(ValueError, match=told):
            with_vacancies(lattice, occupation, (2, 5, 9), species, np.random.default_rng(0))
    with pytest.raises(ValueError, match="these settings have 1 X, 8 Nb, 7 Mo"):
        with_vacancies(lattice, drawn[0], (1, 8, 7), species, np.random.default_rng(0))
