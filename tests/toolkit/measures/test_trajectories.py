import numpy as np
import pytest
from processes import relaxations

from macropatch.measures import grouped_test_error, jackknife_error, shifted_test_errors
from macropatch.measures import test_error as relative_error


def test_error_by_hand():
    predicted = np.array([[1.0, 2.0], [0.0, 1.0]])
    true = np.array([[1.0, 1.0], [2.0, 1.0]])
    # start 1: MSE 1/2 over 1; start 2: MSE 2 over 5/2
    assert relative_error(predicted, true) == pytest.approx((0.5 + 0.8) / 2)


def test_error_relative_to_zero_is_refused():
    with pytest.raises(ValueError, match="zero at all times"):
        relative_error(np.ones((1, 3)), np.zeros((1, 3)))


def test_groups_are_disjoint_and_whole():
    runs = np.arange(12.0).reshape(1, 12, 1) + 1.0
    truth = np.ones((1, 12, 1))
    # five groups of two: means 1.5, 3.5, … 9.5; the last two runs are a sixth group
    estimate = grouped_test_error(runs, truth, 2, np.random.default_rng(0))
    errors = (np.arange(1.5, 12.0, 2.0) - 1.0) ** 2
    assert estimate.value == pytest.approx(errors.mean())
    assert estimate.uncertainty == pytest.approx(errors.std(ddof=1) / np.sqrt(6))
    five = grouped_test_error(runs[:, :11], truth, 2, np.random.default_rng(0))
    assert five.value == pytest.approx(errors[:5].mean())


def test_too_few_runs_for_a_group():
    with pytest.raises(ValueError, match="20 trajectories needs as many runs; there are 12"):
        grouped_test_error(np.ones((1, 12, 1)), np.ones((1, 12, 1)), 20, np.random.default_rng(0))


def floor_of_means(group, starts=(2.0, -1.0), times=40):
    """Exact expectation of the squared-error part of the floor: twice the variance of a mean."""
    powers = 0.9 ** np.arange(times)
    variance = (1.0 - powers**2).mean()
    return np.mean([2 * variance / group / ((3 + x * powers) ** 2).mean() for x in starts])


@pytest.mark.parametrize(("group", "runs"), [(20, 200), (50, 100), (200, 200)])
def test_statistical_floor_and_its_coverage(group, runs):
    """The reported interval of two standard errors holds the exact floor 88 % of the time."""
    rng = np.random.default_rng(6)
    exact, hits, repeats = floor_of_means(group), 0, 60
    for _ in range(repeats):
        estimate = grouped_test_error(relaxations(runs, rng), relaxations(runs, rng), group, rng)
        hits += abs(estimate.value - exact) < 2 * estimate.uncertainty
    # binomial with p = 0.88 (skewed, and t with few groups): below 42 of 60 in 1 of 10,000
    assert hits >= 42


def test_overconfident_intervals_would_fail():
    rng = np.random.default_rng(6)
    exact = floor_of_means(20)
    hits = 0
    for _ in range(60):
        estimate = grouped_test_error(relaxations(200, rng), relaxations(200, rng), 20, rng)
        hits += abs(estimate.value - exact) < 2 * estimate.uncertainty / 3
    assert hits < 42


def test_a_biased_prediction_stands_above_the_floor():
    rng = np.random.default_rng(7)
    predicted, truth = relaxations(200, rng), relaxations(200, rng)
    good = grouped_test_error(predicted, truth, 200, rng)
    biased = grouped_test_error(predicted + 1.0, truth, 200, rng)
    assert biased.value - good.value > 5 * biased.uncertainty


def test_ensemble_uncertainty_by_hand():
    truth = np.full((1, 1, 1), 2.0)
    predicted = np.full((1, 1, 1), 3.0)
    members = np.array([4.0, 5.0, 6.0]).reshape(3, 1, 1, 1)  # shifts −1, 0, 1 of the prediction
    errors = shifted_test_errors(predicted, truth, members, group=1)
    assert errors == pytest.approx([0.0, 0.25, 1.0])
    assert jackknife_error(errors) == pytest.approx(np.sqrt(2 / 3 * np.sum((errors - 5 / 12) ** 2)))


def test_noise_common_to_all_members_does_not_count():
    rng = np.random.default_rng(8)
    members = np.repeat(relaxations(30, rng)[None], 4, axis=0)
    errors = shifted_test_errors(relaxations(40, rng), relaxations(40, rng), members, group=20)
    assert jackknife_error(errors) == pytest.approx(0.0, abs=1e-15)
