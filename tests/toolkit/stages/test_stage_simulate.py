"""Trajectories: what is recorded when, and the conditions of each run."""

from __future__ import annotations

import numpy as np

from macropatch.stages.conditions import combinations, cycle, described
from macropatch.stages.simulate import simulate_pool, simulate_truth
from systems.ising_ring import IsingRing, RingSettings, RingStart

RING, START = IsingRing(RingSettings()), RingStart()


def test_the_pool_starts_after_one_interval_and_the_truth_with_the_start():
    c = np.array([[1.5], [3.0]])
    states, z = simulate_pool(RING, (12,), START, c, 3, 0.5, np.random.default_rng(1))
    rng = np.random.default_rng(1)
    now = RING.initial((12,), 2, c, START, rng)
    begin = RING.observe(now)
    for record in range(3):
        now = RING.evolve(now, c, 0.5, rng).states
        assert np.array_equal(states["sites"][:, record], now["sites"])
        assert np.array_equal(z[:, record], RING.observe(now))
    truth = simulate_truth(RING, (12,), START, c, 4, 0.5, np.random.default_rng(1), RING.observe)
    assert np.array_equal(truth[:, 0], begin) and np.array_equal(truth[:, 1:], z)


def test_conditions_are_all_combinations_in_turn():
    table = combinations(["t", "h"], {"h": (0.0, 1.0), "t": (2.0, 3.0)})
    assert table.tolist() == [[2, 0], [2, 1], [3, 0], [3, 1]]
    assert cycle(table, 3, 3).tolist() == [[3, 1], [2, 0], [2, 1]]
    assert combinations([], {}).shape == (1, 0) and cycle(np.zeros((1, 0)), 5, 3).shape == (3, 0)
    assert described(["t", "h"], table[1]) == "t = 2, h = 1"
