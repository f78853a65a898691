"""The partial loss is minus twice the log-density of SciPy's normal distribution."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from macropatch.learning import partial_loss, split_loss

COUNT = 6


def example(d, seed=0):
    rng = np.random.default_rng(seed)
    below = np.tril(rng.normal(size=(COUNT, d, d)), -1) / d
    return {
        "drift": rng.normal(size=(COUNT, d)),
        "sigma": below + np.eye(d) * rng.uniform(0.5, 2.0, (COUNT, 1, d)),
        "change": rng.normal(size=(COUNT, d)),
        "dt": rng.uniform(0.5, 2.0, COUNT),
        "matrix": rng.normal(size=(d, d)) / d + 3.0 * np.eye(d),
        "matrices": rng.normal(size=(COUNT, d, d)) / d + 3.0 * np.eye(d),
        "scales": np.diag(rng.uniform(1.0, 4.0, d)),
    }


def expected(drift, sigma, change, dt, factor):
    """``−2 log p − d log 2π`` of each pair."""
    d = change.shape[1]
    factor = np.broadcast_to(factor, (COUNT, d, d))
    return np.array(
        [
            -2.0 * multivariate_normal(m * t, a @ s @ s.T @ a.T * t).logpdf(x)
            - d * np.log(2.0 * np.pi)
            for m, s, x, t, a in zip(drift, sigma, change, dt, factor, strict=True)
        ]
    )


def loss(e, sigma, factor, diagonal):
    arrays = [torch.from_numpy(x) for x in (e["drift"], sigma, e["change"], e["dt"], factor)]
    return partial_loss(*arrays, diagonal).numpy()


@pytest.mark.parametrize("d", [1, 2, 3, 9])
@pytest.mark.parametrize("factor", ["matrix", "matrices", "scales"])
def test_full_sigma_with_any_factor(d, factor):
    e = example(d)
    found = loss(e, e["sigma"], e[factor], factor == "scales")
    exact = expected(e["drift"], e["sigma"], e["change"], e["dt"], e[factor])
    assert found == pytest.approx(exact, rel=1e-7)


@pytest.mark.parametrize("d", [1, 2, 3, 9])
@pytest.mark.parametrize("factor", ["matrix", "matrices", "scales"])
def test_diagonal_sigma_with_any_factor(d, factor):
    e = example(d)
    diagonal = np.diagonal(e["sigma"], axis1=-2, axis2=-1).copy()
    found = loss(e, diagonal, e[factor], factor == "scales")
    sigma = diagonal[:, :, None] * np.eye(d)
    exact = expected(e["drift"], sigma, e["change"], e["dt"], e[factor])
    assert found == pytest.approx(exact, rel=1e-7)


def test_a_forgotten_factor_changes_the_loss():
    e = example(2)
    found = loss(e, e["sigma"], np.eye(2), True)
    exact = expected(e["drift"], e["sigma"], e["change"], e["dt"], e["scales"])
    assert np.abs(found - exact).min() > 0.01


@pytest.mark.parametrize("d", [1, 3, 9])
@pytest.mark.parametrize("factor", ["matrix", "scales"])
@pytest.mark.parametrize("form", ["full", "diagonal"])
def test_targets_pull_the_drift_and_changes_the_noise(d, factor, form):
    """Gradients of the split loss are those of the partial loss of the one and of the other."""
    e = example(d)
    targets = e["change"] + np.random.default_rng(1).normal(size=e["change"].shape)
    sigma = e["sigma"] if form == "full" else np.diagonal(e["sigma"], axis1=-2, axis2=-1).copy()

    def gradients(loss, *changes):
        drift, spread = (torch.from_numpy(x).requires_grad_() for x in (e["drift"], sigma))
        rest = [torch.from_numpy(x) for x in (*changes, e["dt"], e[factor])]
        loss(drift, spread, *rest, factor == "scales").sum().backward()
        return drift.grad.numpy(), spread.grad.numpy()

    found = gradients(split_loss, e["change"], targets)
    of_targets, of_changes = (gradients(partial_loss, one) for one in (targets, e["change"]))
    assert found[0] == pytest.approx(of_targets[0]) and found[1] == pytest.approx(of_changes[1])
    assert np.abs(of_targets[1] - of_changes[1]).max() > 0.1
    assert np.abs(of_targets[0] - of_changes[0]).max() > 0.1


def test_no_spread_at_all_stays_finite():
    zero = torch.zeros(3, 2)
    for sigma in (zero, torch.zeros(3, 2, 2)):
        found = partial_loss(zero, sigma, zero, torch.ones(3), torch.eye(2), True)
        assert torch.isfinite(found).all()
