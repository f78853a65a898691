"""Least squares against the exact answer for pairs without noise and with unequal durations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from diffusions import NOISE, RATE, exact_drift, relaxing_cells

from macropatch.contract import TrainingPairs
from macropatch.errors import TrainingError
from macropatch.learning import linear_regression


def test_an_exact_line_is_found_exactly_with_conditions():
    rng = np.random.default_rng(0)
    z0, c = rng.normal(size=(300, 2)), rng.normal(size=(300, 1))
    dt = rng.uniform(0.1, 2.0, 300)
    slope, intercept = rng.normal(size=(2, 3)), np.array([0.3, -0.1])
    kicks = 1e-6 * rng.normal(size=(300, 2))
    change = (intercept + np.column_stack([z0, c]) @ slope.T) * dt[:, None] + kicks
    pairs = TrainingPairs(z0, change, dt, c, np.zeros(300, int), np.eye(2))
    found = linear_regression(pairs, np.ones(300, bool))
    assert found.slope == pytest.approx(slope, abs=1e-5)
    assert found.intercept == pytest.approx(intercept, abs=1e-5)
    assert found.drift(np.zeros((1, 3))) == pytest.approx(intercept[None], abs=1e-5)


@pytest.mark.parametrize("each", [False, True], ids=["one factor", "a factor each"])
def test_the_covariance_is_that_of_the_whole_system(each):
    """λ = K = 16, 40,000 pairs: 2 % standard errors, five allowed (false alarm 2e-6)."""
    pairs = relaxing_cells(cells=16, count=40_000, dt=0.05)
    factor = np.broadcast_to(pairs.factor, (40_000, 2, 2)) if each else pairs.factor
    fields = {**vars(pairs), "factor": factor}
    found = linear_regression(TrainingPairs(**fields), np.ones(40_000, bool))
    expected = NOISE @ NOISE.T
    assert found.covariance == pytest.approx(expected, abs=5 * np.sqrt(2 / 40_000) * 0.3)
    assert found.slope == pytest.approx(-RATE, abs=5 * 2 / np.sqrt(40_000 * 0.05))


def test_the_drift_is_that_of_targets_and_the_covariance_that_of_changes():
    """Targets with a tenth of the noise: a tenth of the errors, five are allowed. The mutants, all
    from one or all from the other, are far off."""
    pairs, every = relaxing_cells(16, 40_000, 0.05, known=0.9), np.ones(40_000, bool)
    found = linear_regression(pairs, every)
    error = 5 * 2 / np.sqrt(40_000 * 0.05)
    exact = exact_drift(np.eye(2), 0.05).T
    assert found.slope == pytest.approx(exact, abs=error / 10)
    expected = NOISE @ NOISE.T
    assert found.covariance == pytest.approx(expected, abs=5 * np.sqrt(2 / 40_000) * 0.3)
    noisy = linear_regression(replace(pairs, drift_change=None), every)
    assert np.abs(noisy.slope - exact).max() > error / 10
    quiet = linear_regression(replace(pairs, change=pairs.targets), every)
    assert np.abs(quiet.covariance - expected).max() > 0.2


@pytest.mark.parametrize("case", ["a line", "nothing", "one of two", "the same twice"])
def test_increments_that_do_not_fluctuate_are_named(case):
    rng = np.random.default_rng(1)
    z0, noise = rng.normal(size=(100, 2)), rng.normal(size=(100, 2))
    change = {
        "a line": -z0,
        "nothing": 0.0 * z0,
        "one of two": noise * [1.0, 0.0],
        "the same twice": noise[:, [0, 0]],
    }[case]
    pairs = TrainingPairs(
        z0, change, np.ones(100), np.zeros((100, 0)), np.zeros(100, int), np.eye(2)
    )
    with pytest.raises(TrainingError, match="singular covariance"):
        linear_regression(pairs, np.ones(100, bool))
