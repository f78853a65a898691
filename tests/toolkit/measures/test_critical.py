import numpy as np
import pytest
from processes import autoregression, tunnelling
from small_lattices import all_states, boltzmann, sample

from macropatch.measures import (
    binder_cumulant,
    order_parameter,
    stationary_mean,
    susceptibility,
)

CASES = [(2, 2.27), (3, 2.27), (4, 2.27), (4, 1.8), (3, 4.0)]


def exact(edge, temperature):
    """⟨|m|⟩, χ, U and energy, from the list of all states."""
    m, energy = all_states(edge)
    p = boltzmann(edge, temperature)
    size, square, fourth = p @ np.abs(m), p @ m**2, p @ m**4
    chi = edge**2 * (square - size**2) / temperature
    return size, chi, 1.0 - fourth / (3.0 * square**2), p @ energy


def measured(m, energy, edge, temperature):
    return (
        order_parameter(m),
        susceptibility(m, edge**2, temperature),
        binder_cumulant(m),
        stationary_mean(energy),
    )


def test_the_list_of_states_of_four_spins():
    # with both bonds of each pair: E = −8 (2 states), +8 (2), 0 (12)
    k = 1 / 2.27
    partition = 2 * np.exp(8 * k) + 2 * np.exp(-8 * k) + 12
    square = (2 * np.exp(8 * k) + 8 * 0.25) / partition
    m = all_states(2)[0]
    assert boltzmann(2, 2.27) @ m**2 == pytest.approx(square)


@pytest.mark.parametrize(("edge", "temperature"), CASES)
def test_states_in_exact_proportions_give_the_exact_figures(edge, temperature):
    m, energy = sample(edge, temperature, 200_000, np.random.default_rng(1))
    found = measured(m, energy, edge, temperature)
    # rounding of the proportions
    np.testing.assert_allclose([one.value for one in found], exact(edge, temperature), rtol=2e-3)


@pytest.mark.parametrize(("edge", "temperature"), CASES)
def test_errors_cover_the_exact_figures(edge, temperature):
    rng = np.random.default_rng(2)
    m, energy = all_states(edge)
    chosen = rng.choice(len(m), size=(4, 5000), p=boltzmann(edge, temperature))
    found = measured(m[chosen], energy[chosen], edge, temperature)
    for one, truth in zip(found, exact(edge, temperature), strict=True):
        # 20 comparisons at 4.5 standard errors: a false alarm in 7,000
        assert abs(one.value - truth) < 4.5 * one.uncertainty
        assert one.uncertainty < 0.05 * abs(truth)


def test_with_the_mean_instead_of_its_size_the_susceptibility_would_fail():
    m, _ = all_states(4)
    p = boltzmann(4, 2.27)
    assert 16 * (p @ m**2 - (p @ m) ** 2) / 2.27 > 3.0 * exact(4, 2.27)[1]


def test_gaussian_and_two_valued_magnetisation():
    gauss = np.random.default_rng(3).normal(size=(20, 5000))
    found = binder_cumulant(gauss)
    assert abs(found.value) < 4.0 * found.uncertainty < 0.05
    two = 0.7 * np.random.default_rng(4).choice([-1.0, 1.0], (20, 100))
    assert binder_cumulant(two).value == pytest.approx(2 / 3)
    assert order_parameter(two).value == pytest.approx(0.7)
    assert susceptibility(two, 100, 2.0).value == pytest.approx(0.0, abs=1e-9)


def figures(x):
    return order_parameter(x), susceptibility(x, 1, 1.0), binder_cumulant(x)


@pytest.mark.parametrize(("runs", "times"), [(1, 6000), (20, 300)])
def test_reported_errors_are_the_spread_over_repetitions(runs, times):
    series = autoregression(0.8, 200 * runs, times, np.random.default_rng(5))
    found = [figures(one) for one in series.reshape(200, runs, times)]
    values = np.array([[one.value for one in row] for row in found])
    errors = np.array([[one.uncertainty for one in row] for row in found])
    # 200 repetitions fix a spread to 5 %; 4 of them
    np.testing.assert_allclose(np.sqrt((errors**2).mean(axis=0)), values.std(axis=0), rtol=0.2)
    exact_values = np.array([np.sqrt(2 / np.pi), 1 - 2 / np.pi, 0.0])
    assert np.all(np.abs(values.mean(axis=0) - exact_values) < 4.5 * values.std(axis=0) / 14)


def test_how_often_the_sign_changes_does_not_matter():
    m = tunnelling(0.01, 0.8, 3, 3000, np.random.default_rng(6))
    assert figures(m) == figures(np.abs(m))


def test_binder_cumulant_has_no_scale_and_none_at_zero():
    m = autoregression(0.5, 4, 500, np.random.default_rng(7))
    assert binder_cumulant(100.0 * m).value == pytest.approx(binder_cumulant(m).value)
    with pytest.raises(ValueError, match="m is zero in all records"):
        binder_cumulant(np.zeros((2, 10)))
