import numpy as np
import pytest
from processes import autoregression, tunnelling

from macropatch.measures import autocorrelation, effective_sample_size
from macropatch.measures import integrated_autocorrelation_time as time_of


def exact(rho):
    return (1 + rho) / (1 - rho)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_time_of_an_autoregression(rho):
    series = autoregression(rho, runs=8, times=20_000, rng=np.random.default_rng(1))
    # relative error √(2(2W+1−τ)/N) with a window of 3 τ: 3.5 % at ρ = 0.9; 4 standard errors
    assert time_of(series).value == pytest.approx(exact(rho), rel=0.14)


def repeated(rho, runs, times, mean=None, repeats=150):
    series = autoregression(rho, repeats * runs, times, np.random.default_rng(2))
    found = [time_of(one, mean) for one in series.reshape(repeats, runs, times)]
    return np.array([one.value for one in found]), np.array([one.uncertainty for one in found])


@pytest.mark.parametrize(("runs", "times"), [(1, 6000), (4, 1500), (25, 240)])
@pytest.mark.parametrize("mean", [None, 0.0])
def test_error_is_the_spread_over_repetitions(runs, times, mean):
    values, errors = repeated(0.8, runs, times, mean)
    # 150 repetitions fix the spread to 6 %: 4 standard errors; pairs lost at the ends of short runs
    # are counted for all lags as for the longest, which makes errors up to 20 % too wide
    assert 0.76 * values.std() < errors.mean() < (1.24 + 0.2) * values.std()
    # 4 standard errors of the average: a false alarm in 16,000
    assert abs(values.mean() - exact(0.8)) < 4.0 * values.std() / np.sqrt(150) + 0.01 * exact(0.8)


def test_a_hundred_times_of_data_are_told_to_be_few():
    series = autoregression(0.9, 200, 1900, np.random.default_rng(3))
    found = [time_of(one) for one in series]
    # as the docstring says; 200 repetitions fix a median to 3 %
    assert np.median([one.value for one in found]) == pytest.approx(0.93 * exact(0.9), rel=0.1)
    assert np.mean([one.uncertainty / one.value for one in found]) == pytest.approx(0.3, abs=0.06)


def test_all_lags_instead_of_a_window_would_fail():
    """The mutant: deviations from the run's own mean sum to zero, and so do their products."""
    found = time_of(autoregression(0.9, 1, 20_000, np.random.default_rng(3)), window=1e9)
    assert abs(found.value - exact(0.9)) > 0.5 * exact(0.9)


def test_a_magnetisation_forgets_its_sign_later_than_its_size():
    flip, rho = 0.01, 0.8
    m = tunnelling(flip, rho, 20, 20_000, np.random.default_rng(4))
    lags = np.arange(1, 3000)
    correlation = (1 - 2 * flip) ** lags * (1 + 0.04 * rho**lags) / 1.04
    # relative errors 7 % and 2 %, 4 of them
    assert time_of(m, mean=0.0).value == pytest.approx(1 + 2 * correlation.sum(), rel=0.28)
    assert time_of(np.abs(m)).value == pytest.approx(exact(rho), rel=0.08)


def test_a_magnetisation_that_never_tunnels_gives_a_lower_bound():
    m = np.abs(tunnelling(0.01, 0.8, 4, 500, np.random.default_rng(5)))
    found = time_of(m, mean=0.0)
    assert found.uncertainty is None
    assert found.value > 500
    assert time_of(m).uncertainty is not None


def test_autocovariance_of_all_pairs_within_a_run(monkeypatch):
    series = np.random.default_rng(6).normal(size=(3, 7))
    naive = [np.mean(series[:, : 7 - lag] * series[:, lag:]) for lag in range(7)]
    np.testing.assert_allclose(autocorrelation._autocovariance(series), naive, atol=1e-12)
    monkeypatch.setattr(autocorrelation, "TRANSFORMED_AT_ONCE", 1)
    np.testing.assert_allclose(autocorrelation._autocovariance(series), naive, atol=1e-12)


def test_independent_records_count_fully_and_neighbours_do_not():
    rng = np.random.default_rng(7)
    assert effective_sample_size(rng.normal(size=(4, 5000))) == pytest.approx(20_000, rel=0.12)
    correlated = autoregression(0.9, 4, 50_000, rng)
    assert effective_sample_size(correlated) == pytest.approx(200_000 / 19, rel=0.14)


def test_one_series_is_one_run():
    series = autoregression(0.5, 1, 1000, np.random.default_rng(8))
    assert time_of(series[0]) == time_of(series)


def test_constant_series_have_no_autocorrelation_time():
    found = time_of(np.full((2, 50), 3.0))
    assert (found.value, found.uncertainty) == (1.0, None)


def test_a_run_that_diverged_is_named():
    series = np.zeros((3, 5))
    series[1, 2:] = np.nan
    with pytest.raises(ValueError, match="3 of 15 records are not finite, first in run 1 at rec"):
        time_of(series)
    with pytest.raises(ValueError, match=r"shape \(0, 5\) holds no record"):
        time_of(np.zeros((0, 5)))
