"""Symmetric averages of a model that has no symmetry: exact to the last bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from macropatch.contract import FitContext, FitReport, Member, SDEModel, TrainingPairs
from macropatch.learning.symmetric import SymmetricSDE, with_images

PARITIES = np.array([-1.0, 1.0, -1.0])
MEMBERS = (Member(0, 1), Member(3, 2))


class Crooked(SDEModel):
    """Every component depends on all of ``z`` and ``c``, and two members differ."""

    def fit(self, pairs, members, context):
        self.pairs = pairs
        return FitReport(np.full(len(members), -9.0), np.zeros((1, len(members))), 5)

    def drift(self, z, c):
        each = [np.sin(z @ np.arange(1.0, 10.0).reshape(3, 3) + m + c) + z**2 for m in range(2)]
        return np.stack(each)

    def diffusion(self, z, c):
        root = np.tril(0.2 * np.cos(z[:, :, None] + 2.0 * z[:, None, :] + c[..., None]))
        root = root + np.diag([1.0, 2.0, 0.7])
        return np.stack([root, 1.5 * root])

    def parameters(self):
        return {"weight": np.ones(1)}

    def restore(self, parameters):
        self.restored = parameters


class ForgottenSign(SymmetricSDE):
    """The mutant: the covariance of the image is taken as it is."""

    def _root(self, sigma, image):
        return super()._root(sigma, self._parities[:, None] * image)


class ForgottenImage(SymmetricSDE):
    """The mutant: the drift at the image is not reflected back."""

    def _mean(self, drift, image):
        return super()._mean(drift, self._parities * image)


def states(count=40):
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, 3)), rng.normal(size=(count, 1))


def covariance(sigma):
    return sigma @ np.swapaxes(sigma, -1, -2)


def asymmetry(model):
    """Largest deviations of ``μ(Pz)`` from ``P μ(z)`` and of ``Σ(Pz)`` from ``P Σ(z) P``."""
    z, c = states()
    (drift, sigma), (mapped, other) = (model.coefficients(x, c) for x in (z, z * PARITIES))
    expected = np.outer(PARITIES, PARITIES) * covariance(sigma)
    return np.abs(mapped - PARITIES * drift).max(), np.abs(covariance(other) - expected).max()


def test_drift_and_covariance_have_parities():
    assert max(asymmetry(SymmetricSDE(Crooked(), PARITIES))) < 1e-12


@pytest.mark.parametrize(
    ("model", "which"),
    [(Crooked(), 0), (Crooked(), 1), (ForgottenImage(Crooked(), PARITIES), 0),
     (ForgottenSign(Crooked(), PARITIES), 1)],
)  # fmt: skip
def test_mutants_have_none(model, which):
    assert asymmetry(model)[which] > 0.01


def test_it_is_the_average_of_both():
    z, c = states()
    drift, sigma = SymmetricSDE(Crooked(), PARITIES).coefficients(z, c)
    own, image = (Crooked().coefficients(x, c) for x in (z, z * PARITIES))
    assert drift == pytest.approx((own[0] + PARITIES * image[0]) / 2, abs=1e-12)
    p = np.diag(PARITIES)
    expected = (covariance(own[1]) + p @ covariance(image[1]) @ p) / 2
    assert covariance(sigma) == pytest.approx(expected, abs=1e-12)
    assert not np.triu(sigma, 1).any()


def test_where_z_is_its_own_image_odd_drift_is_zero():
    z, c = states()
    drift = SymmetricSDE(Crooked(), PARITIES).drift(z * (PARITIES > 0), c)
    assert not drift[..., PARITIES < 0].any()
    assert drift[..., PARITIES > 0].all()


def test_all_ways_to_ask_agree():
    model = SymmetricSDE(Crooked(), PARITIES)
    z, c = states()
    drift, sigma = model.coefficients(z, c)
    assert np.array_equal(model.drift(z, c), drift)
    assert np.array_equal(model.diffusion(z, c), sigma)
    own = model.own_coefficients(np.stack([z, z[::-1]]), c)
    other = model.coefficients(z[::-1], c)
    for found, first, second in zip(own, (drift, sigma), other, strict=True):
        assert np.array_equal(found, np.stack([first[0], second[1]]))


def pairs_of(factor, count=60):
    z, c = states(count)
    change, target = np.random.default_rng(1).normal(size=(2, count, 3))
    block = np.arange(count) % 5
    return TrainingPairs(z, change, np.full(count, 0.1), c, block, factor, target)


def test_images_of_pairs_are_reflected_in_z_and_in_its_change():
    each = np.random.default_rng(2).normal(size=(60, 3, 3))
    pairs = pairs_of(each)
    both = with_images(pairs, PARITIES)
    for name in ("z0", "change", "drift_change"):
        own, image = np.split(getattr(both, name), 2)
        assert np.array_equal(own, getattr(pairs, name))
        assert np.array_equal(image, own * PARITIES)
    for name in ("dt", "c", "block"):
        own, image = np.split(getattr(both, name), 2)
        assert np.array_equal(own, getattr(pairs, name)) and np.array_equal(image, own)
    p = np.diag(PARITIES)
    assert np.array_equal(both.factor, np.concatenate([each, p @ each @ p]))
    assert with_images(pairs_of(2.0 * np.eye(3)), PARITIES).factor.shape == (3, 3)
    assert with_images(replace(pairs, drift_change=None), PARITIES).drift_change is None


def test_the_average_is_judged_by_the_pairs_as_they_are():
    inner, pairs = Crooked(), pairs_of(2.0 * np.eye(3))
    model = SymmetricSDE(inner, PARITIES)
    report = model.fit(pairs, MEMBERS, FitContext())
    assert len(inner.pairs.z0) == 2 * len(pairs.z0)
    assert report.steps == 5
    density = model.log_likelihood(pairs)
    for member, value in zip(MEMBERS, report.held_out_log_likelihood, strict=True):
        row = MEMBERS.index(member)
        assert value == pytest.approx(density[row, pairs.block == member.held_out].mean())


def test_an_image_is_as_likely_as_its_pair():
    model, pairs = SymmetricSDE(Crooked(), PARITIES), pairs_of(2.0 * np.eye(3))
    own, image = np.split(model.log_likelihood(with_images(pairs, PARITIES)), 2, axis=1)
    assert image == pytest.approx(own, abs=1e-12)


def test_weights_are_those_of_the_model_inside():
    inner = Crooked()
    model = SymmetricSDE(inner, PARITIES)
    model.restore(model.parameters())
    assert inner.restored == {"weight": np.ones(1)}
