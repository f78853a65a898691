"""What members and schemes share, what a change redoes and why, and what pruning deletes."""

from __future__ import annotations

import pytest

from macropatch.errors import StorageError
from macropatch.experiment import study_of
from macropatch.pipeline.graph import build_graph
from macropatch.pipeline.inventory import inventory, remove_unused
from macropatch.runs.lock import locked
from systems.folders import results_of, stages_in, written_at
from systems.studies import CHAIN, RING, document, swept


def graph(host, settings):
    return build_graph(study_of(settings, host), host)


def count(found, kind):
    return sum(stage.kind == kind for stage in found.stages)


def test_members_share_pools_and_snapshots_only_if_the_small_size_is_fixed(host):
    apart, together = (graph(host, swept(small=small)) for small in ({}, {"size": 64}))
    assert (count(apart, "simulate"), count(apart, "upsample")) == (2, 2)
    assert (count(together, "simulate"), count(together, "upsample")) == (1, 1)
    for found in (apart, together):
        assert count(found, "truth") == 2, "one for each set"
        assert count(found, "fit") == count(found, "evaluate") == 6


def test_cells_are_the_same_at_all_patch_sizes_of_a_sweep(host):
    """The smallest patch, edges at most 16; then members of one pool share one encoder."""
    settings = document(RING, large={"size": 96}, sweep=[{"evolve.patch_size": [48, 8, 16]}])
    del settings["evolve"]["cell"]
    apart = graph(host, settings)
    assert [one.fit.pairs.geometry.cell for one in apart.branches] == [(8,)] * 3
    shared = graph(host, document(settings, small={"size": 8}))
    assert (count(apart, "encode"), count(shared, "encode")) == (3, 1)
    larger = document(settings, sweep=[{"evolve.patch_size": [48, 32]}])
    assert graph(host, larger).branches[0].fit.pairs.geometry.cell == (16,)
    given = document(settings, sweep=[{"evolve.patch_size": [48, 8], "evolve.cell": [4]}])
    assert graph(host, given).branches[0].fit.pairs.geometry.cell == (4,)


def test_published_and_naive_share_their_pairs(host):
    found = graph(host, swept())
    assert count(found, "evolve") == 4, "partial and alone, at two sizes"
    pairs = {
        (branch.labels["patch_size"], branch.scheme): branch.stages()["evolve"].name
        for branch in found.branches
    }
    for patch in (64, 256):
        assert pairs[patch, "published"] == pairs[patch, "naive"] != pairs[patch, "partial"]


def test_calibration_is_done_where_it_says_something(host):
    """Not for one patch (K = 1), not for the baselines, not for a given number."""
    assert count(graph(host, swept()), "calibrate") == 1
    assert count(graph(host, swept(sde={"lambda": "K"})), "calibrate") == 0
    assert count(graph(host, swept(sde={"lambda": 3.0})), "calibrate") == 0


def test_the_headline_scheme_of_all_members_comes_first(host):
    found = [(one.scheme, one.labels["patch_size"]) for one in graph(host, swept()).branches]
    assert found == [
        (scheme, patch) for scheme in ("partial", "published", "naive") for patch in (64, 256)
    ]


def test_a_sweep_over_other_keys_is_labelled_by_them(host):
    settings = document(sweep=[{"evolve.dt": [0.5, 0.6], "sde.lambda": ["K", 2.0]}])
    labels = [dict(branch.labels) for branch in graph(host, settings).branches]
    assert labels[:2] == [
        {"scheme": "partial", "patch_size": 64, "lambda": value, "evolve.dt": 0.5}
        for value in ("K", 2.0)
    ]


def kinds_to_do(host, root, settings):
    """Kind → the reasons why stages of it are to be done."""
    found = inventory(study_of(settings, host), host, root)
    reasons = {}
    for row in found.rows:
        if row.done < row.tasks:
            reasons.setdefault(row.name.partition("-")[0], set()).add(row.reason)
    return reasons


FOLLOWS = {"changed: an earlier stage"}

CHANGES = [
    ({"training": {"batch": 64}}, "fit", "training.batch", {"predict", "evaluate"}),
    ({"sde": {"width": 9}}, "fit", "model.settings.width", {"predict", "evaluate"}),
    ({"predict": {"runs": 7}}, "predict", "runs", {"evaluate"}),
    ({"evaluate": {"group": 2}}, "evaluate", "group", set()),
    ({"evolve": {"patches": 3}}, "evolve", "patches", {"calibrate", "fit", "predict", "evaluate"}),
]


@pytest.mark.parametrize(
    ("change", "kind", "key", "follow"), CHANGES, ids=[key for _, _, key, _ in CHANGES]
)
def test_a_change_redoes_what_depends_on_it_and_says_why(
    finished_sweep, host, change, kind, key, follow
):
    reasons = kinds_to_do(host, finished_sweep, swept(**change))
    assert reasons.pop(kind) == {f"changed: {key}"}
    assert set(reasons) == follow and all(reason == FOLLOWS for reason in reasons.values())


def test_nothing_is_to_be_done_after_a_change_that_changes_no_result(finished_sweep, host):
    for change in ({"run": {"workers": 1, "executor": "threads"}}, {"report": {"figures": []}}):
        assert kinds_to_do(host, finished_sweep, swept(**change)) == {}


def test_a_seed_a_new_member_and_an_empty_folder_are_reasons(finished_sweep, host, tmp_path):
    seeded = kinds_to_do(host, finished_sweep, swept(experiment={"seed": 9}))
    assert seeded["simulate"] == {"changed: seed"}
    wider = swept(sweep=[{"evolve.patch_size": [64, 256, 128]}])
    assert kinds_to_do(host, finished_sweep, wider)["fit"] == {"new"}
    assert set(kinds_to_do(host, tmp_path, swept())["fit"]) == {"new"}


def test_damaged_and_unfinished_stages_say_so(finished_chain, copy_of, host):
    root = copy_of(finished_chain)
    (fit,), (evolve,) = stages_in(root, "fit"), stages_in(root, "evolve")
    (root / "models" / f"{fit}.json").write_text("{")
    next((root / "tasks" / evolve).glob("*.json")).unlink()
    found = inventory(study_of(document(CHAIN), host), host, root)
    reasons = {row.name: row.reason for row in found.rows}
    assert reasons[fit] == "1 tasks have damaged or missing files"
    assert reasons[evolve] == "not finished" and set(reasons.values()) == {
        "", "not finished", reasons[fit],
    }  # fmt: skip


def test_training_anew_redoes_only_fits_and_what_follows(carry_out, finished_ring, copy_of):
    root = copy_of(finished_ring)
    before = written_at(root)
    carry_out(document(RING, sde={"ensemble": 3}), root)
    new = {name for name in written_at(root) if name not in before}
    assert {name.split("/")[1].partition("-")[0] for name in new} == {"fit", "predict", "evaluate"}
    kept = written_at(root)
    assert all(kept[name] == time for name, time in before.items())


def test_pruning_deletes_what_is_unused_and_nothing_else(carry_out, finished_ring, copy_of, host):
    root = copy_of(finished_ring)
    for folder in ("data", "models", "tasks"):
        (root / folder / "notes.txt").write_text("mine")
    (root / "data" / "my-results.zarr").mkdir()
    (root / "thesis.tex").write_text("mine")
    before = {path for path in root.rglob("*") if path.is_file()}
    changed = document(RING, sde={"ensemble": 3})
    carry_out(changed, root)
    found = inventory(study_of(changed, host), host, root)
    names = {path.name.partition("-")[0] for path in found.unused}
    assert names == {"fit", "predict", "evaluate"} and found.unused_bytes > 0
    remove_unused(root, found)
    carry_out(document(RING), root)
    remove_unused(root, inventory(study_of(document(RING), host), host, root))
    assert {path for path in root.rglob("*") if path.is_file()} == before
    assert (root / "data" / "my-results.zarr").is_dir()
    (root / "data" / "notes.txt").unlink()
    (root / "models" / "notes.txt").unlink()
    assert results_of(root) == results_of(finished_ring)


def test_a_folder_in_use_is_not_pruned(finished_chain, copy_of, host):
    root = copy_of(finished_chain)
    found = inventory(study_of(document(CHAIN, predict={"runs": 5}), host), host, root)
    assert found.unused
    with locked(root), pytest.raises(StorageError, match="in use by process"):
        remove_unused(root, found)
    assert all(path.exists() for path in found.unused)
