"""SDE model ``polynomial``: exact on polynomials, degree by cross-validation, positive ``Σ``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pairs import DT, pairs_of

from macropatch.contract import FitContext, Member, TrainingPairs
from macropatch_models.linear import LinearModel
from macropatch_models.polynomial import LEAST, PolynomialModel
from macropatch_models.settings import PolynomialSettings

MEMBERS = (Member(0, 1), Member(3, 2))


def cubic(z, c):
    return z - 0.6 * z**3 + 0.5 * c.sum(axis=1, keepdims=True)


def quadratic_sigma(z, c):
    """``Σ`` is a quadratic: the model's own form."""
    sigma = np.zeros((len(z), 2, 2))
    sigma[:, 0, 0], sigma[:, 1, 0], sigma[:, 1, 1] = 0.4 + 0.1 * z[:, 0], 0.1 * z[:, 1], 0.3
    return sigma


def fitted(pairs, members=MEMBERS, **settings):
    model = PolynomialModel(
        PolynomialSettings(**settings), pairs.z0.shape[1], pairs.c.shape[1], len(members)
    )
    return model, model.fit(pairs, members, FitContext())


@pytest.mark.parametrize("conditions", [0, 1])
def test_a_polynomial_is_recovered_and_its_degree_is_found(conditions):
    pairs = pairs_of(cubic, quadratic_sigma, 2, conditions, count=60_000)
    model, report = fitted(pairs)
    assert 3 <= int(model.parameters()["degree"][0]) <= 5
    assert report.history.shape[0] == 6
    assert report.history[2] > report.history[1] + 1e-3
    z, c = pairs.z0[:500], pairs.c[:500]
    truth = cubic(z, c)
    assert np.sqrt(((model.drift(z, c) - truth) ** 2).mean()) < 0.06
    found = model.diffusion(z, c)
    assert np.all(np.triu(found, 1) == 0.0)
    expected = quadratic_sigma(z, c) @ np.swapaxes(quadratic_sigma(z, c), -1, -2)
    assert np.abs(found @ np.swapaxes(found, -1, -2) - expected).max() < 0.03


def test_the_variance_factor_is_taken_out_and_a_wrong_one_shows():
    factor = np.diag([2.0, 3.0])
    pairs = pairs_of(cubic, quadratic_sigma, 2, factor=factor, count=40_000)
    model, _ = fitted(pairs, diffusion="constant", degree=3)
    wrong, _ = fitted(type(pairs)(**{**vars(pairs), "factor": np.eye(2)}), diffusion="constant",
                      degree=3)  # fmt: skip
    z, c = pairs.z0[:1], pairs.c[:1]
    ratio = wrong.diffusion(z, c)[0, 0].diagonal() / model.diffusion(z, c)[0, 0].diagonal()
    assert ratio == pytest.approx([2.0, 3.0], rel=0.02)


def test_diffusion_stays_positive_far_outside_the_data():
    model, _ = fitted(pairs_of(cubic, quadratic_sigma, 2), degree=3)
    far = np.array([[-40.0, 60.0], [50.0, -30.0]])
    sigma = model.diffusion(far, np.zeros((2, 0)))
    assert np.isfinite(sigma).all()
    constant = model.parameters()["constant"]
    root = np.linalg.inv(np.linalg.cholesky(constant))[:, None]
    relative = root @ sigma @ np.swapaxes(sigma, -1, -2) @ np.swapaxes(root, -1, -2)
    assert np.linalg.eigvalsh(relative).min() >= LEAST * (1 - 1e-9)


def test_a_members_own_block_is_left_out():
    """Changes of block 3 are replaced by noise: only the member that trains on it notices."""
    pairs = pairs_of(cubic, quadratic_sigma, 2)
    poisoned = pairs.change.copy()
    poisoned[pairs.block == 3] = 50.0
    spoilt = type(pairs)(**{**vars(pairs), "change": poisoned})
    clean, _ = fitted(pairs, degree=3)
    after, _ = fitted(spoilt, degree=3)
    z, c = pairs.z0[:10], pairs.c[:10]
    assert np.array_equal(after.drift(z, c)[1], clean.drift(z, c)[1])
    assert np.abs(after.drift(z, c)[0] - clean.drift(z, c)[0]).max() > 1.0


@pytest.mark.parametrize("make", [PolynomialModel, LinearModel])
def test_targets_sharpen_the_drift_and_leave_the_noise_to_the_changes(make):
    """A line, ``λ = 16`` and targets with a tenth of the noise: drift errors are a tenth of those
    by the changes, ``Σ`` the same but for the errors of the drift. The mutant: ``Σ`` of targets."""
    pairs = pairs_of(lambda z, c: -z, lambda z, c: np.diag([0.4, 0.3]) + 0.0 * z[:, :, None], 2,
                     factor=4.0 * np.eye(2))  # fmt: skip
    mean = -DT * pairs.z0
    quiet = replace(pairs, drift_change=mean + 0.1 * (pairs.change - mean))

    def fit(given):
        arguments = (2, 0, 2)
        if make is PolynomialModel:
            arguments = (PolynomialSettings(degree=1, diffusion="constant"), *arguments)
        model = make(*arguments)
        report = model.fit(given, MEMBERS, FitContext())
        drift, sigma = model.coefficients(pairs.z0[:500], pairs.c[:500])
        held = [model.log_likelihood(given)[i, given.block == m.held_out].mean()
                for i, m in enumerate(MEMBERS)]  # fmt: skip
        assert report.held_out_log_likelihood == pytest.approx(held)
        return np.sqrt(((drift + pairs.z0[:500]) ** 2).mean()), sigma @ np.swapaxes(sigma, -1, -2)

    (noisy, expected), (sharp, found) = fit(pairs), fit(quiet)
    assert sharp == pytest.approx(0.1 * noisy, rel=1e-6)
    assert found == pytest.approx(expected, rel=2e-3, abs=1e-4)
    _, mutant = fit(replace(quiet, change=quiet.drift_change))
    assert np.diagonal(mutant, axis1=-2, axis2=-1).max() < 0.02 * expected[..., 0, 0].max()


def test_targets_show_a_degree_that_changes_hide(monkeypatch):
    """A cubic drift of a sixtieth of the noise, four samples: targets with a hundredth of the noise
    show it always; the changes do not, nor does the mutant whose degrees they alone judge."""

    def drift(z, c):
        return 0.15 * (z**3 - 3.0 * z)

    def degrees(targets):
        found = []
        for seed in range(4):
            pairs = pairs_of(drift, lambda z, c: np.ones((len(z), 1, 1)), 1, count=1000, seed=seed,
                             factor=4.0 * np.eye(1))  # fmt: skip
            mean = DT * drift(pairs.z0, pairs.c)
            if targets:
                pairs = replace(pairs, drift_change=mean + 0.01 * (pairs.change - mean))
            model, _ = fitted(pairs, diffusion="constant")
            found.append(int(model.parameters()["degree"][0]))
        return found

    assert min(degrees(True)) >= 3 > min(degrees(False))
    monkeypatch.setattr(TrainingPairs, "mirrored", lambda self: self)
    assert min(degrees(True)) < 3


def test_coefficients_there_and_back():
    pairs = pairs_of(cubic, quadratic_sigma, 2)
    model, _ = fitted(pairs)
    again = PolynomialModel(PolynomialSettings(), 2, 0, 2)
    again.restore(model.parameters())
    z, c = pairs.z0[:20], pairs.c[:20]
    assert np.array_equal(again.drift(z, c), model.drift(z, c))
    assert np.array_equal(again.diffusion(z, c), model.diffusion(z, c))
    for broken in (
        {},
        {**model.parameters(), "degree": np.array([99])},
        {**model.parameters(), "drift": np.zeros((2, 1, 2))},
    ):
        with pytest.raises(ValueError, match=r"degree|drift"):
            PolynomialModel(PolynomialSettings(), 2, 0, 2).restore(broken)
