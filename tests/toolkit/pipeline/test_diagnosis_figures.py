"""The figures of a diagnosis from given arrays: regressions, differences, residuals, words."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr

from macropatch.learning.fitted import FittedSDE
from macropatch.learning.normalisation import Normalisation
from macropatch.pipeline.diagnosis import findings
from macropatch.pipeline.diagnosis.measurement import Measured
from macropatch.pipeline.diagnosis.records import records_of
from macropatch.pipeline.diagnosis.regression import Basis, Blocks, Root
from macropatch.pipeline.diagnosis.surroundings import by_surroundings
from macropatch.pipeline.diagnosis.whiteness import fit_share, whiteness
from macropatch_models.linear import LinearModel

NOTHING = np.zeros((1000, 0))
BLOCK = np.arange(1000) * 5 // 1000


def test_a_polynomial_is_found_without_noise():
    z = np.random.default_rng(1).normal(size=(1000, 2))
    target = np.stack([z[:, 0] ** 3 - z[:, 1], 2.0 + z[:, 0] * z[:, 1]], axis=1)
    basis = Basis.of(z, NOTHING)
    assert np.allclose(basis.fit(target), target)
    assert basis.mean_square(target) == pytest.approx((target**2).mean(axis=0))
    assert basis.mean_square_error(target) == pytest.approx([0.0, 0.0], abs=1e-6)


def test_conditions_of_two_values_have_no_square():
    c = np.where(np.arange(1000) % 2, 2.0, 3.0)[:, None]
    z = np.random.default_rng(2).normal(size=(1000, 1))
    q = Basis.of(z, c).q
    assert np.allclose(q.T @ q, np.eye(q.shape[1])) and q.shape[1] == 9, "1 … z⁴ and c … cz³"


@pytest.mark.parametrize("size", [0.0, 0.3])
def test_a_mean_square_has_no_share_of_uneven_noise(size):
    """Mean of 200 samples; false alarm of four standard errors 1 in 16,000. Its error is right."""
    rng = np.random.default_rng(3)
    found, errors, plain = [], [], []
    for _ in range(200):
        z = rng.normal(size=(500, 2))
        noise = (0.3 + np.abs(z[:, 1])) * rng.standard_normal(500)
        basis = Basis.of(z, NOTHING[:500])
        target = (size * z[:, 0] + noise)[:, None]
        found.append(basis.mean_square(target)[0])
        errors.append(basis.mean_square_error(target)[0])
        plain.append((basis.fit(target) ** 2).mean())
    assert abs(np.mean(found) - size**2) < 4 * np.std(found) / np.sqrt(200)
    assert np.std(found) / 1.3 < np.mean(errors) < np.std(found) * 1.5
    assert np.mean(plain) > size**2 + 10 * np.std(found) / np.sqrt(200), "the plain one has it"


def test_roots_of_squares_next_to_zero_have_bounds():
    root = Root.of(np.array([-0.5, 0.0, 9.0]), np.array([1.0, 1.0, 0.5]))
    assert root.value.tolist() == [0.0, 0.0, 3.0]
    assert root.error.tolist() == pytest.approx([1.0, 1.0, np.sqrt(9.5) - 3.0])
    assert root.low.tolist() == pytest.approx([0.0, 0.0, np.sqrt(7.0)])
    assert root.high.tolist() == pytest.approx([np.sqrt(2.0), np.sqrt(2.0), np.sqrt(10.0)])


def test_the_jackknife_of_a_mean_is_its_standard_error_over_blocks():
    z = np.random.default_rng(4).normal(size=(1000, 1))
    blocks = Blocks.of(z, NOTHING, BLOCK)
    value, error = blocks.jackknife(lambda basis, rows: z[rows].mean(axis=0))
    each = z.reshape(5, 200).mean(axis=1)
    assert value == pytest.approx(z.mean()) and error == pytest.approx(each.std(ddof=1) / 5**0.5)


def given(bias: dict[int, float], spread: dict[int, float], noise: float) -> Measured:
    """Increments over dt and 2 dt at widths 0, 1, 4 of one observable of drift ``−z``."""
    rng = np.random.default_rng(5)
    z = rng.normal(size=(1000, 1))
    change = np.zeros((1000, 2, 3, 2, 1))
    for i, dt in enumerate((0.1, 0.2)):
        for j, width in enumerate((0, 1, 4)):
            drift = -(1.0 + bias[width]) * z * dt
            wide = noise * spread[width] * np.sqrt(dt)
            change[:, i, j] = drift[:, None] + wide * rng.standard_normal((1000, 2, 1))
    path = np.zeros((1000, 17, 1))
    return Measured(z, NOTHING, BLOCK, change, change, change[:, :, 1], path)


def look(measured: Measured, own: int = 1) -> xr.Dataset:
    return by_surroundings(measured, (0.1, 0.2), (0, 1, 4), own, ("m",))


def test_biases_and_variances_by_width_are_found():
    even = look(given({0: 0.2, 1: 0.05, 4: 0.0}, {0: 1.0, 1: 1.0, 4: 1.0}, 0.0))
    assert even["drift_difference"].sel(dt=0.1, observable="m").values == pytest.approx(
        [0.2, 0.05, 0.0], rel=1e-6
    )
    assert even["drift"].values[:, 0] == pytest.approx([1.0, 1.0], rel=0.1)
    noisy = look(given({0: 0.2, 1: 0.0, 4: 0.0}, {0: 1.3, 1: 1.0, 4: 1.0}, 0.05))
    noisy = noisy.sel(observable="m")
    for name, exact in (("drift_difference", [0.2, 0.0]), ("diffusion_ratio", [1.69, 1.0])):
        found = noisy[name].values[:, :2]
        assert (np.abs(found - exact) < 5 * noisy[f"{name}_error"].values[:, :2]).all()
    assert (noisy["drift_difference_low"].sel(halo=0) > 0.1).all()
    assert (noisy["drift_difference_low"].sel(halo=1) == 0).all()
    assert noisy["covariance"].sel(halo=4).values == pytest.approx(0.0025, rel=0.15)


@pytest.mark.parametrize(
    ("bias", "own", "said", "warns"),
    [
        ({0: 0.2, 1: 0.05, 4: 0.0}, 1, r"halo 1 is \(4\.9.*halo = 4\)", True),
        ({0: 0.2, 1: 0.05, 4: 0.0}, 4, r"halo 1 is \(4\.9.*compare .* halo = 8", True),
        ({0: 0.2, 1: 0.001, 4: 0.0}, 4, r"halo 4 and 1 agree within .* wide enough", False),
    ],
)
def test_words_on_the_halo(bias, own, said, warns):
    even = dict.fromkeys((0, 1, 4), 1.0)
    found = findings.of_halo(look(given(bias, even, 0.002), own))
    assert [f.warning for f in found] == [warns, False]
    assert re.search(said, found[0].sentence), found[0].sentence
    assert "Without a halo (0) the drift would be off by" in found[1].sentence


def test_what_cannot_be_told_is_not_claimed():
    even = dict.fromkeys((0, 1, 4), 1.0)
    found = findings.of_halo(look(given(dict.fromkeys((0, 1, 4), 0.0), even, 0.5), 4))
    assert "cannot be told apart" in found[0].sentence and "--snapshots" in found[0].sentence


def process(slope: float, noise: float, memory: float = 0.0) -> tuple[FittedSDE, np.ndarray]:
    """A fit with drift ``slope · z`` and unit noise; a path of drift ``−z`` and given noise.

    With ``memory``, noise of a step carries on to the next.
    """
    model = LinearModel(1, 0, 2)
    model.restore({"intercept": np.zeros((2, 1)), "slope": np.full((2, 1, 1), slope),
                   "root": np.ones((2, 1, 1))})  # fmt: skip
    one, none = np.ones(1), np.zeros(0)
    normal = Normalisation(0 * one, one, -9 * one, 9 * one, none, none)
    rng, dt = np.random.default_rng(6), 0.05
    z = rng.normal(size=(2000, 1))
    path, last = [z], np.zeros_like(z)
    for _ in range(16):
        fresh = rng.standard_normal(z.shape)
        last = memory * last + fresh
        z = z - z * dt + noise * np.sqrt(dt) * last
        path.append(z)
    return FittedSDE(model, normal, dt), np.stack(path, axis=1)


def test_a_right_fit_leaves_white_residuals():
    fitted, path = process(-1.0, 1.0)
    data = whiteness(fitted, path, np.zeros((2000, 0)), ("m",))
    assert (np.abs(data["autocorrelation"]) < 4 * data["autocorrelation_error"]).all()
    assert data["residual_variance"].item() == pytest.approx(1.0, abs=0.03)
    (found,) = findings.of_whiteness(data, ("m",))
    assert not found.warning and "z is closed" in found.sentence


@pytest.mark.parametrize(
    ("slope", "noise", "memory", "said"),
    [
        (1.5, 1.0, 0.0, "residuals of m are correlated"),
        (-1.0, 1.3, 0.0, "times the fitted variance"),
        (-1.0, 1.0, 0.3, "residuals of m are correlated"),
    ],
    ids=["wrong drift", "wrong noise", "not closed"],
)
def test_what_is_wrong_with_a_fit_shows(slope, noise, memory, said):
    fitted, path = process(slope, noise, memory)
    data = whiteness(fitted, path, np.zeros((2000, 0)), ("m",))
    warned = [f.sentence for f in findings.of_whiteness(data, ("m",)) if f.warning]
    assert any(said in sentence for sentence in warned), warned
    ours = [f for f in findings.of_whiteness(data, ()) if f.warning]
    assert not ours, "closures may be as they are"


def test_noise_that_carries_on_has_its_autocorrelation():
    """Of an AR(1) process: ``ρ_k = 0.3^k``."""
    fitted, path = process(-1.0, 1.0, memory=0.3)
    data = whiteness(fitted, path[:, 4:], np.zeros((2000, 0)), ("m",)).sel(component="m")
    exact = 0.3 ** data["lag"].values
    assert (np.abs(data["autocorrelation"] - exact) < 4 * data["autocorrelation_error"]).all()


def test_the_fits_own_error_is_told():
    fitted, path = process(-1.0, 1.0)
    assert fit_share(fitted, path[:, 0], np.zeros((2000, 0))) == pytest.approx([0.0])
    fitted.model.restore({"intercept": np.array([[-0.5], [0.5]]), "slope": np.full((2, 1, 1), -1.0),
                          "root": np.ones((2, 1, 1))})  # fmt: skip
    # Members ±0.5 about their mean: jackknife variance (2−1)/2 · 2 · 0.25 = 0.25, times dt.
    assert fit_share(fitted, path[:, 0], np.zeros((2000, 0))) == pytest.approx([0.25 * 0.05])


def test_lambda_that_was_taken_wrongly_is_warned_of():
    dims = ("dt", "condition", "component")
    data = xr.Dataset(
        {"variance_ratio": (dims, [[[4.1, 6.0]]]), "variance_ratio_error": (dims, [[[0.1, 0.2]]])},
        coords={"dt": [0.1], "condition": ["T = 2"], "component": ["m", "walls"]}, attrs={"K": 4},
    )  # fmt: skip
    found = findings.of_ratios(data, used=4.0)
    assert [f.warning for f in found] == [False, True]
    assert "4.10\u00a0±\u00a00.10 for m" in found[0].sentence and "at T = 2" in found[0].sentence
    assert "1.22 times its standard deviation" in found[1].sentence
    assert [f.warning for f in findings.of_ratios(data, used=None)] == [False]


def test_records_have_labels_and_errors_but_no_bounds():
    dims = ("dt", "observable")
    data = xr.Dataset(
        {"x": (dims, [[1.0, np.nan]]), "x_error": (dims, [[0.5, 1.0]]),
         "x_low": (dims, [[0.0, 0.0]]), "whole": 3},
        coords={"dt": [0.1], "observable": ["m", "w"]},
    )  # fmt: skip
    first, second = records_of(data)
    assert (first.name, first.value, first.uncertainty) == ("x", 1.0, 0.5)
    assert first.labels == {"dt": 0.1, "observable": "m"}
    assert (second.name, second.value, second.labels) == ("whole", 3.0, {})
