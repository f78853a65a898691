"""Arrays of a run folder: what is written comes back, what is damaged is named."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from macropatch.errors import StorageError
from macropatch.runs.arrays import Column, create_group, read_rows, read_stored, write_rows
from macropatch.runs.files import sweep_partials


def columns(rows, part, entries):
    return {
        "z": Column((rows, 2), (part, 2), "float64", ("snapshot", "observable")),
        "spins": Column(
            (rows, entries), (part, entries), "int8", ("snapshot", "site"), levels=(-1, 1)
        ),
    }


def values(rows, entries, seed=0):
    rng = np.random.default_rng(seed)
    return {"z": rng.normal(size=(rows, 2)), "spins": rng.choice([-1, 1], (rows, entries))}


def write_all(path, table, data, part):
    create_group(path, table, {"stage": "test"})
    for first in range(0, len(data["z"]), part):
        some = {name: array[first : first + part] for name, array in data.items()}
        write_rows(path, table, dict.fromkeys(data, (first, 0)), some)


@settings(max_examples=15, deadline=None)
@given(rows=st.integers(1, 23), part=st.integers(1, 9), entries=st.integers(1, 20))
def test_parts_of_any_size_come_back(rows, part, entries):
    data, table = values(rows, entries), columns(rows, min(part, rows), entries)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "group.zarr"
        write_all(path, table, data, min(part, rows))
        for name, expected in data.items():
            assert np.array_equal(read_rows(path, name), expected)
        some = read_stored(path, "spins", slice(rows // 2, rows))
        assert some.raw.dtype == np.uint8 and some.raw.shape[1] == -(-entries // 8)
        assert np.array_equal(some.take(slice(None)), data["spins"][rows // 2 :])


@pytest.fixture
def group(tmp_path):
    path, data = tmp_path / "group.zarr", values(10, 12)
    write_all(path, columns(10, 5, 12), data, 5)
    return path, data


def chunks(path, name):
    return sorted(file for file in (path / name / "c").rglob("*") if file.is_file())


def test_zeros_are_written_too(tmp_path):
    path, table = tmp_path / "group.zarr", columns(4, 2, 8)
    data = {"z": np.zeros((4, 2)), "spins": -np.ones((4, 8), np.int8)}
    write_all(path, table, data, 2)
    assert len(chunks(path, "z")) == len(chunks(path, "spins")) == 2


def test_arrays_without_entries_have_no_chunks(tmp_path):
    table = {"c": Column((4, 0), (2, 0), "float64", ("snapshot", "condition"))}
    create_group(tmp_path / "g", table, {})
    assert write_rows(tmp_path / "g", table, {"c": (0, 0)}, {"c": np.zeros((2, 0))}) == []
    assert read_rows(tmp_path / "g", "c").shape == (4, 0)


def damage_bit(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("z", lambda file: file.write_bytes(file.read_bytes()[:-9])),
        ("z", lambda file: file.write_bytes(b"")),
        ("z", damage_bit),
        ("spins", damage_bit),
    ],
)
def test_a_damaged_chunk_is_named_with_the_remedy(group, name, harm):
    path, _ = group
    harm(chunks(path, name)[0])
    with pytest.raises(StorageError, match=r"damaged.*macropatch run") as caught:
        read_rows(path, name)
    assert str(path / name) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"zarr_format": 3}', b"\xff\xfe"])
def test_damaged_metadata_is_named_and_mended(group, content):
    path, data = group
    (path / "z" / "zarr.json").write_bytes(content)
    with pytest.raises(StorageError, match="missing or damaged"):
        read_rows(path, "z")
    create_group(path, columns(10, 5, 12), {"stage": "test"})
    assert np.array_equal(read_rows(path, "z"), data["z"])


def test_creating_a_group_again_touches_nothing(group):
    path, _ = group
    before = {file: file.stat().st_mtime_ns for file in path.rglob("*") if file.is_file()}
    create_group(path, columns(10, 5, 12), {"stage": "test"})
    after = {file: file.stat().st_mtime_ns for file in path.rglob("*") if file.is_file()}
    assert after == before
    assert not list(path.parent.glob(".new-*"))


def test_a_damaged_chunk_is_replaced_and_not_merged(group):
    path, data = group
    damage_bit(chunks(path, "z")[1])
    table = columns(10, 5, 12)
    write_rows(path, table, {"z": (5, 0)}, {"z": data["z"][5:]})
    assert np.array_equal(read_rows(path, "z"), data["z"])


def test_what_killed_writers_leave_is_swept(tmp_path):
    (tmp_path / "data" / ".new-abc" / "group").mkdir(parents=True)
    (tmp_path / "data" / ".new-abc" / "group" / "zarr.json").write_text("{}")
    (tmp_path / "data" / "c.0123.partial").write_text("half")
    (tmp_path / "data" / "whole").write_text("whole")
    sweep_partials(tmp_path)
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["whole"]
