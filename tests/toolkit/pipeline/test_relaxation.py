"""``relax = "auto"``: as long as seams need, the same for any number of workers, or an error."""

from __future__ import annotations

import pytest

from macropatch.api import Run
from macropatch.errors import TrainingError
from macropatch.experiment import study_of
from macropatch.pipeline.graph import build_graph
from macropatch.runs.arrays import read_rows
from macropatch.runs.manifest import read_manifest
from systems.studies import RING, document


def settings(workers=2, **changes):
    """The Ising ring, joined of short rings: many seams, which the walls must forget."""
    upsample = {"relax": "auto", "pilots": 8000, "snapshots": 600, **changes}
    return document(RING, upsample=upsample, run={"workers": workers})


def search_of(root, host, study):
    stage = Run(root, host, study).branches[0].fit.pairs.snapshots.relaxation
    group = stage.store(root)
    return stage.lengths(root), read_rows(group, "tried"), read_rows(group, "difference")


def test_seams_are_healed_and_the_search_is_stored(carry_out, host, tmp_path):
    found = []
    for workers in (1, 2):
        root = tmp_path / f"run-{workers}"
        found.append(search_of(root, host, carry_out(settings(workers), root)))
    (lengths, tried, difference), (again, *_) = found
    assert lengths == again and len(lengths) == 2, "12 sites grow to 24, then to 48"
    for level, length in enumerate(lengths):
        steps = int((tried[level] > 0).sum())
        course = difference[level]
        assert course[steps - 1] < 1.3 <= course[: steps - 1].min(initial=1.3)
        assert length == (tried[level, steps - 2] if steps > 1 else 0.2), "at least one pair's dt"


def test_a_search_that_does_not_end_says_so(carry_out, tmp_path):
    with pytest.raises(TrainingError, match=r"relaxation does not settle.*\[upsample\] relax"):
        carry_out(settings(relax_at_most=1e-6), tmp_path / "run")
    assert read_manifest(tmp_path / "run")["state"] == "failed"


def test_nothing_is_healed_where_nothing_is_tiled(host):
    whole = document(RING, upsample={"relax": "auto"}, small={"size": 48})
    snapshots = build_graph(study_of(whole, host), host).branches[0].fit.pairs.snapshots
    assert snapshots.relaxation is None and snapshots.relax == 0.0
