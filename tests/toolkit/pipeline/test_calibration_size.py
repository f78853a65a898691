"""``[sde] calibration_size``: ``λ/K`` of a smaller system, used for a larger one."""

from __future__ import annotations

import numpy as np
import pytest

import macropatch
from macropatch.errors import SettingsError
from macropatch.experiment import study_of
from macropatch.pipeline.preflight import check_study
from macropatch.runs.arrays import read_rows
from systems.studies import RING, document


@pytest.fixture(scope="module")
def run(carry_out, host, tmp_path_factory):
    """Four patches of 12 sites, ratios measured of two; two of each snapshot are averaged."""
    root = tmp_path_factory.mktemp("calibrated") / "run"
    carry_out(document(RING, sde={"calibration_size": 24}), root)
    return macropatch.load(root, host)


def test_ratios_are_those_of_the_smaller_size_times_the_patches_more(run):
    fit = run.branches[0].fit
    stage = fit.calibration
    assert stage.pairs.patch_total == 2 and fit.pairs.patch_total == 4
    assert fit.sizes_apart == 2.0
    ratio = read_rows(stage.store(run.root), "ratio")
    c = np.array(list(stage.conditions))
    used = fit._factor(run.root, c, fit.pairs.dimension) ** 2
    for at, found in zip(used, ratio, strict=True):
        np.testing.assert_allclose(np.diagonal(at), 2.0 * found, rtol=1e-12)
    # all patches of the smaller system are averaged: its pairs are whole systems but for the halo
    assert (np.abs(ratio - 1.0) < 0.7).all()


def test_records_say_at_what_size(run):
    found = [m for m in run.metrics if m["name"] == "lambda_calibrated"]
    assert found and all(m["K"] == 2 for m in found)
    kinds = set(run.branches[0].stages())
    assert {"upsample", "upsample_of_calibration", "evolve_of_calibration"} <= kinds
    assert run.branches[0].stages()["upsample"].size == (48,)


@pytest.mark.parametrize(
    ("sde", "told"),
    [
        ({"calibration_size": 20}, r"calibration_size = \[20\]"),
        ({"calibration_size": 12}, "nothing to compare"),
    ],
)
def test_sizes_that_cannot_be_compared_are_refused(host, sde, told):
    study = study_of(document(RING, sde=sde), host)
    with pytest.raises(SettingsError, match=told):
        check_study(study, host)


def test_matrices_are_of_one_size(host):
    with pytest.raises(SettingsError, match=r"calibration_size.*by component alone"):
        study_of(document(RING, sde={"calibration_size": 24, "calibration_matrix": True}), host)
