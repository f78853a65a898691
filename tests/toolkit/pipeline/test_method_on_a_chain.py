"""On exact ground: the mean of a linear, Gaussian chain is an Ornstein–Uhlenbeck process.

Over a step ``h`` of the chain's own integrator its mean goes to ``(1 − h)`` times itself, plus
noise of variance ``σ² h / n``; so the transition over ``dt`` is known in closed form. With
``λ = K`` the variance has a bias of first order in ``dt``, for patches differ in their own drift:
here 1 %.

Seeds depend on digests of the code, so every change of it draws anew: hence the wide margins.
"""

from __future__ import annotations

import numpy as np
import pytest

import macropatch
from systems.ornstein_uhlenbeck import ChainSettings
from systems.studies import CHAIN, document

SITES, PATCHES, DT, STEP = 40, 4, 0.05, 0.01
SNAPSHOTS, TRAINED = 8000, 6400
DECAY = (1 - STEP) ** round(DT / STEP)
SLOPE = -(1 - DECAY) / DT
VARIANCE = ChainSettings().noise ** 2 / SITES * (1 - DECAY**2) / (1 - (1 - STEP) ** 2) * STEP / DT
BIAS = 0.015
"""Bound on the relative bias of the variance, see above."""


@pytest.fixture(scope="module")
def run(carry_out, host, tmp_path_factory):
    root = tmp_path_factory.mktemp("method") / "run"
    settings = document(
        CHAIN,
        upsample={"snapshots": SNAPSHOTS}, run={"task_size": 2000},
        sde={"ensemble": 1, "calibration_error": 0.05},
        sweep=[
            {"sde.lambda": ["K", 1.0, "calibrated"]},
            {"evolve.patches": [4], "evolve.average": [True, False], "sde.lambda": ["K"]},
            {"evolve.control_variate": [True], "sde.lambda": ["K"]},
        ],
    )  # fmt: skip
    carry_out(settings, root)
    return macropatch.load(root, host)


def fitted(run, **labels):
    """Slope of the drift of the mean, and its variance a unit of time."""
    branch = run.branch(**labels)
    sde = branch.fit.fitted(run.root)
    square = sde.normalisation.mean[1]
    ends = np.array([[-0.5, square], [0.5, square]])
    drift, covariance = sde.coefficients(ends, np.zeros((2, 0)))
    return drift[0, 1, 0] - drift[0, 0, 0], covariance[0, 0, 0, 0]


def slope_error(run, **labels):
    """Standard error of a slope by least squares: noise over spread of ``z0``."""
    z0 = run.branch(**labels).fit.pairs.read(run.root, "z0")
    apart = z0[:, 0] - np.polyval(np.polyfit(z0[:, 1], z0[:, 0], 1), z0[:, 1])
    return np.sqrt(PATCHES * VARIANCE / DT / TRAINED) / apart.std()


def test_drift_and_diffusion_are_the_exact_ones(run):
    """Slope within 7 standard errors, variance within 5 of √(2/N) and its bias: 1e-6 each."""
    slope, variance = fitted(run, **{"lambda": "K"})
    assert abs(slope - SLOPE) < 7 * slope_error(run, **{"lambda": "K"}) < 0.3
    assert abs(variance / VARIANCE - 1) < 5 * np.sqrt(2 / TRAINED) + BIAS


def test_forgetting_the_ratio_makes_the_variance_as_many_times_too_large(run):
    """The mutant: ``λ = 1`` is off by ``K``, far beyond any error, and the drift is the same."""
    slope, variance = fitted(run, **{"lambda": "K"})
    naive_slope, naive_variance = fitted(run, **{"lambda": 1.0})
    assert naive_variance == pytest.approx(PATCHES * variance, rel=1e-6)
    assert naive_slope == pytest.approx(slope, rel=1e-9)


def test_the_measured_ratio_is_the_number_of_patches(run):
    """Within 6 of its own standard errors. That of the mean is as small as was asked for; that of
    the square stays larger with all snapshots used, for its noise varies a lot between them."""
    found = [metric for metric in run.metrics if metric["name"] == "lambda_calibrated"]
    assert [metric["component"] for metric in found] == ["mean", "square"]
    for metric in found:
        assert abs(metric["value"] - PATCHES) < 6 * metric["uncertainty"] + BIAS * PATCHES
    _, variance = fitted(run, **{"lambda": "calibrated"})
    error = found[0]["uncertainty"] / found[0]["value"]
    assert error <= 0.05 < found[1]["uncertainty"] / found[1]["value"]
    assert abs(variance / VARIANCE - 1) < 5 * np.hypot(error, np.sqrt(2 / TRAINED))


@pytest.mark.parametrize(("average", "pairs"), [(True, TRAINED), (False, 4 * TRAINED)])
def test_several_patches_give_the_same_transition(run, average, pairs):
    """Averaged, ``λ`` is that of the mean; else each patch is a pair. Errors as above."""
    labels = {"evolve.patches": 4, "evolve.average": average}
    slope, variance = fitted(run, **labels)
    assert run.branch(**labels).fit.variance_ratio == (1.0 if average else 4.0)
    assert abs(slope - SLOPE) < 7 * slope_error(run, **labels)
    assert abs(variance / VARIANCE - 1) < 5 * np.sqrt(2 / pairs) + BIAS


def test_the_control_variate_sharpens_the_drift_and_leaves_the_variance(run):
    """The slope within 7 of its standard errors, which are as much smaller as what is left says;
    the variance is that of the same pairs. Mutants: the wrong sign, ``Σ`` from the targets."""
    labels = {"evolve.control_variate": True}
    slope, variance = fitted(run, **labels)
    (left,) = [one["value"] for one in run.metrics
               if one["name"] == "control_variate_left" and one["component"] == "mean"]  # fmt: skip
    assert left < 0.02
    assert abs(slope - SLOPE) < 7 * np.sqrt(left) * slope_error(run, **labels)
    plain = run.branch(**{"lambda": "K"})
    assert run.branch(**labels).fit.pairs.name == plain.fit.pairs.name
    assert variance == pytest.approx(fitted(run, **{"lambda": "K"})[1], rel=2e-3)


def test_predictions_have_the_exact_stationary_spread(run):
    """The Euler transition's own: ``σ²/(1 − (1 + a dt)²)``, within 5 standard errors of 3 %."""
    slope, variance = fitted(run, **{"lambda": "K"})
    with pytest.warns(UserWarning, match="left the range"):
        data = run.predict(
            {"spread": 0.0}, duration=6.0, runs=2000, record_every=6.0, stationary=True
        )
    late = data["mean"].values[0, :, -1]
    expected = np.sqrt(variance * DT / (1 - (1 + slope * DT) ** 2))
    assert late.std() == pytest.approx(expected, rel=5 * np.sqrt(0.5 / 2000) + 0.02)
    intercept_error = np.sqrt(PATCHES * VARIANCE / DT / TRAINED)
    assert abs(late.mean()) < 6 * np.hypot(intercept_error, expected / np.sqrt(2000))
