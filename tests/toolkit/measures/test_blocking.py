import numpy as np
import pytest
from processes import autoregression

from macropatch.measures import (
    Estimate,
    blocking_error,
    estimate_of_means,
    independent_means,
    stationary_mean,
)


@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_blocking_error_of_an_autoregression(rho):
    series = autoregression(rho, runs=4, times=2**14, rng=np.random.default_rng(2))
    exact = np.sqrt((1 + rho) / (1 - rho) / series.size)
    assert blocking_error(series) == pytest.approx(exact, rel=0.15)


def test_forgetting_autocorrelation_would_fail():
    series = autoregression(0.8, runs=4, times=2**14, rng=np.random.default_rng(2))
    exact = np.sqrt((1 + 0.8) / (1 - 0.8) / series.size)
    assert series.std() / np.sqrt(series.size) < 0.4 * exact


def by_blocking(series):
    return Estimate(series.mean(), blocking_error(series))


@pytest.mark.parametrize("estimate", [by_blocking, stationary_mean])
@pytest.mark.parametrize(("runs", "times"), [(1, 4000), (4, 1000), (32, 125)])
def test_two_standard_errors_cover_the_mean(estimate, runs, times):
    series = autoregression(0.8, 250 * runs, times, np.random.default_rng(11))
    found = [estimate(one) for one in series.reshape(250, runs, times)]
    covered = np.mean([abs(one.value) < 2.0 * one.uncertainty for one in found])
    # 95.4 % of Gaussian deviates; the few blocks of each cost 1 %. 250 repetitions: 1.4 %, 4 times
    assert 0.885 < covered <= 1.0


def test_without_autocorrelation_most_intervals_would_miss():
    series = autoregression(0.8, 1000, 1000, np.random.default_rng(11)).reshape(250, 4, 1000)
    covered = np.mean([abs(x.mean()) < 2.0 * x.std() / np.sqrt(x.size) for x in series])
    assert covered < 0.7


def test_many_runs_are_units_and_few_are_cut_into_long_blocks():
    rng = np.random.default_rng(12)
    many = autoregression(0.8, 16, 300, rng)
    np.testing.assert_allclose(independent_means(many[..., None], many)[:, 0], many.mean(axis=1))
    few = autoregression(0.8, 2, 2000, rng)
    units = independent_means(few[..., None], few)
    # blocks of ten times τ = 9
    assert 2 * 12 <= len(units) <= 2 * 32
    assert len(independent_means(few[:, :8, None], few)) == 4


def test_what_fills_no_block_is_dropped_from_the_front():
    series = np.concatenate([[100.0], np.tile([1.0, -1.0], 500)])[None]
    units = independent_means(series[..., None], np.zeros((1, 1001)))
    assert len(units) == 100
    np.testing.assert_allclose(units, 0.0)


def test_jackknife_of_a_mean_by_hand():
    runs = np.arange(16.0)[:, None].repeat(3, axis=1)
    found = estimate_of_means(runs[..., None], lambda means: means[:, 0], runs)
    assert found.value == 7.5
    assert found.uncertainty == pytest.approx(np.std(np.arange(16), ddof=1) / 4.0)


def test_one_record_leaves_the_error_unknown():
    assert stationary_mean(np.array([[2.0]])) == Estimate(2.0, None)
