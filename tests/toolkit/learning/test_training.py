"""Training recovers an exact process; held-out blocks are held out; divergence is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusions import NOISE, RATE, Line, exact_drift, relaxing_cells, sigma_of
from scipy.stats import multivariate_normal

from macropatch.contract import FitContext, Member
from macropatch.errors import TrainingError
from macropatch.experiment.tables import TrainingTable
from macropatch.learning import partial_loss, train_ensemble
from macropatch.learning.rows import TrainingRows

CELLS = 16
TRAINING = TrainingTable(
    epochs=12, batch=512, learning_rate=2e-2, weight_decay=0.0, patience=1, decay=4.0
)
MEMBERS = tuple(Member(held_out=b, seed=b) for b in range(5))


def fit(pairs, members=MEMBERS, training=TRAINING, full=True):
    d = pairs.z0.shape[1]
    return train_ensemble(
        lambda member: Line(d, member.seed, full), pairs, members, training, FitContext()
    )


@pytest.fixture(scope="module")
def pairs():
    return relaxing_cells(CELLS, 40_000, dt=0.05)


def test_drift_and_diffusion_of_the_whole_system_are_recovered_with_lambda_k(pairs):
    """Standard errors 2 % of σ and 0.11 of the slope: five are allowed (false alarm 1e-6).

    Without the factor (``λ = 1``) the diffusion comes out ``√K`` times too large.
    """
    trained = fit(pairs)
    for member in range(5):
        sigma = sigma_of(trained.parameters, member)
        slope = trained.parameters["slope"][member].numpy()
        assert sigma @ sigma.T == pytest.approx(NOISE @ NOISE.T, abs=0.02)
        z = np.eye(2)
        assert z @ slope.T == pytest.approx(exact_drift(z, 0.05), abs=5 * 2 / np.sqrt(2000))
    mutant = fit(replace(pairs, factor=np.eye(2)), MEMBERS[:1])
    wrong = sigma_of(mutant.parameters)
    assert wrong @ wrong.T == pytest.approx(CELLS * NOISE @ NOISE.T, rel=0.1, abs=0.3)


def test_members_differ_by_their_block_and_the_report_is_a_likelihood(pairs):
    trained = fit(pairs)
    slopes = trained.parameters["slope"].numpy()
    # Delete-one-block estimates of five blocks: each is 4/5 of the same data.
    assert 0.0 < slopes.std(axis=0).max() < 0.11
    # Mean log-density of a normal increment under its own law.
    covariance = CELLS * NOISE @ NOISE.T * 0.05
    entropy = 0.5 * np.linalg.slogdet(2 * np.pi * np.e * covariance)[1]
    found = trained.report.held_out_log_likelihood
    assert found == pytest.approx(np.full(5, -entropy), abs=5 / np.sqrt(8000))
    assert trained.report.history.max(axis=0) == pytest.approx(found)
    assert trained.report.steps == len(trained.report.history) * -(-32_000 // 512)


def test_a_matrix_factor_is_undone():
    """Noise of covariance ``A Σ Aᵀ dt``, with a factor of each pair's own (two kinds)."""
    rng = np.random.default_rng(3)
    factors = np.array([[[3.0, 0.0], [1.0, 2.0]], [[1.0, -0.5], [0.0, 4.0]]])
    kind = rng.integers(0, 2, 40_000)
    plain = relaxing_cells(1, 40_000, dt=0.05)
    drift = plain.z0 @ -RATE.T * 0.05
    kicks = rng.standard_normal((40_000, 2)) @ NOISE.T * np.sqrt(0.05)
    change = drift + np.einsum("nij,nj->ni", factors[kind], kicks)
    trained = fit(replace(plain, change=change, factor=factors[kind]), MEMBERS[:1])
    sigma = sigma_of(trained.parameters)
    assert sigma @ sigma.T == pytest.approx(NOISE @ NOISE.T, abs=0.02)


def test_targets_sharpen_the_drift_and_leave_the_noise_to_the_changes():
    """64 cells, 6,400 pairs: standard errors of the slope are 0.3 by the changes and 0.013 by
    targets of a twentieth of the noise, where the optimiser leaves some 0.05; 0.15 are allowed.
    Those of ``Σ`` are 0.006, of which five are. The mutant that takes ``Σ`` from the targets finds
    a four-hundredth of it."""
    pairs = relaxing_cells(64, 8000, dt=0.05, known=0.95)
    slower = TRAINING.model_copy(update={"epochs": 30, "learning_rate": 1e-2, "batch": 500})
    ignoring, mutant = replace(pairs, drift_change=None), replace(pairs, change=pairs.targets)
    found, noisy = (fit(one, MEMBERS[:2], slower).parameters for one in (pairs, ignoring))
    quiet = sigma_of(fit(mutant, MEMBERS[:1]).parameters)
    exact = exact_drift(np.eye(2), 0.05).T
    assert np.abs(found["slope"].numpy() - exact).max() < 0.15
    assert np.abs(noisy["slope"].numpy() - exact).max() > 0.2
    for member in range(2):
        sigma = sigma_of(found, member)
        assert sigma @ sigma.T == pytest.approx(NOISE @ NOISE.T, abs=5 * 0.006)
    assert np.abs(quiet @ quiet.T).max() < 0.01


def test_what_is_reported_is_the_likelihood_of_the_changes():
    """Although epochs are chosen by pairs and mirrored pairs; to single precision."""
    pairs = relaxing_cells(CELLS, 4000, dt=0.05, known=0.9)
    trained = fit(pairs, training=TRAINING.model_copy(update={"epochs": 3}))
    weights, report = trained.parameters, trained.report
    for member in range(5):
        held, sigma = pairs.block == member, sigma_of(weights, member)
        slope, level = (weights[name][member].numpy() for name in ("slope", "level"))
        rest = pairs.change[held] - (pairs.z0[held] @ slope.T + level) * 0.05
        density = multivariate_normal(np.zeros(2), CELLS * sigma @ sigma.T * 0.05).logpdf(rest)
        assert report.held_out_log_likelihood[member] == pytest.approx(density.mean(), abs=1e-4)
    assert not np.isin(report.held_out_log_likelihood, report.history).any()


def test_mirrored_pairs_tell_drifts_apart_with_less_noise():
    """Difference of log-likelihood between two drifts, pair by pair: its mean is the same, and a
    tenth of the noise blurs it."""
    pairs = relaxing_cells(CELLS, 40_000, dt=0.05, known=0.9)
    mirror = pairs.mirrored()
    assert mirror.targets is pairs.targets
    assert mirror.mirrored().change == pytest.approx(pairs.change, abs=1e-12)
    drifts, sigma = [torch.from_numpy(pairs.z0 @ -rate.T) for rate in (RATE, 0.8 * RATE)], NOISE

    def difference(change):
        rest = (torch.tensor(sigma).expand(len(change), 2, 2), torch.from_numpy(change),
                torch.from_numpy(pairs.dt), torch.from_numpy(pairs.factor), True)  # fmt: skip
        right, wrong = (partial_loss(drift, *rest).numpy() for drift in drifts)
        return wrong - right

    plain, image = difference(pairs.change), difference(mirror.change)
    both = (plain + image) / 2
    assert both.std() < 0.15 * plain.std()
    apart = (plain - both).std() / np.sqrt(len(plain))
    assert abs(plain.mean() - both.mean()) < 5 * apart


@pytest.mark.parametrize("d", [1, 2])
def test_a_diagonal_sigma_keeps_its_short_form(d):
    pairs = relaxing_cells(CELLS, 20_000, dt=0.05, d=d)
    trained = fit(pairs, MEMBERS[:2], full=False)
    found = trained.parameters["diagonal"].exp().square().numpy()
    exact = np.diagonal(NOISE[:d, :d] @ NOISE[:d, :d].T)
    # A diagonal model's variances are the marginal ones.
    assert found == pytest.approx(np.tile(exact, (2, 1)), rel=0.05)


def test_rows_to_train_on_and_to_be_judged_by_are_apart():
    pairs = replace(relaxing_cells(CELLS, 1000, 0.05), block=np.repeat(np.arange(5), 200))
    uneven = replace(pairs, block=np.where(pairs.block == 4, 3, pairs.block))
    for data, blocks in ((pairs, 5), (uneven, 4)):
        members = tuple(Member(b, b) for b in range(blocks))
        rows = TrainingRows(data, members, "cpu")
        for member, train, judge in zip(members, rows.train, rows.judge, strict=True):
            assert (data.block[train.numpy()] != member.held_out).all()
            assert (data.block[judge.numpy()] == member.held_out).all()
            assert len(set(train.tolist())) == len(train)
    assert rows.train.shape == (4, 600) and rows.judge.shape == (4, 200)


def test_a_member_never_learns_from_its_held_out_block(pairs):
    """One epoch, so that judging picks nothing: wild data of block 2 reach all members but 2."""
    once = TRAINING.model_copy(update={"epochs": 1})
    wild = pairs.change + 100.0 * (pairs.block == 2)[:, None]
    sound, poisoned = fit(pairs, training=once), fit(replace(pairs, change=wild), training=once)
    for member in range(5):
        same = all(
            torch.equal(sound.parameters[name][member], poisoned.parameters[name][member])
            for name in sound.parameters
        )
        assert same == (member == 2)


def test_members_in_one_pass_are_what_each_is_alone(pairs):
    """Up to rounding of batched products."""
    once = TRAINING.model_copy(update={"epochs": 1})
    together, alone = fit(pairs, training=once), fit(pairs, MEMBERS[3:4], once)
    for name, value in alone.parameters.items():
        assert together.parameters[name][3].numpy() == pytest.approx(value[0].numpy(), abs=1e-5)


def test_equal_seeds_give_equal_bits_and_other_seeds_do_not(pairs):
    once = TRAINING.model_copy(update={"epochs": 2})
    first, again = fit(pairs, training=once), fit(pairs, training=once)
    other = fit(pairs, (Member(0, 9), *MEMBERS[1:]), once)
    assert all(torch.equal(first.parameters[n], again.parameters[n]) for n in first.parameters)
    assert not torch.equal(first.parameters["slope"][0], other.parameters["slope"][0])
    assert torch.equal(first.parameters["slope"][1], other.parameters["slope"][1])


def test_the_learning_rate_falls_to_its_floor_and_ends_the_fit(pairs):
    hasty = TRAINING.model_copy(update={"epochs": 500, "learning_rate_floor": 1e-2})
    trained = fit(pairs, MEMBERS[:1], hasty)
    assert 2 < len(trained.report.history) < 100
    assert trained.report.held_out_log_likelihood[0] == trained.report.history.max()


@pytest.mark.parametrize("block", [np.zeros(1000, int), np.full(1000, 3)])
def test_a_block_without_pairs_is_an_error_that_says_what_to_do(block):
    data = replace(relaxing_cells(CELLS, 1000, 0.05), block=block)
    with pytest.raises(TrainingError, match=r"\[upsample\] snapshots"):
        fit(data, MEMBERS[:1])


def test_divergence_is_detected_and_said():
    wild = TrainingTable(epochs=5, batch=64, learning_rate=1.0, gradient_clip=1e6)
    data = relaxing_cells(CELLS, 1000, 0.05)
    with pytest.raises(TrainingError, match=r"diverged in epoch 1.*Lower \[training\]"):
        fit(replace(data, change=data.change * 1e25), MEMBERS[:1], wild)
