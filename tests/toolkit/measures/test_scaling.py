import numpy as np
import pytest
from small_lattices import binder

from macropatch.measures import fit_at, fit_power_law

SIZES = np.array([16, 32, 48, 64])
TEMPERATURES = np.array([2.25, 2.26, 2.27, 2.28, 2.29])
CRITICAL = 2.269185


def test_an_exact_power_law_is_found():
    law = fit_power_law(SIZES, 3.0 * SIZES**-0.125, np.full(4, 0.01))
    assert law.exponent.value == pytest.approx(-0.125)
    assert law.amplitude.value == pytest.approx(3.0)
    assert law.chi_square == pytest.approx(0.0, abs=1e-12)
    assert law.degrees == 2
    np.testing.assert_allclose(law.at(np.array([128])), 3.0 * 128**-0.125)


def test_two_sizes_give_the_slope_between_them_and_its_error():
    law = fit_power_law(np.array([32, 64]), np.array([14.06, 47.08]), np.array([0.11, 0.37]))
    assert law.exponent.value == pytest.approx(np.log2(47.08 / 14.06))
    expected = np.hypot(0.11 / 14.06, 0.37 / 47.08) / np.log(2.0)
    assert law.exponent.uncertainty == pytest.approx(expected)


def test_wolff_sampling_at_the_critical_point_has_the_exact_exponents():
    """At T = 2.27; three standard errors each, a false alarm in 200 were they drawn again."""
    sizes = np.array([32, 64])
    order = fit_power_law(sizes, np.array([0.6520, 0.5970]), np.array([0.0007, 0.0007])).exponent
    chi = fit_power_law(sizes, np.array([14.06, 47.08]), np.array([0.11, 0.37])).exponent
    assert abs(order.value + 1 / 8) < 3.0 * order.uncertainty
    assert abs(chi.value - 7 / 4) < 3.0 * chi.uncertainty


def test_published_slopes_of_binders_cumulant_have_the_published_exponent():
    """arXiv 2511.12842 gives slopes without errors, and 1.055."""
    law = fit_power_law(SIZES, np.array([0.631, 1.282, 1.830, 2.844]))
    assert law.exponent.value == pytest.approx(1.055, abs=0.015)
    assert law.chi_square is None
    assert 0.01 < law.exponent.uncertainty < 0.1


def test_errors_of_exponents_cover():
    rng = np.random.default_rng(1)
    errors = np.array([0.01, 0.02, 0.02, 0.05]) * SIZES**1.75
    fits = [fit_power_law(SIZES, SIZES**1.75 + errors * rng.normal(size=4), errors)
            for _ in range(400)]  # fmt: skip
    pulls = [(fit.exponent.value - 1.75) / fit.exponent.uncertainty for fit in fits]
    # 400 repetitions: mean known to 0.05, spread to 3.5 %; 4 standard errors
    assert abs(np.mean(pulls)) < 0.2
    assert np.std(pulls) == pytest.approx(1.0, abs=0.14)
    assert np.mean([fit.chi_square for fit in fits]) == pytest.approx(2.0, abs=0.4)


def test_power_laws_need_positive_values():
    with pytest.raises(ValueError, match="fit absolute values"):
        fit_power_law(SIZES, -np.ones(4))
    with pytest.raises(ValueError, match="cannot determine 2 coefficients"):
        fit_power_law(np.array([16, 16]), np.ones(2), np.ones(2))


def test_a_parabola_gives_its_value_and_slope():
    t = TEMPERATURES - CRITICAL
    fit = fit_at(CRITICAL, TEMPERATURES, 0.61 - 2.0 * t + 30.0 * t**2, np.full(5, 0.001))
    assert fit.value.value == pytest.approx(0.61)
    assert fit.slope.value == pytest.approx(-2.0)
    assert (fit.chi_square, fit.degrees) == (pytest.approx(0.0, abs=1e-12), 2)


def test_slope_of_an_enumerated_lattice():
    near = np.linspace(2.2, 2.34, 5)
    cumulants = np.array([binder(4, temperature) for temperature in near])
    fit = fit_at(CRITICAL, near, cumulants, degree=3)
    step = 1e-4
    exact = (binder(4, CRITICAL + step) - binder(4, CRITICAL - step)) / (2.0 * step)
    assert fit.slope.value == pytest.approx(exact, rel=1e-3)
    assert fit.value.value == pytest.approx(binder(4, CRITICAL), abs=1e-6)


def test_errors_of_value_and_slope_cover():
    rng = np.random.default_rng(2)
    t = TEMPERATURES - CRITICAL
    errors = np.array([0.001, 0.002, 0.001, 0.002, 0.001])
    fits = [fit_at(CRITICAL, TEMPERATURES, 0.61 - 2.0 * t + errors * rng.normal(size=5), errors)
            for _ in range(400)]  # fmt: skip
    for pulls in (
        [(fit.value.value - 0.61) / fit.value.uncertainty for fit in fits],
        [(fit.slope.value + 2.0) / fit.slope.uncertainty for fit in fits],
    ):
        assert abs(np.mean(pulls)) < 0.2
        assert np.std(pulls) == pytest.approx(1.0, abs=0.14)


def test_slopes_of_one_temperature_are_refused():
    with pytest.raises(ValueError, match="cannot determine 3 coefficients"):
        fit_at(2.27, np.full(4, 2.27), np.arange(4.0), np.ones(4))
