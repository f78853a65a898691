import numpy as np
import pytest

from macropatch.measures.regression import weighted_least_squares


def test_weighted_line_by_hand():
    # a mean of 1 ± 1 and 4 ± 2 weighs them 4 : 1
    fit = weighted_least_squares(np.ones((2, 1)), np.array([1.0, 4.0]), np.array([1.0, 2.0]))
    assert fit.coefficients[0] == pytest.approx(1.6)
    assert fit.covariance[0, 0] == pytest.approx(0.8)
    assert fit.chi_square == pytest.approx(0.6**2 + 1.2**2)
    assert fit.degrees == 1


def test_without_errors_the_scatter_stands_for_them():
    values = np.array([1.0, 2.0, 3.0])
    fit = weighted_least_squares(np.ones((3, 1)), values)
    assert fit.chi_square is None
    assert fit.combined(np.array([1.0])).uncertainty == pytest.approx(1.0 / np.sqrt(3.0))
    exact = weighted_least_squares(np.eye(3), values)
    assert exact.covariance is None
    assert exact.combined(np.array([0.0, 1.0, 0.0])).uncertainty is None


def test_units_of_a_column_do_not_decide_whether_it_counts():
    rng = np.random.default_rng(1)
    design = np.stack([np.ones(9), 1e-12 * np.arange(9.0)], axis=1)
    fit = weighted_least_squares(design, design @ [2.0, 3e12], np.full(9, 0.1))
    np.testing.assert_allclose(fit.coefficients, [2.0, 3e12])
    scaled = weighted_least_squares(design * [1.0, 1e12], rng.normal(size=9), np.full(9, 0.1))
    small = weighted_least_squares(design, rng.normal(size=9), np.full(9, 0.1))
    np.testing.assert_allclose(small.covariance[1, 1], 1e24 * scaled.covariance[1, 1])


@pytest.mark.parametrize(
    ("design", "values", "errors", "message"),
    [
        (np.ones((2, 2)), np.ones(2), np.ones(2), "2 values at these places cannot determine 2"),
        (np.ones((2, 1)), np.array([1.0, np.nan]), None, "needs finite numbers"),
        (np.ones((2, 1)), np.ones(2), np.array([1.0, 0.0]), "an error above zero for each value"),
    ],
)
def test_what_cannot_be_fitted_is_refused(design, values, errors, message):
    with pytest.raises(ValueError, match=message):
        weighted_least_squares(design, values, errors)
