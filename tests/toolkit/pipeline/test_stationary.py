"""``[predict.stationary]``: long ensembles of the SDE at each condition."""

from __future__ import annotations

import numpy as np
import pytest

import macropatch
from macropatch.errors import SettingsError
from macropatch.experiment import study_of
from macropatch.pipeline.preflight import check_study
from systems.studies import RING, document

ENSEMBLES = {"runs": 40, "member_runs": 10, "records": 30, "record_every": 1.0, "burn_in": 5.0}


@pytest.fixture(scope="module")
def run(carry_out, host, tmp_path_factory):
    root = tmp_path_factory.mktemp("stationary") / "run"
    settings = document(
        RING,
        predict={"stationary": ENSEMBLES, "conditions": {"temperature": [3.0]}},
        evaluate={"measures": ["mean", "stationary"]},
    )
    carry_out(settings, root)
    return macropatch.load(root, host)


def test_ensembles_are_at_all_conditions_and_predictions_at_the_chosen_ones(run):
    evaluation = run.evaluation()
    ours, members = evaluation.stationary, evaluation.stationary_members
    assert ours.dims == ("condition", "run", "record", "observable")
    assert ours.shape[:3] == (2, 40, 30) and members.shape[:4] == (2, 2, 10, 30)
    assert ours["temperature"].values.tolist() == [2.0, 3.0]
    assert evaluation.truth["temperature"].values.tolist() == [3.0]
    assert evaluation.predicted.sizes["start"] == 1


def test_the_same_sde_makes_both(run):
    """Late predictions and the ensemble at that condition: means within 4.5 standard errors."""
    evaluation = run.evaluation()
    late = evaluation.predicted[0, :, 4:].mean("time")
    whole = evaluation.stationary[1].mean("record")
    for name in evaluation.truth["observable"].values:
        one, other = (x.sel(observable=name).values for x in (late, whole))
        error = np.hypot(one.std() / np.sqrt(len(one)), other.std() / np.sqrt(len(other)))
        assert abs(one.mean() - other.mean()) < 4.5 * error


def test_records_are_told_apart_by_condition_and_source(run):
    found = [m for m in run.metrics if m["name"] == "stationary_mean"]
    assert {(m["temperature"], m["source"]) for m in found} == {(2.0, "sde"), (3.0, "sde")}
    assert all(m["uncertainty"] > 0 for m in found)


def test_measures_of_ensembles_say_what_they_need(carry_out, tmp_path):
    with pytest.raises(Exception, match=r"\[predict.stationary\]"):
        carry_out(document(RING, evaluate={"measures": ["stationary"]}), tmp_path / "run")


@pytest.mark.parametrize("values", [[2.5], [], [2.0, 9.0]])
def test_predictions_are_only_at_conditions_of_the_fit(host, values):
    study = study_of(document(RING, predict={"conditions": {"temperature": values}}), host)
    with pytest.raises(SettingsError, match=r"\[predict\] conditions.*choose from"):
        check_study(study, host)
