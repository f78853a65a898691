"""Damaged files of a run: reading them is refused, naming the file and the remedy."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from safetensors.numpy import load as load_weights
from safetensors.numpy import save

import macropatch
from macropatch.errors import SettingsError, StorageError
from systems.folders import stages_in


def model_file(root, ending):
    (name,) = stages_in(root, "fit")
    return root / "models" / f"{name}.{ending}"


def predict(root, host):
    return macropatch.load(root, host).predict(duration=1.0, runs=2)


def truncated(path):
    path.write_bytes(path.read_bytes()[:-20])


def noise(path):
    path.write_bytes(np.random.default_rng(0).bytes(500))


def pickled(path):
    path.write_bytes(pickle.dumps({"weights": [1.0]}))


def enormous(path):
    path.write_bytes((2**60).to_bytes(8, "little") + b"{}")


def other_shapes(path):
    weights = load_weights(path.read_bytes())
    path.write_bytes(save({name: np.repeat(array, 2, 0) for name, array in weights.items()}))


def other_names(path):
    path.write_bytes(save({"a": np.zeros(3)}))


def not_finite(path):
    weights = load_weights(path.read_bytes())
    path.write_bytes(save({name: array * np.nan for name, array in weights.items()}))


@pytest.mark.parametrize(
    "harm",
    [truncated, noise, pickled, enormous, other_shapes, other_names, not_finite,
     lambda path: path.write_bytes(b""), lambda path: path.unlink()],
)  # fmt: skip
def test_a_weights_file_that_is_none_is_named(finished_chain, copy_of, host, harm):
    root = copy_of(finished_chain)
    harm(model_file(root, "safetensors"))
    with pytest.raises(StorageError, match=r"macropatch run` with the same folder") as caught:
        predict(root, host)
    assert model_file(root, "safetensors").stem in str(caught.value)


def described(**changes):
    def harm(path):
        path.write_text(json.dumps({**json.loads(path.read_bytes()), **changes}))

    return harm


def shorter_mean(path):
    about = json.loads(path.read_bytes())
    about["normalisation"]["mean"] = [0.0]
    path.write_text(json.dumps(about))


@pytest.mark.parametrize(
    "harm",
    [
        truncated, noise, shorter_mean, described(dt=0.0), described(dt=-1.0), described(dt=None),
        described(dt=float("nan")), described(normalisation=3), described(normalisation={}),
        lambda path: path.write_text("[]"), lambda path: path.unlink(),
    ],
)  # fmt: skip
def test_a_description_that_does_not_fit_its_weights_is_named(finished_chain, copy_of, host, harm):
    root = copy_of(finished_chain)
    harm(model_file(root, "json"))
    with pytest.raises(StorageError, match=r"(?s)fit-\w+\.json: .*macropatch run"):
        predict(root, host)


def test_an_encoder_that_is_none_is_named(finished_ring, copy_of, host):
    root = copy_of(finished_ring)
    (name,) = stages_in(root, "encode")
    other_names(root / "models" / f"{name}.safetensors")
    with pytest.raises(StorageError, match=rf"{name}\.safetensors: one weight 'centre'"):
        predict(root, host)


@pytest.mark.parametrize("content", [b"", b"{", b"[1", b"{}", b"[3]", b"\xff"])
def test_damaged_metrics_are_named(finished_chain, copy_of, host, content):
    root = copy_of(finished_chain)
    (root / "metrics.json").write_bytes(content)
    with pytest.raises(StorageError, match=r"metrics\.json: .*macropatch"):
        _ = macropatch.load(root, host).metrics


def test_a_damaged_manifest_is_named(finished_chain, copy_of, host):
    root = copy_of(finished_chain)
    truncated(root / "manifest.json")
    with pytest.raises(StorageError, match=r"manifest\.json: damaged.*macropatch run"):
        macropatch.load(root, host)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"[experiment\n", "not valid TOML"), (b"\xff\xfe", "not valid TOML"),
     (b"x = 1\n", "unknown table"), (b"", r"\[system\] name: name a plugin")],
)  # fmt: skip
def test_damaged_settings_are_named(finished_chain, copy_of, host, content, message):
    root = copy_of(finished_chain)
    (root / "experiment.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=rf"experiment\.toml: .*{message}"):
        macropatch.load(root, host)


def test_damaged_trajectories_are_named(finished_chain, copy_of, host):
    root = copy_of(finished_chain)
    truth = stages_in(root, "truth")[0]
    truncated(next((root / "data" / f"{truth}.zarr" / "z" / "c").rglob("0/0/0/0")))
    run = macropatch.load(root, host)
    with pytest.raises(StorageError, match=rf"{truth}\.zarr/z: missing or damaged"):
        run.evaluation()
    with pytest.raises(StorageError, match=rf"{truth}\.zarr/z: missing or damaged"):
        run.write_report()


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"metrics": [{"x": 1}], "functions": {}}'])
def test_damaged_evaluations_are_named(finished_chain, copy_of, host, content):
    root = copy_of(finished_chain)
    (name,) = stages_in(root, "evaluate")
    (root / "data" / f"{name}.json").write_bytes(content)
    with pytest.raises(StorageError, match=rf"{name}\.json: .*macropatch run"):
        macropatch.load(root, host).write_report()
