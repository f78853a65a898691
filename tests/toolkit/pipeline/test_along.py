"""``[upsample] along``: many snapshots of each relaxed trajectory."""

from __future__ import annotations

import numpy as np
import pytest

import macropatch
from macropatch.errors import SettingsError
from macropatch.experiment import study_of
from macropatch.runs.arrays import read_rows
from systems.studies import RING, document


def test_snapshots_of_a_trajectory_resemble_one_another(carry_out, host, tmp_path):
    """Neighbours along it have correlated z, at their own conditions; others have not."""
    upsample = {"random_share": 0.0, "along": 4, "along_every": 0.3, "relax": 0.5}
    carry_out(document(RING, upsample=upsample), tmp_path / "run")
    stage = macropatch.load(tmp_path / "run", host).branches[0].stages()["upsample"]
    z, c = (read_rows(stage.store(tmp_path / "run"), name) for name in ("z", "c"))
    assert len(z) == 600
    near, far = [], []
    for task in range(stage.tasks):
        rows = stage.rows_of(task)
        chains = -(-(rows.stop - rows.start) // 4)
        own, at = z[rows, 0], c[rows, 0]
        assert np.array_equal(at[:chains], at[chains : 2 * chains])
        near.append(np.corrcoef(own[:chains], own[chains : 2 * chains])[0, 1])
        far.append(np.corrcoef(own[: chains - 1], own[chains + 1 : 2 * chains])[0, 1])
    assert np.mean(near) > 0.6 > 0.4 > abs(np.mean(far))


def test_how_far_apart_they_are_must_be_said(host):
    with pytest.raises(SettingsError, match=r"along_every.*missing"):
        study_of(document(RING, upsample={"along": 4}), host)


def test_a_share_begins_at_the_starts_of_predictions(carry_out, host, tmp_path):
    """Of each start, at each condition; as young snapshots they are those starts themselves."""
    starts = [{"low": 1.0, "high": 1.0}, {"low": -1.0, "high": -1.0}]
    settings = document(
        RING, upsample={"random_share": 0.2, "given_share": 0.1}, predict={"starts": starts}
    )
    carry_out(settings, tmp_path / "run")
    stage = macropatch.load(tmp_path / "run", host).branches[0].stages()["upsample"]
    z, c = (read_rows(stage.store(tmp_path / "run"), name) for name in ("z", "c"))
    for m in (-1.0, 1.0):
        begun = z[:, 0] == m
        found = [int((c[begun, 0] == at).sum()) for at in (2.0, 3.0)]
        assert min(found) >= 15 and sum(found) <= 32  # a start of one's own may be such a one


def test_shares_of_starts_are_no_more_than_all(host):
    with pytest.raises(SettingsError, match="together more than 1"):
        study_of(document(RING, upsample={"random_share": 0.8, "given_share": 0.3}), host)


def test_few_starts_a_task_still_come_to_every_start_and_condition(carry_out, host, tmp_path):
    """Three a task of two starts and two conditions: numbered through, not task by task."""
    starts = [{"low": 1.0, "high": 1.0}, {"low": -1.0, "high": -1.0}]
    upsample = {"random_share": 0.97, "given_share": 0.03}
    carry_out(document(RING, upsample=upsample, predict={"starts": starts}), tmp_path / "run")
    stage = macropatch.load(tmp_path / "run", host).branches[0].stages()["upsample"]
    z, c = (read_rows(stage.store(tmp_path / "run"), name) for name in ("z", "c"))
    found = [((z[:, 0] == m) & (c[:, 0] == at)).sum() for m in (1.0, -1.0) for at in (2.0, 3.0)]
    assert min(found) >= 4 and sum(found) <= 22  # and perhaps a start at random
