"""``[evaluate.equilibrium]``: samples of the stationary law by the system's own sampler."""

from __future__ import annotations

import numpy as np
import pytest

import macropatch
from macropatch.errors import SettingsError
from macropatch.experiment import study_of
from macropatch.pipeline.preflight import check_study
from macropatch.runs.arrays import read_rows
from systems.studies import RING, document

ISING = {
    "experiment": {"name": "equilibrium", "seed": 6},
    "system": {"name": "ising", "field": 0.2, "conditions": ["temperature"]},
    "conditions": {"temperature": [2.0, 4.0]},
    "small": {"runs": 20, "records": 5, "record_every": 2.0, "start": {"m": [-1.0, 1.0]}},
    "large": {"size": [4, 4]},
    "upsample": {"snapshots": 400, "random_start": {"m": [-1.0, 1.0]}},
    "evolve": {"patch_size": [2, 2], "dt": 0.5, "halo": 2},
    "sde": {"name": "linear", "ensemble": 2, "calibration_error": 0.5},
    "predict": {"starts": [{"m": 0.5}], "duration": 8.0, "runs": 6, "member_runs": 4},
    "evaluate": {
        "truth_runs": 6,
        "group": 3,
        "equilibrium": {"runs": 30, "records": 200, "sweeps": 2, "burn_in": 50},
    },
    "report": {"figures": ["cost"]},
    "run": {"task_size": 1000, "workers": 2},
}


def exact_mean(temperature, field):
    """Mean magnetisation and share of walls of all 4 × 4 periodic lattices."""
    bits = (np.arange(2**16)[:, None] >> np.arange(16)) & 1
    spins = (2 * bits - 1).reshape(-1, 4, 4)
    bonds = spins * (np.roll(spins, 1, axis=1) + np.roll(spins, 1, axis=2))
    energy = -bonds.sum(axis=(1, 2)) - field * spins.sum(axis=(1, 2))
    weight = np.exp(-(energy - energy.min()) / temperature)
    walls = 0.5 * (1.0 - bonds.mean(axis=(1, 2)) / 2.0)
    m = spins.mean(axis=(1, 2))
    return np.array([weight @ m, weight @ walls]) / weight.sum()


@pytest.fixture(scope="module")
def sampled(carry_out, host, tmp_path_factory):
    root = tmp_path_factory.mktemp("equilibrium") / "run"
    carry_out(document(ISING), root)
    return macropatch.load(root, host)


def test_samples_have_the_exact_law_at_each_condition(sampled):
    """Four standard errors of 30 independent runs, four figures: a false alarm of 3e-4."""
    samples = sampled.evaluation().equilibrium
    assert samples.dims == ("condition", "run", "record", "observable")
    assert samples["temperature"].values.tolist() == [2.0, 4.0]
    for at in samples:
        means = at.values.mean(axis=1)
        error = means.std(axis=0, ddof=1) / np.sqrt(len(means))
        exact = exact_mean(float(at["temperature"]), 0.2)
        assert (np.abs(means.mean(axis=0) - exact) < 4.5 * error).all()
        wrong = exact_mean(float(at["temperature"]), 0.0)[0]
        assert abs(means.mean(axis=0)[0] - wrong) > 10 * error[0]


def test_they_are_a_stage_of_their_own_whose_cost_is_told(sampled):
    stages = sampled.branches[0].stages()
    z = read_rows(stages["equilibrium"].store(sampled.root), "z")
    assert z.shape == (2, 30, 200, 2)
    costs = {m["of"] for m in sampled.metrics if m["name"] == "cost_seconds"}
    assert costs == {"ours", "direct", "sampler"}


def test_equilibrium_figures_are_told_apart_by_condition(sampled):
    means = [m for m in sampled.metrics if m["name"] == "mean" and m["observable"] == "m"]
    found = {(m["temperature"], m["source"]): m["value"] for m in means}
    assert set(found) == {(t, source) for t in (2.0, 4.0) for source in ("sde", "direct")}
    assert found[2.0, "direct"] > found[4.0, "direct"]
    starts = sampled.evaluation().truth
    assert starts["temperature"].values.tolist() == [2.0, 4.0]


def test_a_system_without_a_sampler_is_refused_before_work(host):
    study = study_of(document(RING, evaluate={"equilibrium": {"runs": 5}}), host)
    with pytest.raises(SettingsError, match=r"\[evaluate.equilibrium\].*'equilibrate'.*leave"):
        check_study(study, host)


def test_the_pool_may_have_more_conditions_than_the_fit(carry_out, host, tmp_path):
    """Snapshots, predictions and samples are at those of [conditions] alone."""
    more = document(ISING, small={"conditions": {"temperature": [2.0, 3.0, 4.0]}, "runs": 30})
    carry_out(more, tmp_path / "run")
    evaluation = macropatch.load(tmp_path / "run", host).evaluation()
    assert set(evaluation.pool["temperature"].values.tolist()) == {2.0, 3.0, 4.0}
    assert evaluation.pool.sizes["record"] == 30 * 5 and evaluation.sites == 16
    assert set(evaluation.truth["temperature"].values.tolist()) == {2.0, 4.0}
    stages = macropatch.load(tmp_path / "run", host).branches[0].stages()
    c = read_rows(stages["upsample"].store(tmp_path / "run"), "c")
    assert set(np.unique(c).tolist()) == {2.0, 4.0}


def test_a_pool_that_lacks_a_condition_of_the_fit_is_refused(host):
    for conditions, told in (
        ({"temperature": [2.0]}, r"temperature lacks \[4.0\]"),
        ({"pressure": [1.0]}, "'pressure' is no condition"),
    ):
        study = study_of(document(ISING, small={"conditions": conditions}), host)
        with pytest.raises(SettingsError, match=told):
            check_study(study, host)
