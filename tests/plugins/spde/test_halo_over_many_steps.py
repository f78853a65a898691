"""Patches over 50 time steps, where what lies around them matters: without noise, exactly."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch.contract import Geometry, Surroundings
from macropatch.host import build_host

STEPS, PATCH = 50, 40


@pytest.fixture(scope="module")
def shares():
    """Each patch's share of the change over 50 steps of the whole, and the same by halo width."""
    record = build_host().system("predator-prey")
    system = record.factory(record.settings(noise=0.0))
    rng = np.random.default_rng(3)
    states = dict(system.initial((200,), 6, np.zeros((6, 0)), record.start(), rng))
    states = {name: field + 0.05 * rng.normal(size=field.shape) for name, field in states.items()}
    geometry, c = Geometry((PATCH,)), np.zeros((6, 0))
    duration = STEPS * system.time_step
    whole = system.evolve(states, c, duration, rng, credit=geometry).credit
    pairs = np.stack(np.meshgrid(np.arange(6), np.arange(5), indexing="ij"), -1).reshape(-1, 2)

    def change(width):
        dt = np.full(len(pairs), duration)
        around = Surroundings("halo", width)
        return system.evolve_patches(states, pairs, geometry, c, dt, around, rng).change

    return whole.reshape(len(pairs), 2), {width: change(width) for width in (0, 1, 2, 4, 8)}


def bias(found, exact):
    """Root mean square error of predators, who diffuse, over that of their change."""
    return np.sqrt(((found - exact)[:, 1] ** 2).mean() / (exact[:, 1] ** 2).mean())


def test_a_halo_of_four_is_enough_and_none_is_not(shares):
    exact, by_width = shares
    errors = [bias(by_width[width], exact) for width in (0, 1, 2, 4, 8)]
    assert errors == sorted(errors, reverse=True), "a wider halo is never worse"
    assert errors[0] > 1e-3 and errors[3] < 1e-2 * errors[0]
    assert errors[4] < 1e-10


def test_prey_do_not_diffuse_and_feel_the_edge_through_predators_only(shares):
    exact, by_width = shares
    scale = np.abs(exact[:, 0]).max()
    assert np.abs(by_width[4] - exact)[:, 0].max() < 1e-5 * scale
    assert np.abs(by_width[0] - exact)[:, 0].max() > 1e-5 * scale
