"""Closure encoders: what they must find, weights there and back, cells of any dimension."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch.contract import CellSample
from macropatch_models.autoencoder import Autoencoder
from macropatch_models.correlations import Correlations, displacements, pair_correlations
from macropatch_models.moments import Moments
from macropatch_models.no_closure import NoClosure
from macropatch_models.settings import AutoencoderSettings, CorrelationSettings, MomentSettings


def striped(count, seed, shape=(1, 8, 8)):
    """Noise with stripes of a random strength along the last axis; returns cells and strengths."""
    rng = np.random.default_rng(seed)
    strength = rng.uniform(0.0, 1.0, count)
    pattern = np.where(np.arange(shape[-1]) % 2, 1.0, -1.0)
    keep = rng.random((count, *shape)) < strength.reshape(-1, *[1] * len(shape))
    noise = rng.choice([-1.0, 1.0], (count, *shape))
    return np.where(keep, pattern, noise).astype(np.float32), strength


@pytest.mark.parametrize("shape", [(1, 12), (2, 6, 4), (1, 4, 4, 4)])
def test_pair_correlations_are_those_of_a_plain_double_loop(shape):
    rng = np.random.default_rng(1)
    cells = rng.standard_normal((3, *shape)).astype(np.float32)
    found = pair_correlations(cells, 2)
    steps = displacements(shape[1:], 2)
    opposite = {tuple(-s for s in step) for step in steps}
    assert len(set(steps) | opposite) == 2 * len(steps)
    assert found.shape == (3, shape[0] * len(steps))
    for cell in range(3):
        for channel in range(shape[0]):
            field = cells[cell, channel].astype(np.float64)
            expected = []
            for step in steps:
                products = [
                    field[site] * field[tuple(np.add(site, step))]
                    for site in np.ndindex(*field.shape)
                    if all(0 <= s + d < e for s, d, e in zip(site, step, field.shape, strict=True))
                ]
                expected.append(np.mean(products))
            mine = found[cell, channel * len(steps) : (channel + 1) * len(steps)]
            assert mine == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    "encoder",
    [
        Correlations(CorrelationSettings(dimension=2, reach=2)),
        Autoencoder(AutoencoderSettings(dimension=2, epochs=8)),
    ],
    ids=["correlations", "autoencoder"],
)
def test_a_hidden_strength_is_found(encoder):
    """The strength of the stripes is a smooth function of the closures; a shuffled one is not."""
    cells, strength = striped(4000, 2)
    figures = encoder.fit(CellSample(cells, True, 3))
    assert all(np.isfinite(value) for value in figures.values())
    z = encoder.encode(cells)
    design = np.column_stack([np.ones(len(z)), z, z**2, z[:, :1] * z[:, 1:]])

    def explained(values):
        rest = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
        return 1 - rest.var() / values.var()

    assert explained(strength) > 0.7
    assert explained(np.random.default_rng(4).permutation(strength)) < 0.05


def test_two_level_cells_have_even_correlations_only():
    """Their mean would repeat the observable of the field, to rounding, as a component."""
    cells, _ = striped(300, 8)
    encoder = Correlations(CorrelationSettings())
    encoder.fit(CellSample(cells, True, 0))
    assert np.array_equal(encoder.encode(-cells), encoder.encode(cells))


@pytest.mark.parametrize("shape", [(1, 10), (1, 8, 8), (2, 5, 5), (1, 4, 4, 4)])
@pytest.mark.parametrize("two_level", [True, False])
def test_autoencoder_weights_there_and_back(shape, two_level):
    cells, _ = striped(300, 5, shape)
    settings = AutoencoderSettings(dimension=3, epochs=1)
    first, twin = Autoencoder(settings), Autoencoder(settings)
    assert first.fit(CellSample(cells, two_level, 6)) == twin.fit(CellSample(cells, two_level, 6))
    encoded = first.encode(cells)
    assert encoded.shape == (300, 3)
    assert np.array_equal(encoded, twin.encode(cells))
    other = Autoencoder(settings)
    other.restore(first.parameters())
    assert np.array_equal(other.encode(cells), encoded)
    with pytest.raises(ValueError, match="shapes"):
        Autoencoder(AutoencoderSettings(dimension=2)).restore(first.parameters())


def test_weights_that_do_not_fit_are_refused():
    cells, _ = striped(200, 7)
    with pytest.raises(ValueError, match="neither fitted nor restored"):
        Autoencoder(AutoencoderSettings()).encode(cells)
    with pytest.raises(ValueError, match="no shape"):
        Autoencoder(AutoencoderSettings()).restore({})
    with pytest.raises(ValueError, match="expected mean and projection"):
        Correlations(CorrelationSettings()).restore({"mean": np.zeros(3)})
    with pytest.raises(ValueError, match="projection of shape"):
        Correlations(CorrelationSettings()).restore(
            {"mean": np.zeros(3), "projection": np.zeros((2, 2))}
        )
    with pytest.raises(ValueError, match="have only"):
        Correlations(CorrelationSettings(dimension=60, reach=1)).fit(CellSample(cells, True, 0))
    with pytest.raises(ValueError, match="no parameters"):
        NoClosure().restore({"weights": np.zeros(1)})


@pytest.mark.parametrize("shape", [(3, 7), (3, 4, 5), (3, 2, 3, 4)])
def test_moments_are_means_of_products(shape):
    cells = np.random.default_rng(8).standard_normal((20, *shape)).astype(np.float32)
    closure = Moments(MomentSettings(products=[[2], [0, 0], [2, 0, 1]]))
    assert closure.dimension == 3 and closure.fit(CellSample(cells, False, 0)) == {}
    found = closure.encode(cells)
    a, b, c = cells.reshape(20, 3, -1).astype(np.float64).swapaxes(0, 1)
    expected = np.stack([c.mean(axis=1), (a * a).mean(axis=1), (a * b * c).mean(axis=1)], axis=1)
    assert found == pytest.approx(expected, rel=1e-12)
    closure.restore(closure.parameters())
    with pytest.raises(ValueError, match="no parameters"):
        closure.restore({"weights": np.zeros(1)})


def test_moments_of_channels_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="names channel 1, but cells have 1"):
        Moments(MomentSettings(products=[[0, 1]])).fit(CellSample(np.ones((4, 1, 3)), False, 0))
    for products in ([], [[]], [[-1]], [[0, 1], [1, 0]]):
        with pytest.raises(ValueError, match="products"):
            MomentSettings(products=products)
