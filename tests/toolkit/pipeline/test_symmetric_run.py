"""``[sde] symmetry = true`` from the settings to predictions and diagnosis: the Ising ring."""

from __future__ import annotations

import json

import numpy as np
import pytest

import macropatch
from macropatch.errors import PredictionError, StorageError
from macropatch.experiment import study_of
from macropatch.pipeline.functions import fitted_functions
from macropatch.pipeline.graph import build_graph
from macropatch.runs.arrays import read_rows
from systems.studies import RING, document

UP = {"low": 0.3, "high": 0.9}
"""Most spins point up, in the pool as in random starts."""

HALF = document(
    RING, small={"start": UP, "record_every": 0.02}, upsample={"random_start": UP, "relax": 0.0},
    predict={"starts": [{"low": -0.6, "high": -0.6}], "duration": 1.8, "record_every": 0.2},
)  # fmt: skip
SYMMETRIC = document(HALF, sde={"symmetry": True, "calibration_matrix": True})
PARITIES = np.array([-1.0, 1.0, 1.0, -1.0])
"""Of ``m``, ``walls``, and the second and third powers of a cell's mean."""


@pytest.fixture(scope="module")
def run(carry_out, host, tmp_path_factory):
    root = tmp_path_factory.mktemp("symmetric") / "run"
    carry_out(SYMMETRIC, root)
    return macropatch.load(root, host)


@pytest.fixture
def fit(run):
    return run.branches[0].fit


def test_every_variable_has_its_parity(run, fit):
    assert fit.about(run.root)["parities"] == PARITIES.tolist()
    encoder = fit.pairs.closure.encoder(run.root)
    cells = np.random.default_rng(0).choice([-1.0, 1.0], (50, 1, 6))
    assert np.array_equal(encoder.encode(-cells), PARITIES[2:] * encoder.encode(cells))


def test_the_fit_is_symmetric_in_the_users_units(run, fit):
    sde = fit.fitted(run.root)
    normal = sde.normalisation
    assert not normal.mean[PARITIES < 0].any() and normal.mean[PARITIES > 0].all()
    assert np.array_equal(normal.low[PARITIES < 0], -normal.high[PARITIES < 0])
    z = np.random.default_rng(1).uniform(normal.low, normal.high, (40, 4))
    c = np.full((40, 1), 2.5)
    (drift, covariance), (mapped, other) = (sde.coefficients(x, c) for x in (z, z * PARITIES))
    assert mapped == pytest.approx(PARITIES * drift, rel=1e-12, abs=1e-12)
    signs = np.outer(PARITIES, PARITIES)
    assert other == pytest.approx(signs * covariance, rel=1e-12, abs=1e-12)
    assert not sde.coefficients(z * (PARITIES > 0), c)[0][..., PARITIES < 0].any()


def test_the_measured_matrix_commutes_with_the_symmetry(run, fit):
    factor = read_rows(fit.calibration.store(run.root), "factor")
    p = np.diag(PARITIES)
    assert np.array_equal(p @ factor @ p, factor)
    assert factor[:, 0, 3].all() and factor[:, 1, 2].all()


def test_the_other_half_can_be_predicted(run, carry_out, host, tmp_path):
    """Predictions start from −0.6, where there are images of snapshots only. Without the symmetry
    that is refused."""
    prediction = run.branches[0].evaluation.prediction
    predicted = read_rows(prediction.store(run.root), "predicted")
    assert predicted[0, :, 0, 0] == pytest.approx(np.full(6, -0.6), abs=0.05)
    with pytest.raises(PredictionError, match=r"m = -0\.\d+, .*training data span -?0\.[0-4]"):
        carry_out(HALF, tmp_path / "run")


def test_functions_and_diagnosis_are_of_the_symmetric_fit(run, fit):
    functions = fitted_functions(fit, run.root, np.random.default_rng(0))
    drift = functions["drift"].sel(observable="m").values
    assert drift == pytest.approx(-drift[::-1], abs=1e-12)
    assert drift[len(drift) // 2] == pytest.approx(0.0, abs=1e-12)
    assert np.abs(drift).max() > 0.01
    found = run.diagnose(snapshots=100, progress=False)
    assert {"variance_ratio", "autocorrelation", "held_out_log_likelihood"} <= set(found.data)


def test_a_symmetry_redoes_what_it_changes_and_nothing_else(host):
    """Without closures and without a matrix even the calibration stays."""

    def kinds(base, **changes):
        stages = build_graph(study_of(document(base, **changes), host), host).stages
        return {stage.kind: stage.name for stage in stages}

    plain = document(HALF)
    plain["closure"] = {"name": "none"}
    before, after = kinds(plain), kinds(plain, sde={"symmetry": True})
    redone = {kind for kind in before if before[kind] != after[kind]}
    assert redone == {"fit", "predict", "evaluate"}
    matrix = {"calibration_matrix": True}
    before, after = kinds(plain, sde=matrix), kinds(plain, sde={"symmetry": True, **matrix})
    assert before["calibrate"] != after["calibrate"] and before["evolve"] == after["evolve"]
    before, after = kinds(HALF), kinds(HALF, sde={"symmetry": True})
    assert before["encode"] != after["encode"] and before["upsample"] == after["upsample"]


@pytest.mark.parametrize("parities", [[1.0], [0.0, 1.0, 1.0, 1.0], "even", {"m": -1.0}])
def test_parities_that_are_none_are_named(run, fit, host, copy_of, parities):
    root = copy_of(run.root)
    path = root / "models" / f"{fit.name}.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "parities": parities}))
    with pytest.raises(StorageError, match=rf"{fit.name}\.json: .*macropatch run"):
        macropatch.load(root, host).predict(duration=1.0, runs=2)
