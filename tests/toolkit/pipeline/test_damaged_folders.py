"""Damage to any file of a finished run: running again mends it, and does nothing else again."""

from __future__ import annotations

import errno
import os
import pickle
import shutil

import numpy as np
import pytest
from safetensors.numpy import load, save

from macropatch.errors import StorageError
from macropatch.runs.manifest import read_manifest
from systems.folders import records_of, results_of, stages_in, written_at
from systems.studies import RING, document


def first(root, pattern):
    return sorted(path for path in root.glob(pattern) if path.is_file())[0]


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 16
    path.write_bytes(content)


def remove(path):
    path.unlink()


def fill(content):
    return lambda path: path.write_bytes(content)


def widen(path):
    path.write_bytes(
        save({name: np.repeat(array, 2, 0) for name, array in load(path.read_bytes()).items()})
    )


CHUNKS = ("data/simulate-*/z/c/*/*", "data/upsample-*/state_sites/c/*/*",
          "data/evolve-*/change/c/**/*", "data/calibrate-*/factor/c/**/*",
          "data/predict-*/predicted/c/**/*", "data/truth-*/z/c/**/*")  # fmt: skip

DAMAGES = [
    *[(pattern, harm) for pattern in CHUNKS for harm in (truncate, flip, remove)],
    ("data/evaluate-*.json", truncate),
    ("data/upsample-*/zarr.json", fill(b"{")),
    ("data/evolve-*/change/zarr.json", truncate),
    ("data/truth-*/z/zarr.json", remove),
    ("models/fit-*.safetensors", fill(np.random.default_rng(0).bytes(300))),
    ("models/fit-*.safetensors", fill(pickle.dumps([1.0]))),
    ("models/fit-*.safetensors", widen),
    ("models/fit-*.json", flip),
    ("models/encode-*.safetensors", widen),
    ("tasks/evolve-*/*.json", fill(b"garbage")),
    ("tasks/fit-*/*.json", fill(b'{"files": {"../../../etc/passwd": [1, 2]}, "seconds": 1, '
                                b'"facts": {}}')),
    ("tasks/simulate-*/*.json", truncate),
    ("manifest.json", truncate),
    ("manifest.json", fill(b'{"format": 99}')),
    ("experiment.toml", fill(b"[[[")),
    ("metrics.json", fill(b"")),
    ("report.html", remove),
]  # fmt: skip


@pytest.fixture(scope="module")
def damaged_run(tmp_path_factory, finished_ring):
    """One copy for all: each test finds it whole and leaves it whole."""
    return shutil.copytree(finished_ring, tmp_path_factory.mktemp("damaged") / "run")


@pytest.mark.parametrize(
    ("pattern", "harm"), DAMAGES, ids=[f"{i}-{pattern}" for i, (pattern, _) in enumerate(DAMAGES)]
)
def test_running_again_mends_it(carry_out, finished_ring, damaged_run, pattern, harm):
    before = written_at(damaged_run)
    victim = first(damaged_run, pattern)
    content = victim.read_bytes()
    harm(victim)
    assert not victim.is_file() or victim.read_bytes() != content
    carry_out(document(RING), damaged_run)
    assert results_of(damaged_run) == results_of(finished_ring)
    assert read_manifest(damaged_run)["state"] == "finished"
    after = written_at(damaged_run)
    assert after.keys() == before.keys()
    touched = {name for name, time in after.items() if time != before[name]}
    stage = victim.relative_to(damaged_run).parts[1].partition(".")[0] if "/" in pattern else "none"
    assert all(stage in name for name in touched), "only the damaged stage was done again"
    assert len({name for name in touched if name.startswith("tasks/")}) <= 1, "and of it one task"


@pytest.mark.parametrize("after", [5, 40, 120])
def test_a_full_disk_is_said_and_then_continued(
    carry_out, finished_ring, tmp_path, monkeypatch, after
):
    rename, left = os.replace, [after]

    def replace(source, target, **options):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rename(source, target, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(StorageError, match=r"cannot be written: No space left.*--out"):
            carry_out(document(RING), tmp_path / "run")
    before = records_of(tmp_path / "run")
    carry_out(document(RING), tmp_path / "run")
    assert before.items() <= records_of(tmp_path / "run").items()
    assert results_of(tmp_path / "run") == results_of(finished_ring)


def test_missing_folders_are_made_again(carry_out, finished_ring, copy_of):
    root = copy_of(finished_ring)
    (evolve,) = stages_in(root, "evolve")
    shutil.rmtree(root / "data" / f"{evolve}.zarr")
    shutil.rmtree(root / "tasks" / stages_in(root, "fit")[0])
    carry_out(document(RING), root)
    assert results_of(root) == results_of(finished_ring)
    assert records_of(root).keys() == records_of(finished_ring).keys()
