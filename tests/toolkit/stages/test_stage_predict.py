"""Euler–Maruyama ensembles against a loop in plain Python; ranges, clamps and divergence."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch.errors import PredictionError
from macropatch.stages.predict import simulate_sde

LOW, HIGH = np.array([-9.0, -9.0]), np.array([9.0, 9.0])
SIGMA = np.array([[0.5, 0.0], [0.2, 0.3]])


def pulled(z):
    """Linear drift, constant lower-triangular ``σ``."""
    return -0.7 * z + 0.1, np.broadcast_to(SIGMA, (*z.shape, 2))


def climbing(z):
    """One unit of time brings one unit of ``z``."""
    return np.ones_like(z), np.zeros((*z.shape, z.shape[-1]))


def by_hand(z0, dt, times, rng):
    """One trajectory after another would use other random numbers: all advance together."""
    z = [list(map(float, one)) for one in z0]
    steps = [np.array(z)]
    for _ in range(int(np.ceil(times[-1] / dt - 1e-9))):
        noise = rng.standard_normal((len(z), 2))
        for one, (a, b) in zip(z, noise, strict=True):
            x, y = one
            one[0] = x + (-0.7 * x + 0.1) * dt + dt**0.5 * 0.5 * a
            one[1] = y + (-0.7 * y + 0.1) * dt + dt**0.5 * (0.2 * a + 0.3 * b)
        steps.append(np.array(z))
    found = np.empty((len(z), len(times), 2))
    for record, time in enumerate(times):
        step = min(int(time / dt + 1e-9), len(steps) - 1)
        part = time / dt - step
        beyond = steps[min(step + 1, len(steps) - 1)]
        found[:, record] = steps[step] if part < 1e-9 else (1 - part) * steps[step] + part * beyond
    return found


@pytest.mark.parametrize("every", [0.1, 0.3, 0.25, 0.04, 0.0999])
def test_records_are_those_of_a_plain_loop(every):
    """On the steps, several steps apart, and between steps."""
    z0 = np.random.default_rng(1).normal(size=(5, 2))
    times = every * np.arange(12)
    found = simulate_sde(pulled, z0, 0.1, times, LOW, HIGH, np.random.default_rng(2))
    expected = by_hand(z0, 0.1, times, np.random.default_rng(2))
    assert np.allclose(found.z, expected, rtol=1e-10, atol=1e-12)
    assert np.array_equal(found.z[:, 0], z0) and found.outside == 0.0


def test_leading_axes_are_independent_trajectories():
    z0 = np.random.default_rng(1).normal(size=(2, 3, 2))
    times = 0.1 * np.arange(5)
    stacked = simulate_sde(pulled, z0, 0.1, times, LOW, HIGH, np.random.default_rng(2)).z
    flat = simulate_sde(pulled, z0.reshape(6, 2), 0.1, times, LOW, HIGH, np.random.default_rng(2)).z
    assert stacked.shape == (2, 3, 5, 2)
    assert np.array_equal(stacked.reshape(6, 5, 2), flat)


def test_a_common_axis_shares_its_random_numbers():
    z0 = np.zeros((3, 4, 2))
    found = simulate_sde(
        pulled, z0, 0.1, np.array([0.0, 1.0]), LOW, HIGH, np.random.default_rng(2), common_axis=0
    ).z
    assert np.array_equal(found[0], found[1]) and np.array_equal(found[0], found[2])
    assert len(np.unique(found[0, :, 1])) == 8


def test_steps_outside_the_range_are_counted():
    """From 0 by steps of 1 below a bound of 2.5: the steps to 3 and 4 of four are outside."""
    z0 = np.array([[0.0], [-10.0]])
    times, low = np.arange(5.0), np.array([-20.0])
    found = simulate_sde(climbing, z0, 1.0, times, low, np.array([2.5]), np.random.default_rng(0))
    assert found.outside == pytest.approx(2 / 8)
    assert found.z[0, :, 0].tolist() == [0, 1, 2, 3, 4]


def test_clamping_keeps_to_the_range_and_counts_what_it_cut():
    found = simulate_sde(
        climbing, np.array([[0.0]]), 1.0, np.arange(5.0), np.array([-20.0]), np.array([2.5]),
        np.random.default_rng(0), clamp=True,
    )  # fmt: skip
    assert found.z[0, :, 0].tolist() == [0, 1, 2, 2.5, 2.5]
    assert found.outside == pytest.approx(2 / 4)


@pytest.mark.parametrize("steps", [30, 300])
def test_divergence_is_said_with_its_time_and_what_to_do(steps):
    def exploding(z):
        return z**3, np.zeros((*z.shape, 1))

    with pytest.raises(PredictionError, match=r"no longer finite by t = .*clamp = true"):
        simulate_sde(
            exploding, np.array([[10.0]]), 1.0, np.array([0.0, float(steps)]), LOW[:1], HIGH[:1],
            np.random.default_rng(0),
        )  # fmt: skip


def test_progress_counts_steps_and_can_stop_it():
    seen = []
    simulate_sde(
        pulled, np.zeros((1, 2)), 0.1, np.array([0.0, 30.0]), LOW, HIGH, np.random.default_rng(0),
        progress=seen.append,
    )  # fmt: skip
    assert seen == sorted(seen) and len(seen) >= 4 and seen[-1] <= 300
