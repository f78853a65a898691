"""SDE model ``onsager``: what it recovers, how it returns from far away, weights there and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pairs import DT, pairs_of

from macropatch.contract import FitContext, Member
from macropatch.experiment.tables import TrainingTable
from macropatch.learning import linear_regression, train_ensemble
from macropatch_models.onsager import OnsagerModel
from macropatch_models.onsager_networks import OnsagerNetworks
from macropatch_models.polynomial import PolynomialModel
from macropatch_models.settings import OnsagerSettings, PolynomialSettings

KINDS = ("constant-diagonal", "constant", "diagonal", "general")
TRAINING = TrainingTable(epochs=14, batch=1000, learning_rate=1e-2, patience=1, weight_decay=0.0)
BRIEF = TrainingTable(epochs=1, batch=500)
MEMBERS = (Member(0, 1), Member(3, 2))


def model_of(d, conditions=0, training=TRAINING, **settings):
    chosen = OnsagerSettings(width=24, **settings)
    return OnsagerModel(chosen, training, d, conditions, len(MEMBERS))


def double_well(z, c):
    return z - 0.6 * z**3 + 0.5 * c.sum(axis=1, keepdims=True)


def spiral(z, c):
    """An Ornstein–Uhlenbeck process that turns, faster in some conditions."""
    return -(z @ np.array([[1.0, 0.8], [-0.8, 0.5]])) * (1.0 + 0.3 * c)


def cycle(z, c):
    """A limit cycle: round the unit circle at speed 2."""
    inward = 1.0 - (z**2).sum(axis=1, keepdims=True)
    return z * inward + 2.0 * np.stack([-z[:, 1], z[:, 0]], axis=1)


def sigma(z, c):
    return 0.3 * (1.0 + 0.3 * np.tanh(z[:, :1, None])) * np.eye(z.shape[1])


def covariance(root):
    return root @ np.swapaxes(root, -1, -2)


def relative_error(found, expected):
    """Root mean square of the difference over that of what is expected."""
    return np.sqrt(((found - expected) ** 2).mean() / (expected**2).mean())


@pytest.fixture(scope="module")
def wells():
    """Pairs of a double well with a condition, ``λ = 9``, and a model fitted to them."""
    pairs = pairs_of(double_well, sigma, 1, 1, factor=3.0 * np.eye(1), spread=1.3)
    model = model_of(1, 1)
    return pairs, model, model.fit(pairs, MEMBERS, FitContext())


@pytest.fixture(scope="module")
def spirals():
    pairs = pairs_of(spiral, sigma, 2, 1, factor=3.0 * np.eye(2), spread=1.3)
    model = model_of(2, 1)
    return pairs, model, model.fit(pairs, MEMBERS, FitContext())


@pytest.mark.parametrize(("name", "drift"), [("wells", double_well), ("spirals", spiral)])
def test_a_known_process_with_a_condition_is_recovered(name, drift, request):
    """Within 12 % of the drift and of Σ (rms): twice what 20,000 pairs leave, as of the mlp.

    With a factor that is forgotten, Σ would be 800 % off.
    """
    pairs, model, report = request.getfixturevalue(name)
    z, c = pairs.z0[:500], pairs.c[:500]
    found, root = model.coefficients(z, c)
    assert relative_error(found.mean(axis=0), drift(z, c)) < 0.12
    assert relative_error(covariance(root).mean(axis=0), covariance(sigma(z, c))) < 0.12
    likelihood = model.log_likelihood(pairs)
    for i, member in enumerate(MEMBERS):
        own = likelihood[i, pairs.block == member.held_out].mean()
        assert own == pytest.approx(report.held_out_log_likelihood[i], abs=1e-3)


def test_the_potential_of_a_double_well_has_its_wells_and_its_barrier(wells):
    """Stationary points of ``V`` are those of the drift: 0 and ``±√(5/3) = ±1.29``, within 0.15.

    In another condition one well is left.
    """
    z = np.linspace(-2.0, 2.0, 401)[:, None]
    for values in wells[1].potential(z, np.zeros((401, 1))):
        left, right = values[:200].argmin(), 200 + values[200:].argmin()
        top = left + values[left:right].argmax()
        assert z[[left, top, right], 0] == pytest.approx([-1.29, 0.0, 1.29], abs=0.15)
    for values in wells[1].potential(z, np.full((401, 1), 1.6)):
        assert (np.diff(values) < 0)[:250].all()
    dissipative, conservative = wells[1].matrices(z, np.zeros((401, 1)))
    assert dissipative.shape == (2, 401, 1, 1) and (dissipative > 0).all()
    assert not conservative.any()


@pytest.mark.parametrize("force", [True, False])
def test_a_limit_cycle_needs_a_force(force):
    """After 100 time units the noiseless path still goes round, or has come to rest: the mutant."""
    pairs = pairs_of(cycle, sigma, 2, count=10_000)
    model = model_of(2, force=force, floor=0.1)
    model.fit(pairs, MEMBERS, FitContext())
    z, c = np.full((2, 1, 2), 0.5), np.zeros((1, 0))
    for _ in range(1000):
        drift, _ = model.own_coefficients(z, c)
        z = z + DT * drift
    speed = np.linalg.norm(drift, axis=-1)
    assert (speed > 1.0).all() if force else (speed < 0.3).all()


def test_trajectories_return_from_far_outside_the_data(wells):
    """From 40 standard deviations, where a cubic overshoots and is lost: the mutant.

    Of the process itself, 20 end points pass 3, eight standard deviations from a well, in less than
    1e-9 of all seeds.
    """
    pairs, model, _ = wells
    cubic = PolynomialModel(PolynomialSettings(degree=3), 1, 1, 2)
    cubic.fit(pairs, MEMBERS, FitContext())
    c, rng, ends = np.zeros((10, 1)), np.random.default_rng(4), []
    for one in (model, cubic):
        z = np.where(np.arange(10) % 2, 40.0, -40.0)[None, :, None] * np.ones((2, 1, 1))
        for _ in range(600):
            drift, root = one.own_coefficients(z, c)
            noise = (root @ rng.standard_normal((2, 10, 1, 1)))[..., 0]
            z = z + DT * drift + np.sqrt(DT) * noise
            if np.abs(z).max() > 1e6:
                break
        ends.append(np.abs(z).max())
    assert ends[0] < 3.0 and ends[1] > 1e6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("settings", [{}, {"force": True}, {"reversible": True}])
@pytest.mark.parametrize("d", [1, 3])
def test_stacked_members_are_what_vectorising_each_gives(kind, settings, d):
    """The fast path against ``torch.func.vmap`` of single modules, up to rounding; one epoch."""
    pairs = pairs_of(double_well, sigma, d, 1, count=1000)
    chosen = OnsagerSettings(width=8, diffusion=kind, **settings)

    def make(member):
        own = pairs.block != member.held_out
        return OnsagerNetworks(chosen, d, 1).start_from(member.seed, linear_regression(pairs, own))

    fits = [
        train_ensemble(make, pairs, MEMBERS, BRIEF, FitContext(), stacks)
        for stacks in (True, False)
    ]
    for name, value in fits[0].parameters.items():
        assert value.numpy() == pytest.approx(fits[1].parameters[name].numpy(), abs=2e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ["silu", "tanh", "gelu"])
def test_weights_there_and_back_and_the_seed_decides(kind, activation):
    pairs = pairs_of(double_well, sigma, 2, 1, count=1000)
    models = [model_of(2, 1, BRIEF, diffusion=kind, activation=activation) for _ in range(3)]
    for model in models[:2]:
        model.fit(pairs, MEMBERS, FitContext())
    weights, same = (model.parameters() for model in models[:2])
    assert all(np.array_equal(weights[name], same[name]) for name in weights)
    models[2].restore(weights)
    for ask in ("coefficients", "potential", "matrices"):
        found, expected = (getattr(m, ask)(pairs.z0, pairs.c) for m in (models[2], models[0]))
        assert all(np.array_equal(*both) for both in zip(found, expected, strict=True))
    z = np.stack([pairs.z0[:9], pairs.z0[9:18]])
    own, _ = models[0].own_coefficients(z, pairs.c[:9])
    assert own[1] == pytest.approx(models[0].drift(z[1], pairs.c[:9])[1], abs=1e-6)
    with pytest.raises(ValueError, match="other names or shapes"):
        models[2].restore({**weights, "more": np.zeros(1)})


def test_less_noisy_targets_are_what_the_drift_is_fitted_to():
    """Changes with a drift of their own, and targets with the true one."""
    pairs = pairs_of(spiral, sigma, 2, 1, count=5000)
    exact = spiral(pairs.z0, pairs.c) * DT
    pairs = replace(pairs, change=pairs.change - exact + 0.3 * DT, drift_change=exact)
    model = model_of(2, 1)
    model.fit(pairs, MEMBERS, FitContext())
    found = model.drift(pairs.z0, pairs.c).mean(axis=0)
    assert relative_error(found, spiral(pairs.z0, pairs.c)) < 0.1


def test_a_fit_continues_from_its_checkpoint(tmp_path, monkeypatch):
    """Stopped after three epochs of six, the weights are those of a fit that was not."""
    monkeypatch.setattr("macropatch.learning.loop.CHECKPOINT_SECONDS", -1.0)
    pairs = pairs_of(double_well, sigma, 1, count=1000)
    training = TrainingTable(epochs=6, batch=500)
    whole, begun, resumed = (model_of(1, training=training) for _ in range(3))
    whole.fit(pairs, MEMBERS, FitContext())

    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begun.fit(pairs, MEMBERS, FitContext(tmp_path / "fit", stop))
    resumed.fit(pairs, MEMBERS, FitContext(tmp_path / "fit"))
    for name, value in whole.parameters().items():
        assert np.array_equal(resumed.parameters()[name], value)
