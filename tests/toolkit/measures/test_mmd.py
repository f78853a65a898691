import math

import numpy as np
import pytest

from macropatch.measures import mmd, mmd_at_times, trajectory_mmd
from macropatch.measures.mmd import WIDTHS


def slow_mmd(x, y):
    """The definition, read off the page."""

    def mean_kernel(a, b, width):
        terms = [math.exp(-(math.dist(p, q) ** 2) / (2 * width**2)) for p in a for q in b]
        return sum(terms) / len(terms)

    return (
        sum(
            mean_kernel(x, x, w) + mean_kernel(y, y, w) - 2 * mean_kernel(x, y, w)
            for w in (0.25, 0.5, 1, 2, 4, 8)
        )
        / 6
    )


def test_two_points_by_hand():
    exact = np.mean([2 - 2 * math.exp(-1 / (2 * w**2)) for w in WIDTHS])
    assert mmd(np.array([[0.0]]), np.array([[1.0]])) == pytest.approx(exact, rel=1e-13)


def test_diagonals_count():
    # x = {0, 1} against y = {0}: ½(1 + k) + 1 − (1 + k) = ½(1 − k)
    exact = np.mean([0.5 * (1 - math.exp(-1 / (2 * w**2))) for w in WIDTHS])
    assert mmd(np.array([[0.0], [1.0]]), np.array([[0.0]])) == pytest.approx(exact, rel=1e-13)


def test_agrees_with_the_definition():
    rng = np.random.default_rng(11)
    x, y = rng.normal(size=(7, 3)), rng.normal(1.0, 2.0, size=(5, 3))
    assert mmd(x, y) == pytest.approx(slow_mmd(x, y), rel=1e-12)
    assert mmd(x, x) == pytest.approx(0.0, abs=1e-15)


def test_widths_that_do_not_halve():
    x, y = np.array([[0.0]]), np.array([[1.0]])
    exact = np.mean([2 - 2 * math.exp(-1 / (2 * w**2)) for w in (0.3, 1.0)])
    assert mmd(x, y, widths=(0.3, 1.0)) == pytest.approx(exact)


def test_trajectories_are_scaled_by_the_truth_and_averaged_over_times_and_starts():
    rng = np.random.default_rng(12)
    x, y = rng.normal(size=(2, 6, 3, 2)), rng.normal(0.5, [1.0, 30.0], size=(2, 4, 3, 2))
    scale = y.std(axis=(0, 1, 2))
    by_hand = [slow_mmd(x[s, :, t] / scale, y[s, :, t] / scale) for s in (0, 1) for t in (0, 1, 2)]
    assert trajectory_mmd(x, y, rng).value == pytest.approx(np.mean(by_hand), rel=1e-12)


def test_at_each_time_it_is_the_mmd_of_that_time():
    rng = np.random.default_rng(16)
    x, y = rng.normal(size=(2, 6, 4, 2)), rng.normal(0.5, [1.0, 30.0], size=(2, 5, 4, 2))
    scale = y.std(axis=(0, 1, 2))
    by_hand = [
        np.mean([slow_mmd(x[s, :, t] / scale, y[s, :, t] / scale) for s in (0, 1)])
        for t in range(4)
    ]
    assert mmd_at_times(x, y) == pytest.approx(by_hand, rel=1e-12)
    assert mmd_at_times(x, y).mean() == pytest.approx(trajectory_mmd(x, y, rng).value, rel=1e-12)
    thinned = mmd_at_times(x, y, np.array([3, 0]))
    assert thinned == pytest.approx([by_hand[3], by_hand[0]], rel=1e-12), "scaled by all of y"


def test_spread_between_repetitions_is_the_uncertainty():
    rng = np.random.default_rng(13)
    found = [
        trajectory_mmd(
            rng.normal(0.4, 1.0, size=(1, 40, 2, 1)), rng.normal(size=(1, 40, 2, 1)), rng
        )
        for _ in range(100)
    ]
    spread = np.std([one.value for one in found], ddof=1)
    reported = np.sqrt(np.mean([one.uncertainty**2 for one in found]))
    # 100 repetitions fix the spread to 7 %; the kernel's features are not quite Gaussian
    assert 0.75 * spread < reported < 1.4 * spread


def test_a_component_that_never_varies_is_left_as_it_is():
    x = np.zeros((1, 3, 2, 1))
    assert trajectory_mmd(x, x, np.random.default_rng(0)).value == 0.0
