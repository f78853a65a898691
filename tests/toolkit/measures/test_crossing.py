import numpy as np
import pytest
from scipy.optimize import brentq
from small_lattices import binder

from macropatch.measures import crossing, neighbouring_crossings

TEMPERATURES = np.array([2.25, 2.26, 2.27, 2.28, 2.29])
CRITICAL = 2.2692
ERRORS = np.full(5, 0.001)


def cumulants(size, temperatures=TEMPERATURES):
    x = (temperatures / CRITICAL - 1.0) * size
    return 0.61 - 0.09 * x - 0.03 * x**2


def test_two_lines_cross_where_they_should():
    t = TEMPERATURES - 2.265
    # 0.6 − t and 0.6 − 3t, both known to 0.001 / √5 and a bit away from the middle
    found = crossing(TEMPERATURES, 0.6 - t, 0.6 - 3.0 * t, ERRORS, ERRORS, degree=1)
    assert found.temperature.value == pytest.approx(2.265)
    assert found.value.value == pytest.approx(0.6)
    s = 0.001 * np.sqrt(1 / 5 + 0.005**2 / np.sum((TEMPERATURES - 2.27) ** 2))
    assert found.temperature.uncertainty == pytest.approx(np.sqrt(2.0) * s / 2.0)
    assert found.value.uncertainty == pytest.approx(np.hypot(3.0 * s, s) / 2.0)


def test_curves_of_enumerated_lattices_cross_where_they_do():
    near = np.linspace(1.4, 2.6, 7)
    three, four = (np.array([binder(edge, t) for t in near]) for edge in (3, 4))
    exact = brentq(lambda t: binder(3, t) - binder(4, t), 1.4, 2.6)
    found = crossing(near, three, four, np.full(7, 1e-4), np.full(7, 1e-4), degree=4)
    assert found.temperature.value == pytest.approx(exact, abs=0.01)
    assert found.value.value == pytest.approx(binder(3, exact), abs=0.001)


def test_errors_cover():
    rng = np.random.default_rng(1)
    found = [
        crossing(TEMPERATURES, *(cumulants(size) + 0.001 * rng.normal(size=5) for size in (32, 64)),
                 ERRORS, ERRORS)
        for _ in range(400)
    ]  # fmt: skip
    for pulls in (
        [(one.temperature.value - CRITICAL) / one.temperature.uncertainty for one in found],
        [(one.value.value - 0.61) / one.value.uncertainty for one in found],
    ):
        # 400 repetitions: mean known to 0.05, spread to 3.5 %; 4 standard errors
        assert abs(np.mean(pulls)) < 0.2
        assert np.std(pulls) == pytest.approx(1.0, abs=0.14)


def test_curves_apart_do_not_cross():
    upper = cumulants(16) + 0.1
    assert crossing(TEMPERATURES, upper, cumulants(16), ERRORS, ERRORS) is None


def test_slopes_that_cannot_be_told_apart_leave_the_error_unknown():
    t = TEMPERATURES - 2.27
    found = crossing(TEMPERATURES, 0.6 - t, 0.6 - 1.02 * t, ERRORS, ERRORS, degree=1)
    assert found.temperature.value == pytest.approx(2.27)
    assert found.temperature.uncertainty is None
    assert found.value.uncertainty is None


def test_neighbours_in_any_order():
    sizes = np.array([64, 16, 32])
    values = np.stack([cumulants(size) for size in sizes])
    values[1] += 0.2
    found = neighbouring_crossings(sizes, TEMPERATURES, values, np.full((3, 5), 0.001))
    assert list(found) == [(32.0, 64.0)]
    assert found[32.0, 64.0].temperature.value == pytest.approx(CRITICAL)
