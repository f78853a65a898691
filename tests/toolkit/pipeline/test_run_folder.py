"""What a finished run leaves: files, arrays with their dimensions, metrics with their labels."""

from __future__ import annotations

import json
import tomllib

import numpy as np
import pytest
import zarr

import macropatch
from macropatch.errors import StorageError
from macropatch.pipeline.results import OURS
from macropatch.runs.arrays import read_rows
from macropatch.runs.manifest import read_manifest
from systems.folders import results_of, stages_in, written_at
from systems.studies import document, swept

SCHEMES, PATCHES = ("partial", "published", "naive"), (64, 256)
LAMBDAS = {"partial": "calibrated", "published": "K", "naive": 1.0}


@pytest.fixture(scope="module")
def metrics(finished_sweep):
    return json.loads((finished_sweep / "metrics.json").read_bytes())


def named(metrics, name):
    return [record for record in metrics if record["name"] == name]


def test_the_folder_holds_what_it_should(finished_sweep):
    root = finished_sweep
    assert {path.name for path in root.iterdir()} == {
        "experiment.toml", "manifest.json", "metrics.json", "report.html", "data", "models",
        "figures", "tasks", ".lock",
    }  # fmt: skip
    assert tomllib.loads((root / "experiment.toml").read_text()) == swept()
    assert [path.name for path in (root / "figures").iterdir()] == ["cost.svg"]
    assert "<svg" in (root / "report.html").read_text(encoding="utf-8")
    kinds = {path.name.partition("-")[0] for path in (root / "data").iterdir()}
    assert kinds == {"simulate", "upsample", "evolve", "calibrate", "predict", "truth", "evaluate"}
    fits = stages_in(root, "fit")
    assert len(fits) == 6
    assert {path.name for path in (root / "models").iterdir()} == {
        f"{name}.{ending}" for name in fits for ending in ("json", "safetensors")
    }
    assert not list(root.rglob("*.partial")) and not list(root.rglob("checkpoint*"))


def test_the_manifest_tells_stages_versions_seeds_and_seconds(finished_sweep):
    manifest = read_manifest(finished_sweep)
    assert manifest["state"] == "finished" and manifest["seed"] == 3
    assert {"python", "macropatch", "numpy", "torch", "numba"} <= set(manifest["versions"])
    for name, stage in manifest["stages"].items():
        assert stage["state"] == "finished" and stage["seconds"] >= 0 and stage["tasks"] >= 1
        assert name.startswith(f"{stage['kind']}-{stage['digest'][:12]}")
        assert stage["seed_key"] == f"SHA-256(3, {stage['kind']}, digest, task)"
        assert all(parent in manifest["stages"] for parent in stage["inputs"])
    assert [branch["labels"]["scheme"] for branch in manifest["branches"]] == [
        scheme for scheme in SCHEMES for _ in PATCHES
    ]


def test_arrays_have_names_for_their_dimensions_and_sums_for_their_chunks(finished_sweep):
    for store in (finished_sweep / "data").glob("*.zarr"):
        for name, array in zarr.open_group(store, mode="r").arrays():
            assert array.metadata.dimension_names is not None, (store, name)
            assert [codec.to_dict()["name"] for codec in array.metadata.codecs][-1] == "crc32c"


def test_snapshots_are_bits_and_pairs_are_increments(finished_sweep, host):
    fit = macropatch.load(finished_sweep, host).branch(scheme="partial", patch_size=64).fit
    snapshots, pairs = fit.pairs.snapshots, fit.pairs
    spins = read_rows(snapshots.store(finished_sweep), "state_spins")
    assert spins.shape == (600, 256) and set(np.unique(spins)) == {-1, 1}
    z0, change = (pairs.read(finished_sweep, name) for name in ("z0", "change"))
    assert np.allclose(z0[:, 0], spins.mean(axis=1, dtype=float)) and change.shape == (600, 2, 1)
    # A patch of 64 of 256 spins changes m by multiples of 2/256, times K = 4.
    assert np.allclose(change / (4 * 2 / 256) % 1, 0) and change.std() > 0
    # Six tasks of 100 snapshots, each of one block of the pool's runs.
    assert np.bincount(pairs.read(finished_sweep, "block")).tolist() == [200, 100, 100, 100, 100]


@pytest.mark.parametrize("name", ["test_error", "mean", "standard_deviation", "sd_ratio"])
def test_measures_are_told_apart_by_scheme_patch_and_lambda(metrics, name):
    found = named(metrics, name)
    assert {(r["scheme"], r["patch_size"], r["lambda"]) for r in found} == {
        (scheme, patch, LAMBDAS[scheme]) for scheme in SCHEMES for patch in PATCHES
    }
    assert all(r["observable"] == "m" and r["value"] > 0 and r["uncertainty"] > 0 for r in found)
    if name == "test_error":
        assert {r["trajectories"] for r in found} == {3, 6}
        assert all(r["floor"] > 0 and r["floor_uncertainty"] > 0 for r in found)
    elif name == "sd_ratio":
        assert all(r["floor"] > 0 for r in found)
    else:
        assert {r["source"] for r in found} == {"sde", "direct"}
        assert all(("reference" in r) == (r["source"] == "sde") for r in found)


def test_other_metrics_have_the_labels_of_the_design(metrics):
    (ratio,) = named(metrics, "lambda_calibrated")
    assert (ratio["component"], ratio["patch_size"], ratio["K"]) == ("m", 64, 4)
    # Two of the four patches are averaged: about 2, with an error of 0.2 to 0.3 in the logarithm.
    assert 0.6 < ratio["value"] < 6.5 and 0 < ratio["uncertainty"] < ratio["value"]
    costs = named(metrics, "cost_seconds")
    assert [(r["of"], r.get("patch_size")) for r in costs] == [
        ("ours", 64), ("ours", 256), ("direct", None),
    ]  # fmt: skip
    kinds = {*OURS, "truth", "evaluate"} - {"encode", "import", "relax", "stationary"}
    assert {r["stage"] for r in named(metrics, "seconds")} == kinds
    assert {r["stage"] for r in named(metrics, "peak_bytes")} == kinds
    likelihoods = named(metrics, "held_out_log_likelihood")
    assert [r["space"] for r in likelihoods] == 6 * ["all", "observables"]
    assert all(r["uncertainty"] > 0 for r in likelihoods if r["space"] == "observables")
    assert all("uncertainty" in record for record in metrics)


def test_published_figures_are_cited_where_name_and_labels_agree(carry_out, tmp_path):
    cited = {"name": "mean", "value": 0.25, "labels": {"source": "sde", "patch_size": 64}}
    carry_out(document(evaluate={"published": [cited]}), tmp_path / "run")
    found = named(json.loads((tmp_path / "run" / "metrics.json").read_bytes()), "mean")
    assert [(r["source"], r.get("published")) for r in found] == [("sde", 0.25), ("direct", None)]


def test_conditions_and_closures_are_labelled(finished_ring, host):
    run = macropatch.load(finished_ring, host)
    ratios = named(run.metrics, "lambda_calibrated")
    assert [(r["condition"], r["component"]) for r in ratios] == [
        (f"temperature = {t}", component)
        for t in (2, 3)
        for component in ("m", "walls", "closure 1", "closure 2")
    ]
    evaluation = run.evaluation()
    assert evaluation.truth["start"].values.tolist() == [
        f"low = 0.3, high = 0.3, temperature = {t}" for t in (2, 3)
    ]
    assert evaluation.truth["observable"].values.tolist() == ["m", "walls"]


def test_evaluations_are_labelled_trajectories(finished_sweep, host):
    run = macropatch.load(finished_sweep, host)
    for scheme in SCHEMES:
        evaluation = run.evaluation(scheme=scheme, patch_size=256)
        assert evaluation.labels == {
            "scheme": scheme, "patch_size": 256, "lambda": LAMBDAS[scheme]
        }  # fmt: skip
        for one in (evaluation.predicted, evaluation.truth, evaluation.truth_again):
            assert one.dims == ("start", "run", "time", "observable") and one.shape == (2, 6, 10, 1)
            assert one["time"].attrs == {"units": "attempts per site"}
            assert one["start"].values.tolist() == ["m = 0.5", "m = -0.25"]
        assert not np.array_equal(evaluation.truth, evaluation.truth_again)
        assert np.allclose(evaluation.truth[0, :, 0], 0.5)
        assert (evaluation.members is None) == (scheme != "partial")
    members = run.evaluation(scheme="partial", patch_size=64).members
    assert members.dims[0] == "member" and members.shape == (2, 2, 4, 10, 1)


def test_running_again_does_nothing(carry_out, finished_sweep, copy_of):
    root = copy_of(finished_sweep)
    before, metrics = written_at(root), results_of(root)
    carry_out(swept(), root)
    assert written_at(root) == before and results_of(root) == metrics


def test_a_run_of_another_experiment_is_not_taken_over(carry_out, finished_chain, copy_of):
    root = copy_of(finished_chain)
    before = {path: path.read_bytes() for path in root.iterdir() if path.is_file()}
    with pytest.raises(StorageError, match=r"holds a run of experiment 'chain', not of 'tiny'"):
        carry_out(document(), root)
    assert {path: path.read_bytes() for path in root.iterdir() if path.is_file()} == before
