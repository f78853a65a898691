"""Observables tied by relations: the SDE lives in independent ones, the rest is reconstructed."""

from __future__ import annotations

import numpy as np
import pytest

import macropatch
from macropatch.report.figures.appearance import NothingToDrawError
from macropatch.report.figures.drift_and_diffusion import draw_drift_and_diffusion
from macropatch.runs.arrays import read_rows
from systems.studies import WALKER, document


@pytest.fixture(scope="module")
def walked(carry_out, host, tmp_path_factory):
    """Vacancies on a ring: five kinds of bonds, two relations."""
    root = tmp_path_factory.mktemp("walked") / "run"
    carry_out(document(WALKER), root)
    return macropatch.load(root, host)


def test_predictions_keep_the_relations_of_all_observables(walked):
    stages = walked.branches[0].stages()
    system = stages["predict"].fit.pairs.snapshots.source.make()
    predicted = read_rows(stages["predict"].store(walked.root), "predicted")
    truth = read_rows(stages["truth"].store(walked.root), "z")
    assert predicted.shape == truth.shape
    assert stages["predict"].fit.pairs.dimension == 3
    for constraint in system.constraints:
        for z in (predicted, truth):
            np.testing.assert_allclose(z @ constraint.coefficients, constraint.value, atol=1e-9)
    assert (predicted.std(axis=(0, 1, 2)) > 0).all()


def test_predictions_elsewhere_and_metrics_name_every_observable(walked):
    names = {"AA", "AB", "BB", "AV", "BV"}
    found = walked.predict(duration=3.0, runs=4)
    assert names <= set(found.data_vars)
    relation = 2 * found["AA"] + found["AB"] + found["AV"]
    np.testing.assert_allclose(relation, relation.values.flat[0], atol=1e-9)
    assert {m["observable"] for m in walked.metrics if m["name"] == "test_error"} == names


def test_drift_is_shown_of_what_is_fitted(walked):
    results = walked.results()
    assert draw_drift_and_diffusion(results) is not None
    with pytest.raises(NothingToDrawError, match="AA is reconstructed"):
        draw_drift_and_diffusion(results, observable="AA")
