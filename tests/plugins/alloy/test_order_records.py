from dataclasses import replace

import numpy as np
import pytest
from order_evaluations import PAIRS, TEMPERATURES, evaluation, orders
from scipy import stats

from macropatch.measures import quadrature, stationary_mean
from macropatch_alloy.measures.equal_means import mean_chi_square
from macropatch_alloy.measures.settling import drifts
from macropatch_alloy.measures.short_range_order import measure_short_range_order, unlike
from macropatch_alloy.plugin import macropatch_measures


@pytest.fixture(scope="module")
def whole():
    return evaluation(pooled=(700.0, *TEMPERATURES), sluggish=(1000.0,), off=(2000.0,))


@pytest.fixture(scope="module")
def records(whole):
    return measure_short_range_order(whole)


def chosen(records, name="delta", **labels):
    return [
        one
        for one in records
        if one.name == name and all(one.labels.get(key) == value for key, value in labels.items())
    ]


def test_registered_by_name():
    (record,) = macropatch_measures()
    assert record.name == "short_range_order"
    assert record.factory() is measure_short_range_order


def test_every_source_has_all_pairs_at_its_temperatures(records):
    for source, temperatures in (
        ("sde", TEMPERATURES),
        ("swap", TEMPERATURES),
        ("kmc", TEMPERATURES),
        ("pool", (700.0, *TEMPERATURES)),
    ):
        found = [
            (one.labels["temperature"], one.labels["pair"])
            for one in chosen(records, source=source)
        ]
        assert found == [(temperature, pair) for temperature in temperatures for pair in PAIRS]
    assert {one.labels["scheme"] for one in records} == {"partial"}


def test_values_are_means_and_errors_those_of_sampling_and_fit(whole, records):
    (ours,) = chosen(records, source="sde", pair="MoTa", temperature=2000.0)
    values = whole.stationary.sel(observable="MoTa")[1].values
    assert ours.value == pytest.approx(values.mean())
    # three members 0.004 apart: √(2/3 · 2 · 0.004²)
    expected = quadrature(stationary_mean(values).uncertainty, 0.004 * np.sqrt(4 / 3))
    assert ours.uncertainty == pytest.approx(expected)
    (small,) = chosen(records, source="pool", pair="MoTa", temperature=3000.0)
    runs = whole.pool.sel(observable="MoTa").values.reshape(10, 4, 60)[:, 3, 30:].mean(axis=1)
    assert small.value == pytest.approx(runs.mean())
    assert small.uncertainty == pytest.approx(runs.std(ddof=1) / np.sqrt(10))
    (jumps,) = chosen(records, source="kmc", pair="MoTa", temperature=3000.0)
    both = np.concatenate([whole.truth[2], whole.truth_again[2]])[:, 60:, PAIRS.index("MoTa")]
    assert jumps.value == pytest.approx(both.mean())


def test_what_has_not_settled_says_so(records):
    """1,000 K still drifts, 2,000 K is off, 700 K is below the fit, and 3,000 K is in order."""
    for one in chosen(records):
        direct = one.labels["source"] in ("kmc", "pool")
        in_equilibrium = not direct or one.labels["temperature"] == 3000.0
        assert one.labels.get("settled", True) == in_equilibrium


def test_reference_of_ours_is_what_is_in_equilibrium(records):
    for temperature, source in ((1000.0, "swap"), (2000.0, "swap"), (3000.0, "kmc")):
        for pair in PAIRS:
            ours, other = (
                chosen(records, source=one, pair=pair, temperature=temperature)[0]
                for one in ("sde", source)
            )
            assert ours.reference == other.value
            assert other.reference is None


def test_records_by_size_have_mean_and_spread(records):
    assert not chosen(records, "delta_by_size", temperature=700.0)
    for source, sites in (("sde", 8192), ("swap", 8192), ("kmc", 8192), ("pool", 1024)):
        labels = {"source": source, "pair": "MoMo", "temperature": 3000.0, "sites": sites}
        (mean,) = chosen(records, "delta_by_size", **labels)
        (spread,) = chosen(records, "delta_spread_by_size", **labels)
        # five standard errors: a false alarm of 6e-7
        assert abs(mean.value - orders(3000.0)[3]) < 5 * mean.uncertainty
        assert abs(spread.value - 0.5 / np.sqrt(sites)) < 5 * spread.uncertainty


def test_equilibrium_is_tested_where_both_have_settled(records, whole):
    (chi,), (p,) = (chosen(records, f"equilibrium_{of}") for of in ("chi_square", "p_value"))
    assert chi.labels["degrees"] == p.labels["degrees"] == 3  # unlike pairs at 3,000 K
    assert p.value == pytest.approx(stats.chi2.sf(chi.value, 3))
    assert p.value > 1e-3
    apart = replace(whole, equilibrium=whole.equilibrium + 0.01)
    (far,) = chosen(measure_short_range_order(apart), "equilibrium_p_value")
    assert far.value < 1e-6
    alone = replace(whole, equilibrium=None)
    assert not chosen(measure_short_range_order(alone), "equilibrium_chi_square")


def test_few_correlated_units_give_a_chi_square():
    """800 cases of 8 and 20 units: Kolmogorov and Smirnov's p above 1e-3, its false alarm."""
    rng = np.random.default_rng(5)
    mixing = rng.standard_normal((3, 3)) + np.array([[1.0], [1.0], [0.2]])
    cases = [
        mean_chi_square(
            rng.standard_normal((20, 1, 3)) @ mixing, 2.0 * rng.standard_normal((25, 1, 3)) @ mixing
        )
        for _ in range(800)
    ]
    assert stats.kstest(cases, stats.chi2(3).cdf).pvalue > 1e-3

    def without_covariance():
        units = rng.standard_normal((20, 3)) @ mixing, rng.standard_normal((25, 3)) @ mixing
        apart = units[0].mean(0) - units[1].mean(0)
        return float((apart**2 / sum(one.var(0, ddof=1) / len(one) for one in units)).sum())

    mutant = [without_covariance() for _ in range(800)]
    assert stats.kstest(mutant, stats.chi2(3).cdf).pvalue < 1e-6


def test_a_hopeless_difference_stays_finite():
    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((2, 40, 30, 3))
    assert 1e3 < mean_chi_square(one, other + 1e3) < mean_chi_square(one, other + 1e9) < np.inf
    assert mean_chi_square(one[:3], other[:3, :1]) is None


@pytest.mark.parametrize(("runs", "records"), [(1, 400), (2, 40), (10, 40)])
def test_noise_is_no_drift(runs, records):
    """Six pairs, 0.27 % each: of 60 cases at most 6 alarms, which takes a chance of 1e-4."""
    rng = np.random.default_rng(3)
    alarms = [drifts(rng.standard_normal((runs, records, 6))) for _ in range(60)]
    assert sum(alarms) <= 6
    drift = 6.0 * np.linspace(0.0, 1.0, records)[:, None]
    assert drifts(rng.standard_normal((10, records, 6)) + drift)
    assert not drifts(0.015 * np.linspace(0.0, 1.0, records)[None, :, None] * np.ones((1, 1, 6)))


def test_an_sde_of_one_temperature_goes_with_one_of_the_pool():
    records = measure_short_range_order(evaluation(fitted=(2000.0,), direct=(2000.0,)))
    small = chosen(records, source="pool")
    assert {one.labels["temperature"] for one in small} == {2000.0}
    assert not any("settled" in one.labels for one in small)


def test_pairs_of_unlike_species():
    assert [pair for pair in (*PAIRS, "VV", "VW") if unlike(pair)] == ["NbMo", "NbTa", "MoTa", "VW"]


def test_says_what_is_missing(whole):
    with pytest.raises(ValueError, match=r"\[predict.stationary\]"):
        measure_short_range_order(replace(whole, stationary=None))
    with pytest.raises(ValueError, match="condition 'temperature'"):
        measure_short_range_order(replace(whole, conditions=()))
