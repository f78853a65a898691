"""The variance ratio, measured on Gaussian increments whose ratio is known."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch.stages.calibrate import calibrate, residuals

RATIO = np.array([8.0, 5.0])
ROOT = np.array([[0.4, 0.0], [0.25, 0.3]])


def increments(count, spread, rng):
    """Noise ``spread · ξ`` about a smooth drift that is larger than it."""
    z0 = rng.normal(size=(count, 2))
    drift = np.stack([2.0 * z0[:, 0] - z0[:, 1] ** 3, z0[:, 0] * z0[:, 1]], axis=1)
    return z0, np.zeros((count, 0)), drift + rng.normal(size=(count, 2)) @ spread.T


def sample(seed, few=800, many=6000):
    rng = np.random.default_rng(seed)
    scaled = np.sqrt(RATIO)[:, None] * ROOT
    return increments(many, scaled, rng), increments(few, ROOT, rng)


def test_residuals_are_what_a_smooth_function_leaves():
    z0, c, change = increments(4000, 0.0 * ROOT, np.random.default_rng(0))
    noisy = change + np.random.default_rng(1).normal(size=change.shape)
    assert residuals(z0, c, noisy).std() == pytest.approx(1.0, abs=0.03)
    assert noisy.std() > 2.0


def test_few_increments_are_fitted_by_fewer_terms():
    rng = np.random.default_rng(2)
    z0 = rng.normal(size=(30, 3))
    rest = residuals(z0, np.zeros((30, 0)), rng.normal(size=(30, 3)))
    assert 0.6 < rest.std() < 1.5


def errors_in_units_of_their_estimate(samples, matrix=False):
    """``(ratio − true)/error`` of each sample and component."""
    found = [calibrate(*sample(seed), matrix=matrix) for seed in range(samples)]
    return np.array([(one.ratio - RATIO) / one.error for one in found])


def test_the_ratio_agrees_and_its_error_covers_it():
    """Mean of 80 standard normals within 5/√80, variance within 5·√(2/80): false alarms 1e-6."""
    deviations = errors_in_units_of_their_estimate(40).reshape(-1)
    assert abs(deviations.mean()) < 5.0 / np.sqrt(80)
    assert abs(deviations.var() - 1.0) < 5.0 * np.sqrt(2.0 / 80.0)


def test_increments_of_another_ratio_are_found():
    """The mutant: patches whose noise is 30 % too small."""
    (z0, c, change), whole = sample(0)
    smooth = change - residuals(z0, c, change)
    wrong = (z0, c, smooth + np.sqrt(0.7) * (change - smooth))
    found = calibrate(wrong, whole)
    assert ((found.ratio - RATIO) / found.error < -5.0).all()


def test_without_the_matrix_the_factor_is_diagonal():
    found = calibrate(*sample(1))
    assert np.array_equal(found.factor, np.diag(np.sqrt(found.ratio)))
    assert (found.error / found.ratio < 0.1).all()


def test_the_matrix_is_recovered():
    """``P = A W A`` with a symmetric ``A``: found within 5 standard errors of about 3 %."""
    rng = np.random.default_rng(2)
    matrix = np.array([[2.8, 0.9], [0.9, 2.2]])
    patch, whole = increments(6000, matrix @ ROOT, rng), increments(800, ROOT, rng)
    found = calibrate(patch, whole, matrix=True).factor
    assert np.allclose(found, found.T)
    assert np.allclose(found, matrix, atol=5 * 0.03 * 2.8)
    diagonal = calibrate(patch, whole).factor
    assert not np.allclose(diagonal, matrix, atol=5 * 0.03 * 2.8)
    rest_patch, rest_whole = residuals(*patch), residuals(*whole)
    p, w = (rest.T @ rest / len(rest) for rest in (rest_patch, rest_whole))
    assert np.allclose(found @ w @ found, p)


def test_under_a_symmetry_the_matrix_commutes_with_it():
    """The odd and the even variable have correlated noise here, which on average over a snapshot
    and its image they have not."""
    rng = np.random.default_rng(2)
    matrix = np.array([[2.8, 0.9, 0.3], [0.9, 2.2, 0.0], [0.3, 0.0, 2.5]])
    root = np.array([[0.4, 0.0, 0.0], [0.25, 0.3, 0.0], [0.1, 0.1, 0.3]])
    parities = np.array([-1.0, 1.0, -1.0])

    def made(count, spread):
        z0 = rng.normal(size=(count, 3))
        return z0, np.zeros((count, 0)), z0**2 + rng.normal(size=(count, 3)) @ spread.T

    patch, whole = made(6000, matrix @ root), made(800, root)
    found = calibrate(patch, whole, matrix=True, parities=parities)
    p = np.diag(parities)
    assert np.array_equal(p @ found.factor @ p, found.factor)
    assert found.factor[0, 2] != 0.0
    rest_patch, rest_whole = residuals(*patch), residuals(*whole)
    mean = []
    for rest in (rest_patch, rest_whole):
        covariance = rest.T @ rest / len(rest)
        mean.append((covariance + p @ covariance @ p) / 2)
    assert found.factor @ mean[1] @ found.factor == pytest.approx(mean[0])
    without = calibrate(patch, whole, matrix=True)
    assert not np.allclose(p @ without.factor @ p, without.factor, atol=0.1)
    assert np.array_equal(found.ratio, without.ratio)
    assert np.array_equal(found.error, without.error)
