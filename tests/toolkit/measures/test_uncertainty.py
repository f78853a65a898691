import numpy as np
import pytest

from macropatch.measures import (
    bootstrap_error,
    jackknife_error,
    quadrature,
    squared_distance_error,
)


def test_bootstrap_error_of_a_mean_is_the_standard_error():
    units = np.random.default_rng(3).normal(size=(200, 1))
    error = bootstrap_error(units, lambda m: m[:, 0], np.random.default_rng(4), resamples=4000)
    # 4000 resamples fix a standard deviation to 1.1 %
    assert error == pytest.approx(units.std(ddof=1) / np.sqrt(200), rel=0.045)
    assert bootstrap_error(units[:1], lambda m: m[:, 0], np.random.default_rng(4)) is None


def test_jackknife_error_by_hand():
    # ē = 2, Σ(e − ē)² = 2, factor 2/3
    assert jackknife_error(np.array([1.0, 2.0, 3.0])) == pytest.approx(np.sqrt(4 / 3))
    assert jackknife_error(np.array([1.0])) is None


def test_quadrature_leaves_out_what_is_unknown():
    assert quadrature(3.0, None, 4.0) == 5.0
    assert quadrature(None, None) is None


def mean_and_true_error(shift, plain=False, experiments=300, runs=25, d=12):
    """Average reported variance of |mean x − mean y|², and the variance over repetitions."""
    rng = np.random.default_rng(5)
    values, variances = [], []
    for _ in range(experiments):
        both = rng.normal(size=(2 * runs, d))
        both[:runs, 0] += shift
        difference = both[:runs].mean(0) - both[runs:].mean(0)
        values.append(difference @ difference)
        if plain:
            weights = rng.multinomial(runs, np.full(runs, 1 / runs), size=(200, 2)) / runs
            resampled = weights[:, 0] @ both[:runs] - weights[:, 1] @ both[runs:]
            variances.append(np.var((resampled**2).sum(1)))
        else:
            variances.append(squared_distance_error(both @ both.T, runs, rng, 200) ** 2)
    return np.mean(variances), np.var(values)


@pytest.mark.parametrize("shift", [0.0, 0.5, 3.0])
def test_error_of_a_squared_distance_has_the_right_size(shift):
    reported, true = mean_and_true_error(shift)
    # the variance of 300 values is known to 8–12 %; the truncation at zero adds up to 30 %
    assert 0.7 * true < reported < 1.7 * true


def test_plain_bootstrap_of_a_squared_distance_would_fail():
    reported, true = mean_and_true_error(0.0, plain=True)
    assert reported > 2.0 * true


def test_a_single_run_leaves_the_error_unknown():
    assert squared_distance_error(np.eye(3), 1, np.random.default_rng(0)) is None
