"""Snapshots: which parts are joined, and what tiling, relaxing and random starts make of them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import chisquare

from macropatch.stages.upsample import (
    AGES,
    choose_parts,
    followed,
    join,
    random_snapshots,
    relaxed,
)
from systems.ising_ring import IsingRing, RingSettings, RingStart

RING = IsingRing(RingSettings())


def pool(count=300, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(count, 2)) * np.array([1.0, 50.0])
    return z, rng.choice([1.0, 2.0, 3.0], (count, 1))


def test_parts_are_neighbours_of_equal_conditions():
    """Each part is among the ``2 · parts`` nearest of its own condition, in scaled ``z``."""
    z, c = pool()
    picks = choose_parts(z, c, 4, np.zeros(200, bool), np.random.default_rng(1))
    scaled = z / z.std(axis=0)
    for first, *others in picks.tolist():
        mine = np.flatnonzero(c[:, 0] == c[first, 0])
        apart = np.linalg.norm(scaled[mine] - scaled[first], axis=1)
        nearest = set(mine[np.argsort(apart)[:8]].tolist())
        assert set(others) <= nearest


def test_without_scaling_one_observable_would_decide_alone():
    z, c = pool()
    picks = choose_parts(z, c, 4, np.zeros(200, bool), np.random.default_rng(1))
    apart = np.abs(z[picks[:, 1:]] - z[picks[:, :1]]).mean(axis=(0, 1)) / z.std(axis=0)
    assert 0.5 < apart[0] / apart[1] < 2.0


def test_first_parts_are_drawn_uniformly():
    """False-alarm rate 1e-6."""
    z, c = pool(20)
    picks = choose_parts(z, c, 2, np.zeros(20_000, bool), np.random.default_rng(1))
    assert chisquare(np.bincount(picks[:, 0], minlength=20)).pvalue > 1e-6


def test_repeats_are_one_snapshot_and_the_others_are_not():
    z, c = pool()
    repeat = np.arange(100) < 50
    picks = choose_parts(z, c, 4, repeat, np.random.default_rng(1))
    alike = (picks == picks[:, :1]).all(axis=1)
    assert alike[:50].all() and not alike[50:].any()


@pytest.mark.parametrize("count", [1, 3])
def test_few_pool_snapshots_are_enough(count):
    z, c = np.zeros((count, 1)), np.zeros((count, 0))
    picks = choose_parts(z, c, 4, np.zeros(5, bool), np.random.default_rng(1))
    assert picks.shape == (5, 4) and picks.max() < count


def test_tiles_keep_what_their_parts_have():
    rng = np.random.default_rng(2)
    c = np.array([[1.0], [1.0], [2.0]])
    small = RING.initial((8,), 3, c, RingStart(), rng)
    picks = np.array([[0, 1, 0], [2, 2, 2]])
    states = RING.tile(small, picks, (24,), rng)
    m = RING.observe(small)[:, 0]
    assert np.allclose(RING.observe(states)[:, 0], m[picks].mean(axis=1))
    assert RING.observe(states)[1, 1] == pytest.approx(RING.observe(small)[2, 1])


def test_relaxing_is_the_systems_own():
    rng = np.random.default_rng(3)
    c = np.full((4, 1), 2.0)
    states = RING.initial((24,), 4, c, RingStart(), rng)
    assert relaxed(RING, states, c, 0.0, rng) is states
    moved = relaxed(RING, states, c, 2.0, np.random.default_rng(4))
    own = RING.relax(states, c, 2.0, np.random.default_rng(4))
    assert np.array_equal(moved["sites"], own["sites"])
    assert not np.array_equal(moved["sites"], states["sites"])


def test_random_snapshots_and_joined_batches():
    c = np.full((3, 1), 2.0)
    start = RingStart(low=0.5, high=0.5)
    some = random_snapshots(RING, (24,), start, c, 0.0, np.random.default_rng(5))
    assert np.allclose(RING.observe(some)[:, 0], 0.5)
    assert join(some, some)["sites"].shape == (6, 24)


class Clock:
    """A system that has an age, and must be evolved under its own conditions."""

    def initial(self, size, count, c, start, rng):
        return {"age": np.broadcast_to(0.0, (count,)), "own": c[:, 0]}

    def evolve(self, states, c, duration, rng):
        assert np.array_equal(states["own"], c[:, 0])
        grown = {"age": states["age"] + duration, "own": states["own"]}
        return SimpleNamespace(states=grown)


def test_random_starts_are_of_all_ages():
    c = np.arange(90.0)[:, None]
    some = random_snapshots(Clock(), (1,), RingStart(), c, 4.0, np.random.default_rng(5))
    ages, counts = np.unique(some["age"].round(9), return_counts=True)
    assert np.allclose(ages, np.linspace(0.0, 4.0, AGES)) and (counts == 10).all()
    assert np.array_equal(some["own"], c[:, 0])
    assert abs(np.corrcoef(some["age"], c[:, 0])[0, 1]) < 0.4, "ages do not follow the order"
    few = random_snapshots(Clock(), (1,), RingStart(), c[:2], 4.0, np.random.default_rng(5))
    assert few["age"].tolist() in ([0.0, 0.5], [0.5, 0.0])


def test_snapshots_along_trajectories_are_as_old_as_they_should_be():
    c = np.arange(4.0)[:, None]
    begin = Clock().initial((1,), 4, c, RingStart(), None)
    states, conditions = followed(Clock(), begin, c, 3, 2.5, np.random.default_rng(6))
    assert states["age"].tolist() == [0.0] * 4 + [2.5] * 4 + [5.0] * 4
    assert np.array_equal(states["own"], conditions[:, 0])
    same, _ = followed(Clock(), begin, c, 1, 0.0, np.random.default_rng(6))
    assert same["age"].tolist() == [0.0] * 4
