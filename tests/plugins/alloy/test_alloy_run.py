"""The whole method on a small alloy: vacancies in two patches, two temperatures.

Seeds depend on digests of the code, so every change of it draws anew: hence the wide margins.
"""

from __future__ import annotations

import numpy as np
import pytest

import macropatch
from macropatch.experiment import study_of
from macropatch.host import build_host
from macropatch.pipeline.execute import execute
from macropatch.runs.arrays import read_rows
from systems.folders import results_of, written_at
from systems.studies import document

NBMOTA = {
    "experiment": {"name": "alloy", "seed": 7},
    "system": {"name": "alloy", "sites_per_vacancy": 432, "jumps": 125.0},
    "conditions": {"temperature": [2000.0, 3000.0]},
    "small": {"runs": 10, "records": 10, "record_every": 0.5},
    "large": {"size": [12, 6, 6]},
    "upsample": {"snapshots": 300, "relax": 0.05, "random_share": 0.3, "random_time": 2.0},
    "evolve": {"patch_size": [6, 6, 6], "dt": 0.1, "halo": 5},
    "sde": {"name": "linear", "lambda": "K", "ensemble": 2},
    "predict": {
        "starts": [{}], "duration": 4.0, "record_every": 0.5, "runs": 6, "member_runs": 4,
        "stationary": {
            "runs": 10, "member_runs": 4, "records": 5, "record_every": 1.0, "burn_in": 5.0
        },
    },
    "evaluate": {
        "truth_runs": 6, "group": 3,
        "equilibrium": {"runs": 4, "records": 5, "sweeps": 1, "burn_in": 10},
    },
    "report": {"figures": ["trajectories"]},
    "run": {"task_size": 200, "workers": 1},
}  # fmt: skip
NAMES = ["NbNb", "NbMo", "NbTa", "MoMo", "MoTa", "TaTa"]


@pytest.fixture(scope="module")
def host():
    return build_host()


@pytest.fixture(scope="module")
def carried_out(host, tmp_path_factory):
    root = tmp_path_factory.mktemp("alloy") / "run"
    execute(study_of(document(NBMOTA), host), host, root, show=False)
    return macropatch.load(root, host)


def excess_of(z):
    """``Σ_j n_ij − Z`` over atoms: what the vacancies beside each species take."""
    nb_nb, nb_mo, nb_ta, mo_mo, mo_ta, ta_ta = np.moveaxis(z, -1, 0)
    share = 144 / 143  # of niobium to tantalum: n_ji = n_ij N_i / N_j
    return np.stack([
        nb_nb + nb_mo + nb_ta,
        nb_mo + mo_mo + mo_ta,
        share * nb_ta + share * mo_ta + ta_ta,
    ])  # fmt: skip


def test_predictions_have_all_observables_and_their_relations(carried_out):
    """Each atom has eight neighbours: what lacks is the vacancies', at most 16 of 286 atoms."""
    stages = carried_out.branches[0].stages()
    predicted = read_rows(stages["predict"].store(carried_out.root), "predicted")
    truth = read_rows(stages["truth"].store(carried_out.root), "z")
    assert stages["predict"].fit.pairs.dimension == 3 and predicted.shape == truth.shape
    assert (excess_of(truth) < 1e-12).all() and (excess_of(truth) > -16.5 / 286).all()
    assert (np.abs(excess_of(predicted)) < 0.1).all()
    assert (predicted.std(axis=(0, 1, 2)) > 0.01).all()


def test_tables_of_stationary_laws_are_at_each_temperature(carried_out):
    evaluation = carried_out.evaluation()
    for found in (evaluation.stationary, evaluation.equilibrium):
        assert found["temperature"].values.tolist() == [2000.0, 3000.0]
        assert found["observable"].values.tolist() == NAMES
        assert np.isfinite(found.values).all()
    cold = evaluation.equilibrium[0].sel(observable="MoTa")
    assert cold.mean() > 0.1  # molybdenum and tantalum attract: it is 0.4 ± 0.05
    assert (np.diff(evaluation.truth["physical_time"].values) < 0).all()  # shorter when hotter


def test_a_finished_run_is_not_made_again_and_a_damaged_one_resumes(carried_out, host):
    root, study = carried_out.root, study_of(document(NBMOTA), host)
    results, written = results_of(root), written_at(root)
    execute(study, host, root, show=False)
    assert written_at(root) == written
    for stage in ("simulate", "evolve", "fit"):
        tasks = sorted((root / "tasks").glob(f"{stage}-*/*.json"))
        assert tasks
        tasks[-1].unlink()
    execute(study, host, root, show=False)
    assert results_of(root) == results
