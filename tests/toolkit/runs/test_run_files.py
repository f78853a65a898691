"""Files that are whole or not there; locks that end with their process; tables for others."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from macropatch.errors import StorageError
from macropatch.runs.files import read_json, write_bytes, write_json
from macropatch.runs.lock import locked
from macropatch.runs.manifest import Manifest, read_manifest, totals, versions
from macropatch.runs.memory import peak_bytes
from macropatch.runs.records import TaskRecord
from macropatch.runs.tables import write_dataset


@pytest.fixture
def full_disk(monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", fail)


def test_a_failed_write_leaves_the_old_file_and_says_what_to_do(tmp_path, full_disk):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(StorageError, match=r"file: cannot be written: No space.*--out"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_json_is_sorted_ends_with_a_line_and_holds_no_nan(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": [1.5]})
    assert (tmp_path / "a.json").read_text().startswith('{\n "a"')
    assert (tmp_path / "a.json").read_text().endswith("}\n")
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "b.json", float("nan"))
    assert not (tmp_path / "b.json").exists()


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff\xfe\x00", b"[" * 100_000])
def test_json_that_is_missing_or_damaged_is_named_with_the_remedy(tmp_path, content):
    path = tmp_path / "some.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StorageError, match=r"some\.json: (missing|damaged).*Do this"):
        read_json(path, "Do this.")


def test_a_folder_is_locked_once(tmp_path):
    with locked(tmp_path / "run"):
        message = f"in use by process {os.getpid()} on"
        with pytest.raises(StorageError, match=message) as caught, locked(tmp_path / "run"):
            pass
        assert str(tmp_path / "run") in str(caught.value) and "--out" in str(caught.value)
    with locked(tmp_path / "run"):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file/run"), locked(tmp_path / "file" / "run"):
        pass


def test_the_manifest_is_rewritten_at_every_change(tmp_path):
    manifest = Manifest(tmp_path, {"experiment": "x", "branches": []})
    manifest.describe(())
    assert read_manifest(tmp_path)["state"] == "running"
    manifest.stop("interrupted", "by the user")
    found = read_manifest(tmp_path)
    assert (found["state"], found["reason"]) == ("interrupted", "by the user")
    assert found["versions"] == versions() and {"python", "numpy", "torch"} <= set(versions())


@pytest.mark.parametrize(
    "content",
    [
        b"{", b"[]", b'{"format": 2, "stages": {}}', b'{"format": 1}',
        b'{"format": 1, "state": "finished", "stages": {"fit-1": 3}, "branches": []}',
        b'{"format": 1, "state": "finished", "stages": {}, "branches": [1]}',
        b'{"format": 1, "state": "finished", "stages": {}, "branches": {"labels": 1}}',
        b'{"format": 1, "state": ["finished"], "stages": {}, "branches": []}',
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_named_with_the_remedy(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(StorageError, match=r"manifest\.json.*macropatch run"):
        read_manifest(tmp_path)


def test_totals_add_seconds_and_take_the_largest_of_other_numbers():
    tasks = {
        0: TaskRecord({}, 1.5, {"peak_bytes": 10, "note": "x", "done": True}),
        1: TaskRecord({}, 2.0, {"peak_bytes": 30, "error": 0.1}),
    }
    assert totals(tasks) == {"seconds": 3.5, "peak_bytes": 30, "error": 0.1}


def test_peak_memory_is_that_of_a_python_with_numpy():
    assert 2e7 < peak_bytes() < 1e11


def test_tables_are_netcdf_or_csv_and_replace_whole_files(tmp_path):
    data = xr.Dataset({"m": (("run", "time"), np.arange(6.0).reshape(2, 3), {"units": "1"})})
    for name in ("a.nc", "deep/b.csv"):
        write_dataset(tmp_path / name, data)
        write_dataset(tmp_path / name, data)
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as found:
        xr.testing.assert_identical(found.load(), data)
    assert (tmp_path / "deep" / "b.csv").read_text().splitlines()[:2] == ["run,time,m", "0,0,0.0"]
    assert len(list(tmp_path.rglob("*.partial*"))) == 0
    (tmp_path / "c.nc").mkdir()
    with pytest.raises(StorageError, match=r"c\.nc: cannot be written"):
        write_dataset(tmp_path / "c.nc", data)
    assert Path(tmp_path / "c.nc").is_dir() and len(list(tmp_path.rglob("*.partial*"))) == 0
