"""Files of cluster expansions: what was saved comes back, anything else is refused by name."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from macropatch_alloy import ClusterExpansion, ClusterSpace, load_expansion, save_expansion
from macropatch_alloy.expansion import storage


@pytest.fixture
def expansion():
    space = ClusterSpace("bcc", 3.24, ("X", "Nb", "Mo"), {2: 4.6, 3: 3.3})
    coefficients = np.random.default_rng(0).normal(size=space.columns) / 3.0
    return ClusterExpansion(space, coefficients, {"method": "ridge", "seed": 4, "cv_rmse": 0.01})


@pytest.fixture
def saved(tmp_path, expansion):
    path = tmp_path / "alloy.json"
    save_expansion(path, expansion)
    return path


def edited(path, **changes):
    """The file with changes and the checksum that belongs to them."""
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    content.pop("checksum")
    content["checksum"] = storage._digest(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_what_was_saved_comes_back(saved, expansion):
    found = load_expansion(saved, structure="bcc", constant=3.24, components=("X", "Nb", "Mo"))
    np.testing.assert_array_equal(found.coefficients, expansion.coefficients)
    assert found.provenance == expansion.provenance
    assert found.space.cutoffs == expansion.space.cutoffs
    assert found.space.components == expansion.space.components
    assert list(saved.parent.iterdir()) == [saved]
    before = saved.read_bytes()
    save_expansion(saved, found)
    assert saved.read_bytes() == before


def test_an_expansion_of_something_else_is_refused(saved):
    for key, value in (("structure", "fcc"), ("constant", 3.3), ("components", ("Nb", "Mo"))):
        with pytest.raises(ValueError, match=rf"alloy\.json: {key}: the file's is"):
            load_expansion(saved, **{key: value})


def test_an_edited_file_is_refused(saved):
    text = saved.read_text(encoding="utf-8")
    saved.write_text(text.replace('"cv_rmse": 0.01', '"cv_rmse": 0.001'), encoding="utf-8")
    with pytest.raises(ValueError, match=r"alloy\.json: .*checksum: the content was changed"):
        load_expansion(saved)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"coefficients": [0.0, 1.0]}, r"coefficients of shape \(2,\): .* columns"),
        ({"coefficients": "many"}, r"coefficients: .*list"),
        ({"coefficients": [None]}, r"coefficients\.0"),
        ({"structure": "hcp"}, r"structure: "),
        ({"constant": -3.24}, r"constant: "),
        ({"constant": True}, r"constant: "),
        ({"components": ["X", "Nb", "Zz"]}, r"'Zz' is no chemical symbol"),
        ({"components": ["A" * 1000]}, r"components\.0: "),
        ({"cutoffs": {"2": 1e300}}, r"cutoffs: 1e\+300 Å .* too many"),
        ({"cutoffs": {"4": 40.0}}, r"cutoffs: 40\.0 Å .* too many"),
        ({"cutoffs": {"2": 1.0}}, r"cutoffs: no clusters of 2 within"),
        ({"cutoffs": {"7": 4.0}}, r"cutoffs\.7"),
        ({"cutoffs": {"2": 6.0, "3": 3.3}}, r"orbits: this version finds other clusters"),
        ({"orbits": "0" * 64}, r"orbits: this version finds other clusters"),
        ({"format": "pickle"}, r"format: "),
        ({"version": 2}, r"version: "),
        ({"code": "import os"}, r"code: Extra"),
        ({"provenance": []}, r"provenance: "),
    ],
)
def test_hostile_content_is_refused_by_key(saved, changes, said):
    edited(saved, **changes)
    with pytest.raises(ValueError, match=rf"alloy\.json: .*({said})"):
        load_expansion(saved)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04\x95",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"format": NaN}',
        b'{"format": 1, "format": 2}',
        b"9" * 10_000,
        b'"\xff"',
    ],
)
def test_what_is_no_expansion_is_refused(tmp_path, content):
    path = tmp_path / "alloy.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"alloy\.json: "):
        load_expansion(path)


def test_numbers_that_are_none_are_refused(saved):
    text = saved.read_text(encoding="utf-8")
    for number, said in ("1e999", r"coefficients\.0: .*finite"), ("NaN", "NaN is no number"):
        changed = text.replace('"coefficients": [', f'"coefficients": [{number},')
        saved.write_text(changed, encoding="utf-8")
        with pytest.raises(ValueError, match=rf"alloy\.json: .*{said}"):
            load_expansion(saved)


def test_missing_folders_and_large_files_are_refused(tmp_path, saved, monkeypatch):
    with pytest.raises(ValueError, match=r"none\.json: .*No such file"):
        load_expansion(tmp_path / "none.json")
    monkeypatch.setattr(storage, "LARGEST_FILE", 100)
    with pytest.raises(ValueError, match=r"alloy\.json: .*larger than"):
        load_expansion(saved)


@settings(max_examples=50)
@given(
    st.dictionaries(
        st.sampled_from(list(storage.ExpansionFile.model_fields)),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
            ),
            max_leaves=5,
        ),
        min_size=1,
    )
)
def test_any_other_values_are_refused(saved, changes):
    """Whatever is put in place of a key; only values that are equal may pass."""
    content = json.loads(saved.read_text(encoding="utf-8"))
    other = saved.with_name("other.json")
    other.write_text(json.dumps(content | changes), encoding="utf-8")
    if any(content[key] != value for key, value in changes.items()):
        with pytest.raises(ValueError, match=r"other\.json: "):
            load_expansion(other)
