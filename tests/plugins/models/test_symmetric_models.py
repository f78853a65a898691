"""The built-in models and encoders under a symmetry: exact parities, and half of the states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pairs import pairs_of

from macropatch.contract import CellSample, FitContext, Member
from macropatch.experiment.tables import TrainingTable
from macropatch.learning.symmetric import SymmetricSDE
from macropatch.stages.parity import ParityEncoder
from macropatch_models.autoencoder import Autoencoder
from macropatch_models.linear import LinearModel
from macropatch_models.mlp import MLPModel
from macropatch_models.onsager import OnsagerModel
from macropatch_models.polynomial import PolynomialModel
from macropatch_models.settings import (
    AutoencoderSettings,
    MLPSettings,
    OnsagerSettings,
    PolynomialSettings,
)

PARITIES = np.array([-1.0, 1.0])
MEMBERS = (Member(0, 1), Member(3, 2))
TRAINING = TrainingTable(epochs=4, batch=500, learning_rate=1e-2)

MODELS = {
    "mlp": lambda: MLPModel(MLPSettings(depth=2, width=16), TRAINING, 2, 1, 2),
    "onsager": lambda: OnsagerModel(OnsagerSettings(width=16), TRAINING, 2, 1, 2),
    "polynomial": lambda: PolynomialModel(PolynomialSettings(degree=3), 2, 1, 2),
    "linear": lambda: LinearModel(2, 1, 2),
}


def drift(z, c):
    """Odd in the first variable, even in the second."""
    x, y = z.T
    return np.stack([x - 0.5 * x**3 + 0.3 * x * y, 0.4 * x**2 - y + 0.2 * c[:, 0]], axis=1)


def sigma(z, c):
    """The noises of an odd and an even variable are correlated where ``x ≠ 0``."""
    root = np.zeros((len(z), 2, 2))
    root[:, 0, 0], root[:, 1, 1] = 0.3, 0.3
    root[:, 1, 0] = 0.1 * z[:, 0]
    return root


def one_sided(count=6000):
    """Pairs of which only those with ``x > 0`` are kept."""
    pairs = pairs_of(drift, sigma, 2, 1, 2 * count)
    rows = pairs.z0[:, 0] > 0.0
    arrays = {name: getattr(pairs, name)[rows] for name in ("z0", "change", "dt", "c", "block")}
    return replace(pairs, **arrays)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_exact_parities(name):
    model = SymmetricSDE(MODELS[name](), PARITIES)
    pairs = one_sided(2000)
    report = model.fit(pairs, MEMBERS, FitContext())
    assert np.isfinite(report.held_out_log_likelihood).all()
    z, c = np.random.default_rng(1).normal(size=(77, 2)), np.zeros((77, 1))
    (mu, root), (mapped, other) = (model.coefficients(x, c) for x in (z, z * PARITIES))
    assert mapped == pytest.approx(PARITIES * mu, abs=1e-12)
    covariance, image = root @ np.swapaxes(root, -1, -2), other @ np.swapaxes(other, -1, -2)
    assert image == pytest.approx(np.outer(PARITIES, PARITIES) * covariance, abs=1e-12)
    at_zero = model.drift(z * [0.0, 1.0], c)
    assert not at_zero[..., 0].any() and at_zero[..., 1].all()
    again = SymmetricSDE(MODELS[name](), PARITIES)
    again.restore(model.parameters())
    assert np.array_equal(again.drift(z, c), mu)


@pytest.mark.parametrize("symmetric", [True, False])
def test_one_half_of_the_states_tells_the_other(symmetric):
    """A cubic fitted to ``x > 0``, asked for its drift where ``x < 0``.

    With a symmetry the error is 0.05 (rms over 20 coefficients, so 0.15 has a false-alarm rate
    below 1e-6); without, the mutant, it is 0.7: the fit extrapolates.
    """
    inner = PolynomialModel(PolynomialSettings(degree=3), 2, 1, 2)
    model = SymmetricSDE(inner, PARITIES) if symmetric else inner
    model.fit(one_sided(), MEMBERS, FitContext())
    rng = np.random.default_rng(2)
    z = np.stack([rng.uniform(-1.7, -0.2, 500), rng.uniform(-1.7, 1.7, 500)], axis=1)
    c = rng.uniform(-1.7, 1.7, (500, 1))
    error = model.drift(z, c).mean(axis=0) - drift(z, c)
    assert (np.sqrt((error**2).mean()) < 0.15) == symmetric


@pytest.mark.parametrize("edges", [(12,), (8, 8)])
def test_an_autoencoder_splits_into_even_and_odd_components(edges):
    """Cells that differ in their mean and in their stripes; the network is of float32."""
    rng = np.random.default_rng(3)
    up = rng.random((1500, 1, *edges)) < rng.uniform(0.1, 0.9, (1500, *[1] * (1 + len(edges))))
    cells = np.where(up, 1.0, -1.0).astype(np.float32)
    settings = AutoencoderSettings(dimension=3, epochs=2)
    encoder = ParityEncoder(Autoencoder(settings), np.negative)
    encoder.fit(CellSample(cells, True, 4))
    found = encoder.encode(cells[:333])
    assert encoder.encode(-cells[:333]) == pytest.approx(encoder.parities * found, abs=1e-12)
    assert (found.std(axis=0) > 0).all()
    again = ParityEncoder(Autoencoder(settings), np.negative)
    again.restore(encoder.parameters())
    assert np.array_equal(again.encode(cells[:333]), found)
