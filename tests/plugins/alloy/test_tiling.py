"""Supercells side by side: nothing is lost, and copies of one have no seams."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch_alloy.compositions import random_alloys
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.order import pair_counts
from macropatch_alloy.tiling import blocks_of, tile

SMALL = {"sc": (3, 4, 5), "bcc": (3, 2, 4), "fcc": (2, 3, 2)}
COUNTS = {"sc": (2, 30, 28), "bcc": (3, 30, 15), "fcc": (4, 20, 24)}


def pool(structure, snapshots=6):
    small = CubicLattice(structure, 3.0, SMALL[structure])
    a, b, c = small.cells
    large = CubicLattice(structure, 3.0, (2 * a, 3 * b, c))
    rng = np.random.default_rng(1)
    return small, large, *random_alloys(small, COUNTS[structure], snapshots, rng)


def sound(occupation, vacancies):
    """Whether the vacancies are the sites of code 0, each once."""
    return all(
        sorted(sites) == np.flatnonzero(row == 0).tolist()
        for row, sites in zip(occupation, vacancies.tolist(), strict=True)
    )


@pytest.mark.parametrize("structure", ["sc", "bcc", "fcc"])
def test_copies_of_one_snapshot_have_no_seams(structure):
    small, large, occupation, vacancies = pool(structure)
    picks = np.repeat(np.arange(6)[:, None], 6, axis=1)
    joined, places = tile(small, large, occupation, vacancies, picks, np.random.default_rng(2))
    before, after = pair_counts(small, occupation, 3), pair_counts(large, joined, 3)
    np.testing.assert_array_equal(after, 6 * before)
    assert sound(joined, places)
    # the same place in each copy is the same vacancy
    corner = large.coordinates(places).reshape(6, 6, -1, 3) % (2 * np.array(small.cells))
    assert (corner == corner[:, :1]).all()


@pytest.mark.parametrize("structure", ["sc", "bcc", "fcc"])
def test_different_snapshots_keep_composition_and_vacancies(structure):
    small, large, occupation, vacancies = pool(structure)
    picks = np.random.default_rng(3).integers(0, 6, (20, 6))
    joined, places = tile(small, large, occupation, vacancies, picks, np.random.default_rng(4))
    counts = [np.bincount(row, minlength=3).tolist() for row in joined]
    assert counts == [[6 * number for number in COUNTS[structure]]] * 20
    assert sound(joined, places)
    as_if_repeated = 6 * pair_counts(small, occupation, 3)[picks[:, 0]]
    assert (pair_counts(large, joined, 3) != as_if_repeated).any(axis=1).all()


def test_a_shift_that_forgets_the_vacancies_is_found():
    small, large, occupation, vacancies = pool("bcc")
    picks = np.zeros((3, 6), np.int64)
    joined, places = tile(small, large, occupation, vacancies, picks, np.random.default_rng(5))
    unshifted = np.concatenate([
        large.site(small.coordinates(vacancies[:1]) + 2 * np.array(block) * small.cells)
        for block in np.ndindex(blocks_of(small, large))
    ], axis=1)  # fmt: skip
    assert sound(joined, places) and not sound(joined, np.repeat(unshifted, 3, axis=0))


def test_each_part_is_its_snapshot_shifted_around_its_edges():
    small, large, occupation, vacancies = pool("bcc")
    picks = np.array([[0, 1, 2, 3, 4, 5]])
    joined, places = tile(small, large, occupation, vacancies, picks, np.random.default_rng(6))
    grid = joined.reshape(*large.cells, 2)
    a, b, c = small.cells
    for part, (i, j, k) in enumerate(np.ndindex(blocks_of(small, large))):
        own = grid[a * i : a * (i + 1), b * j : b * (j + 1), c * k : c * (k + 1)]
        taken = occupation[part].reshape(*small.cells, 2)
        shifts = [
            shift
            for shift in np.ndindex(small.cells)
            if (np.roll(taken, shift, axis=(0, 1, 2)) == own).all()
        ]
        assert len(shifts) == 1
        ends = small.site(small.coordinates(vacancies[part]) + 2 * np.array(shifts[0]))
        corner = 2 * np.array([i, j, k]) * small.cells
        expected = large.site(small.coordinates(ends) + corner)
        np.testing.assert_array_equal(places.reshape(6, -1)[part], expected)


def test_supercells_that_do_not_fill_are_refused():
    small, large = CubicLattice("bcc", 3.0, (3, 3, 3)), CubicLattice("bcc", 3.0, (6, 7, 3))
    with pytest.raises(ValueError, match=r"\(3, 3, 3\) cubic cells do not fill one of \(6, 7, 3\)"):
        blocks_of(small, large)
