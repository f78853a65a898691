"""When the drift given ``z`` counts as settled."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch.stages.relaxation import Increments, drift_difference


def pilots(seed, shift=0.0, slope=0.0, count=20_000, spread=1.0):
    """Increments of a cubic drift in two variables; a shift and a slope are what may change."""
    rng = np.random.default_rng(seed)
    z0 = spread * rng.standard_normal((count, 2))
    c = rng.choice([1.0, 2.0], (count, 1))
    drift = c * np.stack([-z0[:, 0] + 0.1 * z0[:, 0] ** 3, z0[:, 0] - z0[:, 1]], axis=1)
    change = drift + shift + slope * z0 + rng.standard_normal((count, 2))
    return Increments(z0, c, change)


@pytest.mark.parametrize("seed", range(4))
def test_equal_drifts_differ_by_about_a_standard_error(seed):
    """Also where ``z`` itself has changed: what counts is the drift given ``z``."""
    difference = drift_difference(pilots(2 * seed), pilots(2 * seed + 1, spread=0.8))
    assert 0.3 < difference < 1.8


@pytest.mark.parametrize(("shift", "slope"), [(0.08, 0.0), (0.0, 0.08)])
def test_a_shift_or_a_slope_of_several_errors_shows(shift, slope):
    assert drift_difference(pilots(1), pilots(2, shift, slope)) > 2.5
