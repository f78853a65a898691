"""What `macropatch check` refuses of an alloy's settings, and what results depend on."""

from __future__ import annotations

import json

import pytest
from own_alloy import write_parameters

from macropatch.errors import SettingsError
from macropatch.experiment import study_of
from macropatch.host import build_host
from macropatch.pipeline.graph import build_graph
from macropatch.pipeline.preflight import check_study
from macropatch_alloy.settings import AlloySettings, AlloyStart
from systems.studies import document

NBMOTA = {
    "experiment": {"name": "alloy"},
    "system": {"name": "alloy", "sites_per_vacancy": 432, "jumps": 125.0},
    "conditions": {"temperature": [2000.0, 3000.0]},
    "large": {"size": [12, 6, 6]},
    "small": {"runs": 5, "records": 2, "record_every": 0.1},
    "evolve": {"patch_size": [6, 6, 6], "dt": 0.01, "halo": 12},
    "sde": {"name": "linear"},
    "predict": {"starts": [{}], "duration": 1.0},
}  # fmt: skip


@pytest.fixture(scope="module")
def host():
    return build_host()


def refused(host, told, **changes):
    with pytest.raises(SettingsError, match=told) as raised:
        check_study(study_of(document(NBMOTA, **changes), host), host)
    return str(raised.value)


def test_sound_settings_pass(host):
    check_study(study_of(document(NBMOTA), host), host)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"large": {"size": [4, 4, 54]}, "evolve": {"patch_size": [4, 4, 27]}},
            r"\[large\] size = \[4, 4, 54\]: .*supercell of 4 x 4 x 54 cells is 12\.\d+ Å wide, "
            r"too small for the surroundings .*: take at least \d cells an edge",
        ),
        (
            {"evolve": {"patch_size": [12, 6, 6]}},
            r"patch_size = \[12, 6, 6\]: .*has 864 sites: a patch is one vacancy, .* = 432",
        ),
        (
            {"large": {"size": [12, 6, 7]}},
            r"\[large\] size .*1008 sites hold no whole number of vac",
        ),
        ({"large": {"size": [864]}}, r"\[large\] size .*give three edges, in cubic cells"),
        ({"system": {"composition": [0.5, 0.5]}}, r"\[system\]: composition.*list 3 shares, of Nb"),
        ({"system": {"composition": [0.5, 0.6]}}, r"add up to 1\.1, not to 1"),
        (
            {"system": {"barriers": "expansions"}},
            r"'expansions': neither 'expansion' nor 'network'",
        ),
        ({"system": {"barriers": "network", "energy": True}}, r"energy = true: .*not reversible"),
        ({"system": {"jumps": "meassured"}}, r"jumps"),
        ({"evolve": {"surroundings": "slaved"}}, r"surroundings = 'slaved': .* has 'halo'"),
        ({"evolve": {"scheme": ["published"]}}, r"need the capability 'cut'"),
        (
            {"evaluate": {"measures": ["short_range_order"]}},
            r"\[evaluate\] short_range_order: need stationary ensembles; add a table \[predict",
        ),
        ({"conditions": {"pressure": [1.0]}}, r"\[conditions\] pressure: .*it has: temperature"),
    ],
)
def test_settings_that_cannot_work_are_refused(host, changes, told):
    refused(host, told, **changes)


def test_a_parameter_file_that_is_missing_or_damaged_is_named(host, tmp_path):
    path = tmp_path / "cu-au.json"
    given = {"system": {"barriers": str(path)}}
    told = refused(host, r"\[system\]: barriers = .*cu-au\.json'.*nor a file", **given)
    assert "save_parameters" in told
    write_parameters(path)
    content = json.loads(path.read_bytes())
    content["saddle"]["coefficients"][0][0] += 0.01
    path.write_text(json.dumps(content))
    told = refused(host, r"\[system\]: .*cu-au\.json: .*content was changed after", **given)
    assert "save_parameters" in told
    path.write_text("{")
    refused(host, r"\[system\]: .*cu-au\.json: no set of vacancy barriers", **given)


def test_the_content_of_a_file_is_part_of_what_stages_are_known_by(host, tmp_path):
    """An edited parameter file makes all anew; an edited file of starts, what starts from it."""
    path, start, sampled = (tmp_path / name for name in ("cu-au.json", "a.extxyz", "b.extxyz"))

    def stages():
        changes = {
            "system": {"barriers": str(path), "sites_per_vacancy": 108},
            "large": {"size": [6, 3, 3]}, "evolve": {"patch_size": [3, 3, 3]},
            "predict": {"starts": [{"file": str(start)}]},
            "evaluate": {"equilibrium": {"start": {"file": str(sampled)}}},
        }  # fmt: skip
        graph = build_graph(study_of(document(NBMOTA, **changes), host), host)
        return {stage.kind: stage.digest for stage in graph.stages}

    write_parameters(path, seed=0)
    start.write_text("one")
    sampled.write_text("one")
    first, again = stages(), stages()
    assert first == again
    start.write_text("another")
    moved = stages()
    changed = {kind for kind in first if first[kind] != moved[kind]}
    assert changed >= {"truth", "predict"} and not changed & {"pool", "fit", "equilibrium"}
    sampled.write_text("another")
    later = stages()
    assert {kind for kind in first if later[kind] != moved[kind]} == {"equilibrium", "evaluate"}
    write_parameters(path, seed=1)
    assert all(moved[kind] != digest for kind, digest in stages().items())


def test_digests_are_found_and_not_given(tmp_path):
    path = tmp_path / "given.json"
    path.write_text("{}")
    for model, key in ((AlloySettings, "barriers"), (AlloyStart, "file")):
        found = model(**{key: str(path), "digest": "wrong"})
        assert len(found.digest) == 64 and found.digest != "wrong"
        assert model(**{key: str(tmp_path / "none")}).digest == ""
    assert AlloySettings().digest == AlloyStart().digest == ""
