"""Tiles, cells, starts and the author's own tables."""

from __future__ import annotations

import numpy as np
import pytest
from ising import Ising, sample

from macropatch.contract import Quantity
from macropatch.lattice import LatticeObservable


@pytest.mark.parametrize(("small", "size"), [((4,), (12,)), ((3, 4), (6, 12))])
def test_a_repeated_snapshot_has_no_seams(small, size):
    system = Ising(len(small))
    pool, _, rng = sample(system, small, 5, seed=1)
    parts = system.sites(size) // system.sites(small)
    picks = np.repeat(np.array([[3], [0]]), parts, axis=1)
    tiled = system.tile(pool, picks, size, rng)
    assert tiled["sites"].shape == (2, *size) and tiled["sites"].dtype == np.int8
    assert system.observe(tiled) == pytest.approx(system.observe(pool)[[3, 0]], abs=1e-12)


def test_different_parts_keep_their_sites_and_are_rolled():
    system = Ising(2)
    pool, _, rng = sample(system, (3, 4), 6, seed=2)
    picks = rng.integers(0, 6, (200, 6))
    picks[:, 1] = (picks[:, 0] + 1) % 6
    tiled = system.tile(pool, picks, (6, 12), rng)["sites"]
    upper = (pool["sites"] > 0).sum(axis=(1, 2))
    assert np.array_equal((tiled > 0).sum(axis=(1, 2)), upper[picks].sum(axis=1))
    assert len(np.unique(tiled[:, 0, 0])) == 2
    # Rolled at random, every place has the same mean: 5 standard errors for the largest of 72.
    same = np.repeat(picks[:1], 4000, axis=0)
    mean = system.tile(pool, same, (6, 12), rng)["sites"].mean(axis=0)
    assert np.abs(mean - mean.mean()).max() < 5 / np.sqrt(4000)


def test_parts_that_do_not_make_the_size_are_refused():
    system = Ising(2)
    pool, _, rng = sample(system, (3, 4), 2, seed=3)
    with pytest.raises(ValueError, match="takes 6 parts"):
        system.tile(pool, np.zeros((1, 4), int), (6, 12), rng)
    with pytest.raises(ValueError, match="does not divide"):
        system.tile(pool, np.zeros((1, 4), int), (6, 10), rng)
    with pytest.raises(ValueError, match="the pool has 2"):
        system.tile(pool, np.full((1, 6), 2), (6, 12), rng)


def test_cells_are_tiles_in_row_major_order():
    system = Ising(2)
    states, _, _ = sample(system, (4, 6), 2, seed=4)
    cells = system.cells(states, (2, 3))
    assert cells.shape == (2, 4, 1, 2, 3)
    assert np.array_equal(cells[1, 1, 0], states["sites"][1, :2, 3:])
    assert np.array_equal(cells[0, 2, 0], states["sites"][0, 2:, :3])


def test_scattered_sites_have_the_exact_share():
    system = Ising(1)
    states = system.scatter((10,), np.array([0.0, 0.34, 1.0]), np.random.default_rng(0))
    assert states["sites"].dtype == np.int8
    assert (states["sites"] > 0).sum(axis=1).tolist() == [0, 3, 10]


def test_other_levels_give_the_same_dynamics():
    """(0, 1) in place of (−1, 1): the same flips from the same seed."""

    class Occupation(Ising):
        levels = (0, 1)

        def local_rate(self, value, neighbours, parameters):
            return super().local_rate(2 * value - 1, neighbours, parameters)

    spins, c, _ = sample(Ising(2), (4, 6), 5, seed=5)
    occupied = {"sites": (spins["sites"] > 0).astype(np.int8)}
    later = Ising(2).evolve(spins, c, 3.0, np.random.default_rng(1)).states["sites"]
    found = Occupation(2).evolve(occupied, c, 3.0, np.random.default_rng(1)).states["sites"]
    assert np.array_equal(found, later > 0)
    swapped = Occupation(2).exchange_levels(occupied)["sites"]
    assert np.array_equal(swapped, 1 - occupied["sites"])


def test_faulty_terms_and_rates_are_named():
    class Lopsided(Ising):
        terms = (LatticeObservable(Quantity("x", "x"), bond_term=lambda v, u: float(v)),)

    class Empty(Ising):
        terms = (LatticeObservable(Quantity("y", "y")),)

    class Negative(Ising):
        def local_rate(self, value, neighbours, parameters):
            return -0.5

    states, c, rng = sample(Ising(2), (4, 4), 1, seed=6)
    with pytest.raises(ValueError, match="'x' is not symmetric"):
        Lopsided(2).observe(states)
    with pytest.raises(ValueError, match="'y' has neither"):
        Empty(2).observe(states)
    with pytest.raises(ValueError, match=r"local_rate gives -0.5 .* conditions \[2.5\]"):
        Negative(2).evolve(states, c, 1.0, rng)


def test_a_batch_may_mix_temperatures():
    """Infinite temperature randomises, zero temperature keeps order."""
    states = {"sites": np.ones((40, 8, 8), np.int8)}
    c = np.where(np.arange(40) % 2, 0.1, 1e9)[:, None]
    m = Ising(2).observe(Ising(2).evolve(states, c, 30.0, np.random.default_rng(0)).states)[:, 0]
    assert (m[1::2] == 1.0).all() and np.abs(m[::2]).max() < 0.8
