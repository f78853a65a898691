"""``λ`` of critical Ising lattices as calibrated, against a brute force that regresses nothing."""

from __future__ import annotations

import numpy as np
import pytest
from ising_increments import K, brute_force, equilibrium, follow, none

from macropatch.stages.calibrate import calibrate

MEASURED = np.array([15.72, 21.62])
"""Of ``m`` and walls, 64² spins, patches of 16², halo 4, T = 2.27, h = 0: a prototype's figures."""

TRUE, TRUE_ERROR = np.array([15.80, 21.41]), np.array([0.06, 0.09])
"""By ``brute_force`` of 3 × 3,000 snapshots, 20 repeats each (``dt`` = 5, where they agree)."""


def calibrated(z0, whole, patch):
    """As the calibrating stage does, from many snapshots and several patches of each."""
    z0, whole = z0.reshape(-1, 2), whole.reshape(-1, 2)
    patches = patch.reshape(len(z0), -1, 2)
    each = np.repeat(z0, patches.shape[1], axis=0)
    return calibrate((each, none(len(each)), patches.reshape(-1, 2)), (z0, none(len(z0)), whole))


@pytest.fixture(scope="module")
def increments():
    """240 lattices over 40 steps: 9,600 increments of the whole, 38,400 of patches."""
    rng = np.random.default_rng(4)
    return follow(equilibrium(240, rng), 40, 4, rng)


def test_the_calibrated_ratio_is_the_true_one(increments):
    """Both within four of their joint standard errors of about 1.7 %: false alarms 1e-4."""
    found = calibrated(*increments)
    assert (found.error < 0.025 * found.ratio).all()
    assert (np.abs(found.ratio - TRUE) < 4.0 * np.hypot(found.error, TRUE_ERROR)).all()


def test_a_ratio_for_another_number_of_patches_is_found(increments):
    """The mutant: ``z1 = z0 + 12 Δ`` where ``K`` is 16."""
    z0, whole, patch = increments
    found = calibrated(z0, whole, 12 / K * patch)
    assert (TRUE - found.ratio > 8.0 * found.error).all()


def test_a_ratio_of_what_was_not_regressed_is_found(increments):
    """The mutant: smooth drift counts as noise, in the whole more than in the patches."""
    _, whole, patch = increments
    raw = (patch**2).mean(axis=(0, 1, 2)) / (whole**2).mean(axis=(0, 1))
    error = calibrated(*increments).error
    assert (TRUE - raw)[1] > 10.0 * error[1] and (raw < TRUE).all()


def test_the_stated_error_covers_the_truth(increments):
    """Forty calibrations of 240 snapshots, each with about 10 % of error.

    Mean of 80 standard normals within 5/√80, variance within 5·√(2/80): false alarms 1e-6 (1e-4
    with the bias of small samples, 0.1 of an error). An error that is half as large is found.
    """
    found = [calibrated(*step) for step in zip(*increments, strict=True)]
    off = np.array([(one.ratio - TRUE) / one.error for one in found]).reshape(-1)
    error = np.array([one.error / one.ratio for one in found])
    assert 0.08 < error.mean() < 0.13
    allowed = 5.0 * np.sqrt(2.0 / len(off))
    assert abs(off.mean()) < 5.0 / np.sqrt(len(off))
    assert abs(off.var() - 1.0) < allowed
    assert (2.0 * off).var() - 1.0 > allowed


@pytest.mark.slow
def test_brute_force_and_calibration_agree_with_the_prototype():
    """Errors are 0.8 %; both come within 4 % of the prototype's figures: false alarms 1e-3.

    The ratio given all spins is another one for the walls, whose drift ``z0`` does not determine.
    """
    rng = np.random.default_rng(11)
    snapshots = equilibrium(3000, rng)
    truth, error, given_spins = brute_force(snapshots, 20, rng)
    first = {"sites": snapshots["sites"][:1000]}
    found = calibrated(*follow(first, 40, 4, rng))
    assert (error < 0.012 * truth).all() and (found.error < 0.012 * found.ratio).all()
    joint = np.hypot(error, found.error)
    assert (np.abs(found.ratio - truth) < 4.0 * joint).all()
    for ratio in (truth, found.ratio, TRUE):
        assert (np.abs(ratio / MEASURED - 1.0) < 0.04).all()
    assert given_spins[1] - found.ratio[1] > 5.0 * joint[1]
