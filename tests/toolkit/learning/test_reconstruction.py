"""Observables that an SDE leaves out."""

from __future__ import annotations

import json

import numpy as np
import pytest

from macropatch.learning.reconstruction import Reconstruction


def snapshots(rng, noise=0.0):
    """``(a, b, 2a − b + c²)`` with a condition ``c`` between 1 and 3."""
    c = rng.choice([1.0, 2.0, 2.5, 3.0], (400, 1))
    own = rng.normal(size=(400, 2)) + c
    third = 2.0 * own[:, :1] - own[:, 1:] + c**2 + noise * rng.normal(size=(400, 1))
    return np.concatenate([own, third], axis=1), c


def test_what_depends_is_found_again_also_between_the_conditions():
    rng = np.random.default_rng(1)
    z, c = snapshots(rng)
    found = Reconstruction.of(z, c, (0, 1))
    np.testing.assert_allclose(found.complete(z[:, :2], c), z, atol=1e-10)
    own, between = rng.normal(size=(5, 7, 2)), np.full((5, 7, 1), 1.7)
    third = 2.0 * own[..., 0] - own[..., 1] + 1.7**2
    np.testing.assert_allclose(found.complete(own, between)[..., 2], third, atol=1e-10)
    assert found.residual.max() < 1e-10


def test_closures_stay_behind_the_observables_and_order_does_not_matter():
    rng = np.random.default_rng(2)
    z, c = snapshots(rng)
    every = z[:, [2, 0, 1]]
    found = Reconstruction.of(every, c, (1, 2))
    closure = rng.normal(size=(400, 1))
    complete = found.complete(np.concatenate([z[:, :2], closure], axis=1), c)
    np.testing.assert_allclose(complete, np.concatenate([every, closure], axis=1), atol=1e-10)


def test_the_residual_is_the_noise():
    """0.1 within 15 %: five standard errors of 400 rows."""
    z, c = snapshots(np.random.default_rng(3), noise=0.1)
    residual = Reconstruction.of(z, c, (0, 1)).residual
    assert residual[2] == pytest.approx(0.1, rel=0.15)
    assert residual[:2].max() < 1e-12


def test_files_give_the_same_and_bad_ones_are_refused():
    z, c = snapshots(np.random.default_rng(4))
    found = Reconstruction.of(z, c, (0, 1))
    values = json.loads(json.dumps(found.to_json()))
    again = Reconstruction.from_json(values)
    np.testing.assert_array_equal(again.complete(z[:, :2], c), found.complete(z[:, :2], c))
    for key, bad in (
        ("slopes", [[1.0]]),
        ("columns", [0, 9]),
        ("terms", "no"),
        ("c_mean", [float("nan")]),
    ):
        with pytest.raises(ValueError, match="the reconstruction"):
            Reconstruction.from_json({**values, key: bad})
    with pytest.raises(ValueError, match="lacks a list of numbers"):
        Reconstruction.from_json(None)
