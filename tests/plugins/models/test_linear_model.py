"""SDE model ``linear``: the closed form, exact; parameters there and back."""

from __future__ import annotations

import numpy as np
import pytest
from pairs import DT, pairs_of
from scipy.stats import multivariate_normal

from macropatch.contract import FitContext, Member
from macropatch.errors import TrainingError
from macropatch_models.linear import LinearModel

SLOPE = np.array([[-1.0, 0.4, 0.2], [0.1, -0.5, -0.3]])
INTERCEPT = np.array([0.3, -0.2])
ROOT = np.array([[0.5, 0.0], [0.3, 0.4]])
MEMBERS = tuple(Member(b, b) for b in range(5))


def drift(z, c):
    return INTERCEPT + np.column_stack([z, c]) @ SLOPE.T


def fitted(noise=1.0, factor=None, count=20_000):
    pairs = pairs_of(
        drift, lambda z, c: np.broadcast_to(noise * ROOT, (len(z), 2, 2)), 2, 1, count, factor
    )
    model = LinearModel(2, 1, 5)
    return model, pairs, model.fit(pairs, MEMBERS, FitContext())


def test_next_to_no_noise_the_drift_is_exact():
    model, pairs, _ = fitted(noise=1e-9)
    z, c = pairs.z0[:7], pairs.c[:7]
    assert model.drift(z, c) == pytest.approx(np.broadcast_to(drift(z, c), (5, 7, 2)), abs=1e-8)


@pytest.mark.parametrize("factor", [None, np.array([[4.0, 0.0], [1.0, 3.0]])])
def test_drift_and_diffusion_are_recovered_within_their_errors(factor):
    """Five standard errors (false alarm 1e-6 each): 1 % of Σ, for the slope 0.011 times ``A``."""
    model, _, _ = fitted(factor=factor)
    z, c = np.array([[1.0, -1.0]]), np.array([[1.0]])
    sigma = model.diffusion(z, c)
    expected = np.broadcast_to(ROOT @ ROOT.T, (5, 1, 2, 2))
    assert sigma @ np.swapaxes(sigma, -1, -2) == pytest.approx(expected, abs=5 * 0.01 * 0.28)
    error = 0.6 * 4.5 / np.sqrt(16_000 * DT)
    assert model.drift(z, c) == pytest.approx(
        np.broadcast_to(drift(z, c), (5, 1, 2)), abs=5 * error
    )


def test_each_member_is_the_fit_without_its_block():
    model, pairs, report = fitted(count=500)
    kept = pairs.block != 3
    inputs = np.column_stack([np.ones(500), pairs.z0, pairs.c])[kept]
    exact, *_ = np.linalg.lstsq(inputs, pairs.change[kept] / DT, rcond=None)
    found = model.parameters()
    assert found["intercept"][3] == pytest.approx(exact[0])
    assert found["slope"][3] == pytest.approx(exact[1:].T)
    likelihood = model.log_likelihood(pairs)
    assert report.held_out_log_likelihood[3] == pytest.approx(
        likelihood[3, pairs.block == 3].mean()
    )
    assert report.steps == 0


def test_the_likelihood_is_that_of_the_euler_transition():
    model, pairs, _ = fitted(count=500, factor=np.array([[4.0, 0.0], [1.0, 3.0]]))
    found = model.log_likelihood(pairs)
    assert found.shape == (5, 500)
    mean, sigma = model.coefficients(pairs.z0, pairs.c)
    for member, row in ((0, 0), (4, 123)):
        spread = pairs.factor @ sigma[member, row]
        law = multivariate_normal(mean[member, row] * DT, spread @ spread.T * DT)
        assert found[member, row] == pytest.approx(law.logpdf(pairs.change[row]))


def test_members_at_their_own_states():
    model, _, _ = fitted(count=500)
    z, c = np.random.default_rng(1).normal(size=(5, 8, 2)), np.zeros((8, 1))
    mean, sigma = model.own_coefficients(z, c)
    for member in range(5):
        own_mean, own_sigma = model.coefficients(z[member], c)
        assert np.array_equal(mean[member], own_mean[member])
        assert np.array_equal(sigma[member], own_sigma[member])


def test_parameters_there_and_back():
    model, pairs, _ = fitted(count=500)
    again = LinearModel(2, 1, 5)
    again.restore(model.parameters())
    assert np.array_equal(again.drift(pairs.z0, pairs.c), model.drift(pairs.z0, pairs.c))
    model.parameters()["slope"][:] = 0.0
    assert np.array_equal(again.drift(pairs.z0, pairs.c), model.drift(pairs.z0, pairs.c))
    for wrong in (
        {},
        {**model.parameters(), "more": np.zeros(1)},
        LinearModel(2, 0, 5).parameters(),
    ):
        with pytest.raises(ValueError, match="other names or shapes"):
            again.restore(wrong)
    assert np.array_equal(again.drift(pairs.z0, pairs.c), model.drift(pairs.z0, pairs.c))


def test_data_that_do_not_fluctuate_are_refused():
    with pytest.raises(TrainingError, match="does not fluctuate"):
        fitted(noise=0.0)
