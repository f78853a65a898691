"""The mean path from a start, and how long it takes."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch.measures import path_error, relaxation_time

TIMES = np.linspace(0.0, 20.0, 401)


def decay(rate, runs, rng, noise=0.1):
    return 1.0 - np.exp(-rate * TIMES) + noise * rng.normal(size=(runs, len(TIMES)))


def test_an_exponential_is_at_ninety_percent_after_ln_10():
    """Without noise to the grid's curvature; with noise within four standard errors."""
    rng = np.random.default_rng(1)
    exact = np.log(10.0) / 0.7
    assert relaxation_time(decay(0.7, 3, rng, 0.0), TIMES).value == pytest.approx(exact, rel=1e-3)
    found = relaxation_time(decay(0.7, 400, rng), TIMES)
    assert abs(found.value - exact) < 4.0 * found.uncertainty + 0.05
    assert 0.0 < found.uncertainty < 0.1


def test_what_goes_nowhere_has_no_time():
    rng = np.random.default_rng(2)
    assert relaxation_time(0.1 * rng.normal(size=(50, len(TIMES))), TIMES) is None
    assert relaxation_time(np.zeros((5, len(TIMES))), TIMES) is None


def test_a_path_that_is_cut_short_has_no_time():
    rng = np.random.default_rng(4)
    assert relaxation_time(decay(1.0 / 14.0, 400, rng), TIMES) is None


def test_paths_of_one_law_differ_by_noise_and_of_two_laws_by_their_distance():
    rng = np.random.default_rng(3)
    one, same, other = (decay(rate, 100, rng) for rate in (0.7, 0.7, 0.5))
    assert path_error(one, same).value < 0.02
    found = path_error(other, one)
    exact = np.sqrt(((np.exp(-0.7 * TIMES) - np.exp(-0.5 * TIMES)) ** 2).mean())
    assert found.value == pytest.approx(exact, abs=0.01)
    assert found.uncertainty < 0.01
    assert path_error(one, np.ones_like(one)).value == np.inf
