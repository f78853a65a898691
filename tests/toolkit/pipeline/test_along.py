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
