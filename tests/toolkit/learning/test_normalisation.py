"""Scales, their inverse, and data that cannot be scaled."""

from __future__ import annotations

import json

import numpy as np
import pytest

from macropatch.errors import TrainingError
from macropatch.learning.normalisation import Normalisation

RNG_SEED = 0


def sample(count=500):
    rng = np.random.default_rng(RNG_SEED)
    z = rng.normal([3.0, -1.0], [0.2, 5.0], (count, 2))
    return z, rng.uniform(300.0, 900.0, (count, 1))


def test_normalised_variables_have_mean_zero_and_variance_one():
    z, c = sample()
    found = Normalisation.of(z, c)
    assert found.inward(z).mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert found.inward(z).std(axis=0) == pytest.approx([1, 1])
    assert found.inward_c(c).std(axis=0) == pytest.approx([1])
    assert np.array_equal(found.low, z.min(axis=0)) and np.array_equal(found.high, z.max(axis=0))


def test_it_survives_json_exactly():
    found = Normalisation.of(*sample())
    again = Normalisation.from_json(json.loads(json.dumps(found.to_json())))
    for name, value in vars(found).items():
        assert np.array_equal(getattr(again, name), value)


def test_a_single_condition_value_is_kept_as_it_is():
    z, _ = sample()
    found = Normalisation.of(z, np.full((len(z), 1), 0.1))
    assert found.inward_c(np.array([[0.1]])) == pytest.approx(np.zeros((1, 1)), abs=1e-12)
    assert found.c_scale == pytest.approx([1.0])


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3e6])
def test_a_constant_variable_is_named(value):
    """Also where rounding leaves a spread of 1e-17."""
    z, c = sample()
    z[:, 1] = value
    with pytest.raises(TrainingError, match=r"variables \[1\] are constant"):
        Normalisation.of(z, c)


def test_a_linear_relation_is_found_and_a_nearly_linear_one_is_not():
    z, c = sample()
    with pytest.raises(TrainingError, match=r"have rank 2.*independent observables"):
        Normalisation.of(np.column_stack([z, z @ [0.5, -2.0] + 1.0]), c)
    nearly = z @ [0.5, -2.0] + 1e-3 * np.random.default_rng(1).normal(size=len(z))
    Normalisation.of(np.column_stack([z, nearly]), c)


@pytest.mark.parametrize(
    "change",
    [
        {"mean": None},
        {"mean": [1.0]},
        {"scale": [1.0, 0.0]},
        {"low": [0.0, float("nan")]},
        {"high": "high"},
        {"c_mean": [[1.0]]},
    ],
)
def test_damaged_json_raises_value_error(change):
    values = {**Normalisation.of(*sample()).to_json(), **change}
    with pytest.raises(ValueError, match="the normalisation"):
        Normalisation.from_json({k: v for k, v in values.items() if v is not None})


def test_images_under_a_symmetry_count_as_snapshots():
    """Odd variables are scaled about zero, without a shift, so that reflecting commutes with it."""
    z, c = sample()
    parities = np.array([-1.0, 1.0])
    found = Normalisation.of(z, c, parities)
    assert found.mean == pytest.approx([0.0, z[:, 1].mean()], abs=1e-12) and found.mean[0] == 0.0
    assert found.scale == pytest.approx([np.sqrt((z[:, 0] ** 2).mean()), z[:, 1].std()])
    assert np.array_equal(found.inward(z * parities), found.inward(z) * parities)
    assert found.low[0] == -z[:, 0].max() and found.high[0] == z[:, 0].max()
    assert (found.low[1], found.high[1]) == (z[:, 1].min(), z[:, 1].max())
    plain = Normalisation.of(z, c)
    assert not np.allclose(plain.inward(z * parities), plain.inward(z) * parities)
