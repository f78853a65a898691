import numpy as np
import pytest
from processes import autoregression

from macropatch.measures import (
    Estimate,
    equilibrium_mean,
    equilibrium_standard_deviation,
    last_half,
    ratio,
)


def test_last_half_keeps_the_later_records():
    assert last_half(np.arange(5.0).reshape(1, 1, 5)).tolist() == [[[2.0, 3.0, 4.0]]]


REPEATS = 150


def reported_and_true(estimate, runs, times):
    """Root mean square reported error, and the spread of the estimate over repetitions."""
    rng = np.random.default_rng(9)
    found = []
    for _ in range(REPEATS):
        late = np.stack([autoregression(0.8, runs, times, rng) for _ in range(2)])
        found.append(estimate(late, rng))
    reported = np.sqrt(np.mean([one.uncertainty**2 for one in found]))
    return reported, np.std([one.value for one in found], ddof=1)


@pytest.mark.parametrize(("runs", "times"), [(40, 60), (3, 1000)])
@pytest.mark.parametrize("estimate", [equilibrium_mean, equilibrium_standard_deviation])
def test_reported_error_for_many_short_and_few_long_runs(estimate, runs, times):
    reported, true = reported_and_true(estimate, runs, times)
    # 150 repetitions fix the spread to 6 %: 4 standard errors, a false alarm in 16,000
    assert reported == pytest.approx(true, rel=0.24)


def test_ignoring_autocorrelation_would_fail():
    def naive(late, rng):
        return Estimate(late.mean(), late.std() / np.sqrt(late.size))

    reported, true = reported_and_true(naive, 40, 60)
    assert reported < 0.6 * true


def test_runs_that_share_noise_across_initial_states_are_one_unit():
    rng = np.random.default_rng(10)
    once = autoregression(0.8, 40, 60, rng)[None]
    shared = np.repeat(once, 5, axis=0)
    one = equilibrium_mean(once, np.random.default_rng(0)).uncertainty
    assert equilibrium_mean(shared, np.random.default_rng(0)).uncertainty == pytest.approx(one)


def test_ratio_propagates_both_errors():
    found = ratio(Estimate(2.0, 0.2), Estimate(4.0, 0.3))
    assert found.value == 0.5
    assert found.uncertainty == pytest.approx(0.5 * np.hypot(0.1, 0.075))
    assert ratio(Estimate(2.0), Estimate(4.0, 0.3)).uncertainty is None


def test_one_short_run_still_gives_an_error():
    found = equilibrium_standard_deviation(np.arange(4.0).reshape(1, 1, 4), np.random.default_rng())
    assert found.value == pytest.approx(np.std([0, 1, 2, 3]))
    assert found.uncertainty is not None


def test_what_all_runs_do_together_is_no_fluctuation():
    """A damped oscillation from each of three starts, under noise of standard deviation 0.3."""
    rng = np.random.default_rng(4)
    waves = np.cos(np.linspace(0.0, 20.0, 200)) * np.array([1.0, -0.5, 2.0])[:, None]
    noise = 0.3 * rng.normal(size=(3, 8, 200))
    found = equilibrium_standard_deviation(waves[:, None] + noise, rng)
    assert found.value == pytest.approx(0.3, rel=0.03), "4 standard errors of 4,200 free numbers"
    assert (waves[:, None] + noise).std() > 0.8
