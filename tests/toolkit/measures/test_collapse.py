from dataclasses import replace

import numpy as np
import pytest

from macropatch.measures import ScalingForm, collapse_quality, fit_collapse

SIZES, TEMPERATURES = (
    axis.ravel()
    for axis in np.meshgrid([16, 32, 48, 64], [2.25, 2.26, 2.27, 2.28, 2.29], indexing="ij")
)
TRUE = ScalingForm(critical_temperature=2.269185, inverse_nu=1.0, exponent=-0.125)


def values(form=TRUE):
    x = form.place(SIZES, TEMPERATURES)
    return SIZES**form.exponent * (1.0 - 0.45 * x - 0.08 * x**2 + 0.05 * x**3)


def noisy(rng, form=TRUE, relative=0.003):
    errors = relative * values(form)
    return values(form) + errors * rng.normal(size=20), errors


def test_exact_curves_fall_on_one():
    square, degrees = collapse_quality(SIZES, TEMPERATURES, values(), 0.001 * values(), TRUE)
    assert square == pytest.approx(0.0, abs=1e-10)
    assert degrees == 15


@pytest.mark.parametrize(
    "change", [{"exponent": -0.15}, {"inverse_nu": 1.3}, {"critical_temperature": 2.28}]
)
def test_wrong_numbers_spoil_the_collapse(change):
    data = noisy(np.random.default_rng(1), relative=0.002)
    right, degrees = collapse_quality(SIZES, TEMPERATURES, *data, TRUE)
    wrong, _ = collapse_quality(SIZES, TEMPERATURES, *data, replace(TRUE, **change))
    # χ² of 15 degrees is above 37.7 once in 1,000
    assert right < 37.7
    assert wrong > 3.0 * degrees


def pulls(fits, name):
    found = [getattr(fit, name) for fit in fits]
    return np.array([(one.value - getattr(TRUE, name)) / one.uncertainty for one in found])


def test_exponents_are_found_within_their_errors():
    rng = np.random.default_rng(2)
    start = ScalingForm(2.275, 1.15, -0.1)
    fits = [fit_collapse(SIZES, TEMPERATURES, *noisy(rng), start) for _ in range(60)]
    for name in ("critical_temperature", "inverse_nu", "exponent"):
        # 60 repetitions: mean known to 0.13, spread to 9 %; 4 standard errors
        assert abs(pulls(fits, name).mean()) < 0.52
        assert 0.64 < pulls(fits, name).std() < 1.36
    assert np.mean([fit.chi_square for fit in fits]) == pytest.approx(12.0, abs=2.5)
    assert fits[0].degrees == 12


def test_numbers_that_are_known_stay():
    rng = np.random.default_rng(3)
    start = replace(TRUE, inverse_nu=0.8, exponent=-0.2)
    data = noisy(rng)
    found = fit_collapse(SIZES, TEMPERATURES, *data, start, free=("inverse_nu", "exponent"))
    assert found.critical_temperature.value == TRUE.critical_temperature
    assert found.critical_temperature.uncertainty == 0.0
    assert abs(found.inverse_nu.value - 1.0) < 4.0 * found.inverse_nu.uncertainty < 0.4
    free = fit_collapse(SIZES, TEMPERATURES, *data, TRUE)
    assert found.exponent.uncertainty < 0.5 * free.exponent.uncertainty
    assert collapse_quality(SIZES, TEMPERATURES, *data, found.form)[0] == pytest.approx(
        found.chi_square
    )


def test_too_few_points_are_refused():
    few = slice(0, 8)
    with pytest.raises(ValueError, match="8 points cannot determine 8 numbers"):
        fit_collapse(SIZES[few], TEMPERATURES[few], values()[few], values()[few], TRUE)


def test_one_size_cannot_tell_exponents():
    one = np.full(20, 16)
    temperatures = np.linspace(2.2, 2.3, 20)
    with pytest.raises(ValueError, match="one size has nothing to collapse onto"):
        fit_collapse(one, temperatures, 1.0 / temperatures, np.full(20, 0.01), TRUE)


def test_numbers_that_change_nothing_are_refused():
    """Where a point lies on the axis does not matter to a constant."""
    with pytest.raises(ValueError, match="no best collapse near"):
        fit_collapse(SIZES, TEMPERATURES, np.ones(20), np.full(20, 0.01), TRUE, degree=0)
