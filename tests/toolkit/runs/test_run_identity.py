"""Digests and generators: functions of settings, code and task, and of nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from macropatch.contract import PluginSettings
from macropatch.runs.identity import (
    digest,
    plain,
    plugin_fingerprint,
    source_digest,
    task_generator,
    toolkit_fingerprint,
)
from systems import ising_ring

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(value=JSON, other=JSON)
def test_equal_values_have_equal_digests_and_only_they(value, other):
    reordered = dict(reversed(value.items())) if isinstance(value, dict) else value
    assert digest(value) == digest(reordered)
    if digest(value) == digest(other):
        assert plain(value) == plain(other)


def test_models_tuples_and_numpy_numbers_are_plain_values():
    class Settings(PluginSettings):
        size: tuple[int, ...] = (8, 8)

    given_one = {"a": Settings(), "b": (np.float64(0.5), np.int64(3))}
    assert plain(given_one) == {"a": {"size": [8, 8]}, "b": [0.5, 3]}
    with pytest.raises(ValueError, match="JSON"):
        digest(float("nan"))


def test_each_part_of_the_key_makes_another_generator():
    keys = [(1, "fit", "ab", 0), (2, "fit", "ab", 0), (1, "truth", "ab", 0), (1, "fit", "ac", 0),
            (1, "fit", "ab", 1), (12, "fit", "b", 0), (1, "fita", "b", 0)]  # fmt: skip
    draws = [task_generator(*key).integers(2**63) for key in keys]
    assert len(set(draws)) == len(keys)
    assert draws[0] == task_generator(*keys[0]).integers(2**63)


def test_a_plugin_is_known_by_its_source(tmp_path, monkeypatch):
    for number, line in enumerate(("x = 1\n", "x = 2\n")):
        package = tmp_path / f"version{number}" / "strange_plugin"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(line)
        (package / "table.json").write_text("{}")
        (package / "named.toml").write_text(f"n = {number}")
    found = []
    for number in range(2):
        with monkeypatch.context() as patch:
            patch.syspath_prepend(tmp_path / f"version{number}")
            source_digest.cache_clear()
            found.append(source_digest("strange_plugin"))
    assert found[0] != found[1]
    (tmp_path / "version1" / "strange_plugin" / "table.json").write_text("{1}")
    (tmp_path / "version1" / "strange_plugin" / "named.toml").write_text("n = 7")
    with monkeypatch.context() as patch:
        patch.syspath_prepend(tmp_path / "version1")
        source_digest.cache_clear()
        assert source_digest("strange_plugin") != found[1]
    (tmp_path / "version1" / "strange_plugin" / "table.json").write_text("{}")
    with monkeypatch.context() as patch:
        patch.syspath_prepend(tmp_path / "version1")
        source_digest.cache_clear()
        assert source_digest("strange_plugin") == found[1]
    source_digest.cache_clear()


def test_fingerprints_name_version_and_source():
    tiny = plugin_fingerprint(ising_ring.RECORD, "1.2")
    assert (tiny["name"], tiny["version"]) == ("ising-ring", "1.2")
    assert tiny["source"] == source_digest("systems") != source_digest("macropatch_ising")
    assert source_digest("no_such_package") == source_digest("no_other_package")


def test_the_toolkit_is_known_by_the_files_that_a_stage_runs():
    whole, part = toolkit_fingerprint(("stages",)), toolkit_fingerprint(("stages/evolve.py",))
    assert whole["version"] == part["version"] and whole["source"] != part["source"]
