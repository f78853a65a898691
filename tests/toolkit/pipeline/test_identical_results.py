"""Identical results for any workers and executors, and stored or regenerated snapshots."""

from __future__ import annotations

import pytest

from systems.folders import results_of, stages_in
from systems.studies import CHAIN, RING, document, swept


@pytest.mark.parametrize("workers", [1, 4])
def test_any_number_of_workers_gives_the_same(carry_out, finished_sweep, tmp_path, workers):
    """The fixture has 2."""
    carry_out(swept(run={"workers": workers}), tmp_path / "run")
    assert results_of(tmp_path / "run") == results_of(finished_sweep)


def test_processes_give_the_same_as_threads(carry_out, finished_chain, tmp_path):
    """The chain is plain NumPy: with two workers it runs in processes, with one in a thread."""
    assert document(CHAIN)["run"]["workers"] == 1
    carry_out(document(CHAIN, run={"workers": 2}), tmp_path / "run")
    assert results_of(tmp_path / "run") == results_of(finished_chain)


def test_fits_and_kernels_in_processes_give_the_same(carry_out, finished_ring, tmp_path):
    carry_out(document(RING, run={"executor": "processes"}), tmp_path / "run")
    assert results_of(tmp_path / "run") == results_of(finished_ring)


@pytest.mark.parametrize("base", ["sweep", "ring"])
def test_snapshots_made_again_give_the_same_as_stored_ones(
    carry_out, finished_sweep, finished_ring, tmp_path, base
):
    """All but the snapshots themselves: calibration and encoder read them too."""
    settings, finished = {
        "sweep": (swept(run={"disk": 0}), finished_sweep),
        "ring": (document(RING, run={"disk": 0}), finished_ring),
    }[base]
    carry_out(settings, tmp_path / "run")
    kept_as = stages_in(tmp_path / "run", "upsample")
    assert kept_as and all(name.endswith("-seeds") for name in kept_as)
    again, stored = (
        {name: value for name, value in results_of(root).items() if "upsample" not in name}
        for root in (tmp_path / "run", finished)
    )
    assert again == stored
    assert not any("state" in name for name in results_of(tmp_path / "run") if "upsample" in name)


def test_another_seed_gives_other_results(carry_out, finished_chain, tmp_path):
    carry_out(document(CHAIN, experiment={"seed": 6}), tmp_path / "run")
    ours, theirs = results_of(tmp_path / "run"), results_of(finished_chain)
    assert not {name for name in ours if "/c/" in name} & set(theirs)
    assert ours["metrics.json"] != theirs["metrics.json"]


def test_the_size_of_tasks_is_a_setting_that_counts(carry_out, finished_chain, tmp_path):
    carry_out(document(CHAIN, run={"task_size": 30}), tmp_path / "run")
    ours, theirs = (set(results_of(root)) for root in (tmp_path / "run", finished_chain))
    assert ours & theirs == {"metrics.json"}
