"""Damage to what a task left: it is found, and that task alone is done again."""

from __future__ import annotations

import json

import pytest
from small_stages import carry_out, chain, values

from macropatch.runs.records import read_record, record_path


def damaged(root, stage, task, how):
    path = record_path(root, stage, task)
    record = json.loads(path.read_bytes())
    name, sums = next(iter(record["files"].items()))
    chunk = root / name
    if how == "missing":
        chunk.unlink()
    elif how == "truncated":
        chunk.write_bytes(chunk.read_bytes()[:-1])
    elif how == "flipped":
        chunk.write_bytes(bytes([chunk.read_bytes()[0] ^ 1]) + chunk.read_bytes()[1:])
    elif how == "linked":
        chunk.rename(root / "elsewhere")
        chunk.symlink_to(root / "elsewhere")
    elif how == "outside":
        (root.parent / "outside").write_bytes(chunk.read_bytes())
        path.write_text(json.dumps({**record, "files": {"../outside": sums}}))
    elif how == "absolute":
        path.write_text(json.dumps({**record, "files": {str(chunk): sums}}))
    else:
        path.write_bytes(how)


@pytest.mark.parametrize(
    "how",
    [
        "missing", "truncated", "flipped", "linked", "outside", "absolute", b"", b"[]",
        b"{}", b"\xff", b'{"files": 3}', b'{"files": {"a": 1}, "seconds": 0, "facts": {}}',
        b'{"files": {"a": [1, 2, 3]}, "seconds": 0, "facts": {}}',
        b'{"files": {}, "seconds": 0, "facts": {}}',
        b'{"files": {}, "seconds": "long", "facts": 3}',
    ],
)  # fmt: skip
def test_a_damaged_task_is_done_again_and_no_other(tmp_path, how):
    root = tmp_path / "run"
    stages = chain()
    carry_out(root, *stages)
    expected = values(root, stages)
    damaged(root, stages[1], 2, how)
    redone = []
    again = chain(hook=lambda task, place: redone.append(task))
    carry_out(root, *again)
    assert redone == [2] and values(root, again) == expected
    assert read_record(root, again[1], 2).whole(root)


@pytest.mark.parametrize("name", ["zarr.json", "x/zarr.json"])
def test_damaged_metadata_of_a_finished_stage_is_written_again(tmp_path, name):
    stages = chain()
    carry_out(tmp_path, *stages)
    file = stages[0].store(tmp_path) / name
    content = file.read_bytes()
    file.write_bytes(b"{")
    _, events = carry_out(tmp_path, *stages)
    assert file.read_bytes() == content and events == []
