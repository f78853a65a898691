"""SDE model ``mlp``: every kind of diffusion, conditions, members, weights there and back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from pairs import pairs_of

from macropatch.contract import FitContext, Member
from macropatch.experiment.tables import TrainingTable
from macropatch.learning import linear_regression, train_ensemble
from macropatch_models.mlp import MLPModel
from macropatch_models.networks import DriftDiffusion
from macropatch_models.settings import MLPSettings

KINDS = ("constant-diagonal", "constant", "diagonal", "general")
TRAINING = TrainingTable(epochs=20, batch=1000, learning_rate=1e-2, patience=1, weight_decay=0.0)
BRIEF = TrainingTable(epochs=1, batch=500)
MEMBERS = (Member(0, 1), Member(3, 2))


def model_of(kind, d, conditions=0, members=2, training=TRAINING, **settings):
    chosen = MLPSettings(diffusion=kind, depth=2, width=24, **settings)
    return MLPModel(chosen, training, d, conditions, members)


def drift(z, c):
    """A cubic, so that no line will do; conditions shift it."""
    return z - 0.6 * z**3 + 0.5 * c.sum(axis=1, keepdims=True)


def wavy_sigma(z, c):
    """Lower triangles that depend on the state and on the conditions."""
    d = z.shape[1]
    sigma = np.zeros((len(z), d, d))
    for i in range(d):
        sigma[:, i, i] = 0.3 + 0.1 * np.tanh(z[:, i]) + 0.05 * c.sum(axis=1)
        for j in range(i):
            sigma[:, i, j] = 0.15 * np.sin(z[:, j])
    return sigma


def sigma_for(kind, d):
    """``σ(z, c)`` of the kind: what is constant stands at the origin, what is diagonal as such."""

    def sigma(z, c):
        constant = kind.startswith("constant")
        at = (0.7 * np.ones_like(z), np.zeros_like(c)) if constant else (z, c)
        full = wavy_sigma(*at)
        return full * np.eye(d) if "diagonal" in kind else full

    return sigma


def covariance(sigma):
    return sigma @ np.swapaxes(sigma, -1, -2)


def relative_error(found, expected):
    """Root mean square of the difference over that of what is expected."""
    return np.sqrt(((found - expected) ** 2).mean() / (expected**2).mean())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("d", "conditions"), [(1, 0), (3, 0), (1, 1), (2, 1)])
def test_each_kind_recovers_its_own_drift_and_diffusion(kind, d, conditions):
    """Within 25 % of the drift and 12 % of Σ (rms): twice what the noise of 20,000 pairs leaves.

    ``λ = 9``: with a factor that is forgotten, Σ would be 800 % off.
    """
    sigma = sigma_for(kind, d)
    pairs = pairs_of(drift, sigma, d, conditions, factor=3.0 * np.eye(d), spread=1.3)
    model = model_of(kind, d, conditions)
    report = model.fit(pairs, MEMBERS, FitContext())
    z, c = pairs.z0[:500], pairs.c[:500]
    found, root = model.coefficients(z, c)
    assert found.shape == (2, 500, d) and root.shape == (2, 500, d, d)
    assert not np.triu(root, 1).any()
    assert relative_error(found.mean(axis=0), drift(z, c)) < 0.25
    exact = covariance(sigma(z, c))
    assert relative_error(covariance(root).mean(axis=0), exact) < 0.12
    assert np.isfinite(report.held_out_log_likelihood).all()
    likelihood = model.log_likelihood(pairs)
    for i, member in enumerate(MEMBERS):
        own = likelihood[i, pairs.block == member.held_out].mean()
        assert own == pytest.approx(report.held_out_log_likelihood[i], abs=1e-3)


def test_a_matrix_with_state_dependent_correlations_is_recovered():
    """Two dimensions, correlations from −0.5 to 0.5 along the state; a constant kind cannot."""

    def sigma(z, c):
        correlation = 0.5 * np.tanh(2.0 * z[:, 0])
        full = np.zeros((len(z), 2, 2))
        full[:, 0, 0], full[:, 1, 0] = 0.4, 0.4 * correlation
        full[:, 1, 1] = 0.4 * np.sqrt(1 - correlation**2)
        return full

    pairs = pairs_of(drift, sigma, 2, count=40_000, factor=np.diag([4.0, 3.0]))
    z, c = pairs.z0[:1000], pairs.c[:1000]
    exact = covariance(sigma(z, c))[:, 0, 1]
    errors = {}
    for kind in ("general", "constant"):
        model = model_of(kind, 2)
        model.fit(pairs, MEMBERS, FitContext())
        found = covariance(model.diffusion(z, c)).mean(axis=0)[:, 0, 1]
        errors[kind] = relative_error(found, exact)
    assert errors["general"] < 0.2 < 0.9 < errors["constant"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("d", [1, 3])
def test_stacked_members_are_what_vectorising_each_gives(kind, d):
    """The fast path against ``torch.func.vmap`` of single modules, up to rounding; one epoch."""
    pairs = pairs_of(drift, sigma_for(kind, d), d, 1, count=2000)
    settings = MLPSettings(diffusion=kind, depth=2, width=24)

    def make(member):
        own = pairs.block != member.held_out
        module = DriftDiffusion(settings, d, 1)
        return module.start_from(member.seed, linear_regression(pairs, own))

    fits = [
        train_ensemble(make, pairs, MEMBERS, BRIEF, FitContext(), stacks)
        for stacks in (True, False)
    ]
    for name, value in fits[0].parameters.items():
        assert value.numpy() == pytest.approx(fits[1].parameters[name].numpy(), abs=2e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_members_at_their_own_states(kind):
    model = model_of(kind, 3, 1, training=BRIEF)
    pairs = pairs_of(drift, sigma_for(kind, 3), 3, 1, count=2000)
    model.fit(pairs, MEMBERS, FitContext())
    z, c = np.random.default_rng(1).normal(size=(2, 8, 3)), pairs.c[:8]
    mean, sigma = model.own_coefficients(z, c)
    assert mean.shape == (2, 8, 3) and sigma.shape == (2, 8, 3, 3)
    for member in range(2):
        own_mean, own_sigma = model.coefficients(z[member], c)
        assert mean[member] == pytest.approx(own_mean[member], abs=1e-6)
        assert sigma[member] == pytest.approx(own_sigma[member], abs=1e-6)
    assert not np.allclose(mean[0], mean[1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ["silu", "tanh", "gelu", "relu"])
def test_weights_there_and_back(kind, activation):
    model = model_of(kind, 2, training=BRIEF, activation=activation)
    pairs = pairs_of(drift, sigma_for(kind, 2), 2, count=1000)
    model.fit(pairs, MEMBERS, FitContext())
    again = model_of(kind, 2, activation=activation)
    again.restore(model.parameters())
    for left, right in zip(
        again.coefficients(pairs.z0, pairs.c), model.coefficients(pairs.z0, pairs.c), strict=True
    ):
        assert np.array_equal(left, right)


def test_weights_of_other_names_or_shapes_are_refused():
    model = model_of("general", 2)
    weights = model.parameters()
    name = "drift.0.weight"
    lacking = {key: value for key, value in weights.items() if key != name}
    for wrong in (
        {},
        lacking,
        {**weights, "more": np.zeros(1)},
        {**weights, name: weights[name][:, :1]},
        model_of("general", 2, members=3).parameters(),
        model_of("constant", 2).parameters(),
    ):
        with pytest.raises(ValueError, match="other names or shapes"):
            model.restore(wrong)


def test_fits_in_several_threads_do_not_share_random_numbers():
    """Initial weights are a function of the seed, whatever other threads draw meanwhile."""
    pairs = pairs_of(drift, sigma_for("general", 1), 1, count=500)

    def fit(_):
        torch.rand(1)
        model = model_of("general", 1, training=BRIEF)
        model.fit(pairs, MEMBERS, FitContext())
        return model.parameters()

    alone = fit(0)
    with ThreadPoolExecutor(4) as pool:
        for weights in pool.map(fit, range(12)):
            assert all(np.array_equal(weights[name], alone[name]) for name in alone)


def test_a_model_is_evaluated_by_several_threads_at_once():
    model = model_of("general", 2)
    model.fit(pairs_of(drift, sigma_for("general", 2), 2, count=500), MEMBERS, FitContext())
    z = np.random.default_rng(2).normal(size=(40, 64, 2))
    c = np.zeros((64, 0))
    expected = [model.drift(each, c) for each in z]
    with ThreadPoolExecutor(4) as pool:
        for found, exact in zip(
            pool.map(lambda each: model.drift(each, c), z), expected, strict=True
        ):
            assert np.array_equal(found, exact)


def test_a_member_knows_nothing_of_its_held_out_block():
    """Not even through the scales that its weights start from."""
    pairs = pairs_of(drift, sigma_for("general", 2), 2, count=2000)
    wild = replace(pairs, change=pairs.change + 50.0 * (pairs.block == 3)[:, None])
    weights = []
    for data in (pairs, wild):
        model = model_of("general", 2, training=BRIEF)
        model.fit(data, MEMBERS, FitContext())
        weights.append(model.parameters())
    for name, value in weights[0].items():
        assert np.array_equal(value[1], weights[1][name][1])
    assert not np.array_equal(weights[0]["root"][0], weights[1]["root"][0])


def test_the_first_epoch_starts_from_the_linear_fit():
    """Before any step: the drift is next to zero, Σ is that of the linear fit."""
    pairs = pairs_of(drift, sigma_for("constant", 2), 2, count=5000)
    linear = linear_regression(pairs, np.ones(5000, bool))
    for kind in ("constant", "constant-diagonal"):
        settings = MLPSettings(diffusion=kind, depth=2, width=24)
        module = DriftDiffusion(settings, 2, 0).start_from(5, linear)
        with torch.no_grad():
            mean, sigma = module(torch.zeros(3, 2), torch.zeros(3, 0))
        root = np.linalg.cholesky(linear.covariance)
        expected = np.diagonal(root) if "diagonal" in kind else root
        assert sigma.numpy() == pytest.approx(np.broadcast_to(expected, sigma.shape), abs=1e-6)
        assert np.abs(mean.numpy()).max() < 0.5
