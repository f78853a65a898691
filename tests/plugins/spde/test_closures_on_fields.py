"""Closures of cells with two channels, as fields have them."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch.contract import CellSample, Geometry, Surroundings
from macropatch_models.autoencoder import Autoencoder
from macropatch_models.correlations import Correlations
from macropatch_models.moments import Moments
from macropatch_models.settings import AutoencoderSettings, CorrelationSettings, MomentSettings
from macropatch_spde.predator_prey import predator_prey
from macropatch_spde.settings import PredatorPreySettings, WaveStart

SYSTEM = predator_prey(PredatorPreySettings())


@pytest.fixture(scope="module")
def snapshots():
    none, rng = np.zeros((400, 0)), np.random.default_rng(0)
    states = SYSTEM.initial((80,), 400, none, WaveStart(), rng)
    return SYSTEM.evolve(states, none, 0.2, rng).states


def test_moments_of_cells_close_the_means(snapshots):
    """``d⟨u⟩ = ⟨u⟩ − ⟨u²⟩ − ⟨uv⟩`` and ``d⟨v⟩ = a⟨uv⟩ − ab⟨v⟩``, cells averaged."""
    closure = Moments(MomentSettings(products=[[0, 0], [0, 1]]))
    cells = SYSTEM.cells(snapshots, (40,))
    assert closure.fit(CellSample(cells.reshape(-1, 2, 40), False, 0)) == {}
    square, product = closure.encode(cells.reshape(-1, 2, 40)).reshape(400, 2, 2).mean(axis=1).T
    u, v = SYSTEM.observe(snapshots).T
    drift, _ = SYSTEM.drift_and_diffusion(snapshots, np.zeros((400, 0)))
    assert drift[:, 0] == pytest.approx(u - square - product, abs=1e-7)
    assert drift[:, 1] == pytest.approx(3.0 * product - 1.2 * v, abs=1e-7)


def test_moments_of_the_patch_change_with_the_patch(snapshots):
    closure = Moments(MomentSettings(products=[[0], [1, 0], [1, 1, 0]]))
    pairs = np.indices((400, 2)).reshape(2, -1).T
    found = SYSTEM.evolve_patches(
        snapshots, pairs, Geometry((40,), (20,)), np.zeros((400, 0)), np.full(800, 0.1),
        Surroundings("halo", 4), np.random.default_rng(1),
    )  # fmt: skip
    shape = (800, 2, 3)
    before, after = (
        closure.encode(cells.reshape(-1, 2, 20)).reshape(shape).mean(axis=1)
        for cells in (found.before, found.after)
    )
    assert 0.5 * (after - before)[:, 0] == pytest.approx(found.change[:, 0], abs=1e-7)
    assert np.abs(after - before)[:, 1:].max() > 1e-3


@pytest.mark.parametrize(
    ("closure", "seen"),
    [
        (Autoencoder(AutoencoderSettings(dimension=2, width=32, epochs=12)), np.std),
        (Correlations(CorrelationSettings(dimension=2, reach=2)), np.mean),
    ],
    ids=["autoencoder", "correlations"],
)
def test_other_closures_read_fields_and_find_what_varies(closure, seen, snapshots):
    """The height of the wave for a network, the mean of prey for correlations, which average."""
    cells = SYSTEM.cells(snapshots, (40,)).reshape(-1, 2, 40)
    figures = closure.fit(CellSample(cells, False, 1))
    assert all(np.isfinite(figure) for figure in figures.values())
    z = closure.encode(cells)
    assert z.shape == (800, 2) and np.isfinite(z).all()
    values = seen(cells[:, 0], axis=1)
    design = np.column_stack([np.ones(800), z, z**2])
    rest = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    assert 1.0 - rest.var() / values.var() > 0.5
