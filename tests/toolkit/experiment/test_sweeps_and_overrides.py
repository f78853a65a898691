"""``--set``, ``[quick]`` and ``[[sweep]]``: what becomes of a document."""

from __future__ import annotations

import copy

import pytest
from documents import SOUND, changed, complaint, study

from macropatch.errors import SettingsError
from macropatch.experiment import study_of
from macropatch.experiment.overrides import apply_override, merge, parse_override


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("evolve.dt=0.5", "evolve.dt", 0.5),
        (" evolve.dt = 0.5 ", "evolve.dt", 0.5),
        ("small.runs=1_000", "small.runs", 1000),
        ("evolve.patch_size=[8, 8]", "evolve.patch_size", [8, 8]),
        ("evolve.average=false", "evolve.average", False),
        ("run.executor=threads", "run.executor", "threads"),
        ('sde.lambda="K"', "sde.lambda", "K"),
        ("experiment.name=a = b", "experiment.name", "a = b"),
        ("experiment.description=", "experiment.description", ""),
        ("experiment.name=1\nx = 2", "experiment.name", "1\nx = 2"),
        ("small.start={m = 0.5}", "small.start", {"m": 0.5}),
        ("experiment.seed=" + "9" * 5000, "experiment.seed", "9" * 5000),
    ],
)
def test_values_are_toml_where_they_parse_and_text_otherwise(text, key, value):
    assert parse_override(text) == (key, value)


@pytest.mark.parametrize(
    "text", ["evolve", "evolve=3", "dt=0.5", ".dt=1", "evolve.=1", "a..b=1", ""]
)
def test_what_is_no_override_says_how_to_write_one(text):
    with pytest.raises(
        SettingsError, match=r"write it as table\.key=value, e\.g\. evolve\.dt=0\.5"
    ):
        parse_override(text)


@pytest.mark.parametrize("text", ["quick.evolve.dt=1", "sweep.evolve.dt=[1, 2]"])
def test_quick_and_sweep_are_not_overridden(text):
    with pytest.raises(SettingsError, match="set the key itself"):
        parse_override(text)


def test_overrides_reach_their_keys_and_make_tables(host):
    found = study(host, overrides=["evolve.dt=0.25", "sde.width=8", "training.epochs=3"]).first
    assert found.evolve.dt == 0.25 and found.sde.settings.width == 8
    assert found.training.epochs == 3
    assert "width = 'wide'" in complaint(host, {}, overrides=["sde.width=wide"])
    with pytest.raises(SettingsError, match=r"'evolve\.dt\.x': 'dt' is not a table"):
        study(host, overrides=["evolve.dt.x=1"])


def test_of_several_overrides_the_last_counts(host):
    assert study(host, overrides=["evolve.dt=1", "evolve.dt=2"]).first.evolve.dt == 2


def test_a_document_stays_as_it_was(host):
    document = changed({"quick": {"evolve": {"dt": 9.0}}, "sweep": [{"evolve.dt": [1.0, 2.0]}]})
    copied = copy.deepcopy(document)
    found = study_of(document, host, overrides=["small.runs=7"], quick=True)
    assert document == copied
    assert found.document["small"]["runs"] == 7


def test_merging_goes_table_by_table_and_shares_nothing():
    left, right = {"a": {"x": [1], "y": 2}, "b": 3}, {"a": {"x": [9]}, "b": {"z": 4}, "c": [5]}
    merged = merge(left, right)
    assert merged == {"a": {"x": [9], "y": 2}, "b": {"z": 4}, "c": [5]}
    merged["a"]["x"].append(0)
    merged["c"].append(0)
    assert right == {"a": {"x": [9]}, "b": {"z": 4}, "c": [5]}


def test_an_override_does_not_share_its_value():
    document, value = {}, [8, 8]
    apply_override(document, "evolve.patch_size", value, "here")
    value.append(8)
    assert document == {"evolve": {"patch_size": [8, 8]}}


def sizes_and_steps(found):
    return [(m.evolve.patch_size[0], m.evolve.dt) for m in found.members]


def test_a_sweep_table_is_a_product(host):
    sweep = [{"evolve.patch_size": [64, 256], "evolve.dt": [0.5, 1.0]}]
    found = study(host, {"sweep": sweep})
    assert sizes_and_steps(found) == [(64, 0.5), (64, 1.0), (256, 0.5), (256, 1.0)]
    assert found.labels[1] == {"evolve.patch_size": 64, "evolve.dt": 1.0}


def test_several_sweep_tables_are_their_union_without_repeats(host):
    sweep = [
        {"evolve.patch_size": [64, 256], "evolve.dt": [0.5]},
        {"evolve.dt": [0.5, 2.0], "evolve.patch_size": [64]},
        {"sde.width": [8]},
    ]
    found = study(host, {"sweep": sweep})
    assert sizes_and_steps(found) == [(64, 0.5), (256, 0.5), (64, 2.0), (64, 0.5)]
    assert found.members[3].sde.settings.width == 8
    assert found.labels[3] == {"evolve.patch_size": 64, "evolve.dt": 0.5, "sde.width": 8}
    assert found.labels[0] == {"evolve.patch_size": 64, "evolve.dt": 0.5}, "no width is written"


def test_a_sweep_varies_the_seed(host):
    found = study(host, {"sweep": [{"experiment.seed": [3, 4]}]})
    assert [member.experiment.seed for member in found.members] == [3, 4]


def test_without_a_sweep_there_is_one_member(host):
    for sweep in ({}, {"sweep": []}, {"sweep": [{}]}):
        found = study(host, sweep)
        assert len(found.members) == 1 and found.labels == ({},)


def test_a_sweep_varies_tables_and_plugins_of_its_own(host):
    sweep = [{"sde.name": ["mlp", "linear"]}, {"small.start": [{"m": 0.1}, {"m": 0.2}]}]
    found = study(host, {"sweep": sweep})
    assert [m.sde.name for m in found.members] == ["mlp", "linear", "mlp", "mlp"]
    assert [m.small.start.get("m") for m in found.members] == [None, None, 0.1, 0.2]


def test_a_sweep_takes_whole_tables_which_go_by_their_name(host):
    closures = [{"name": "none"}, {"name": "correlations", "reach": 1}]
    found = study(host, {"closure.name": "correlations", "closure.reach": 2,
                         "sweep": [{"closure": closures}, {"evolve.dt": [1.0]}]})  # fmt: skip
    assert [m.closure.name for m in found.members] == ["none", "correlations", "correlations"]
    assert [getattr(m.closure.settings, "reach", None) for m in found.members] == [None, 1, 2]
    assert [labels["closure"] for labels in found.labels] == [
        "none",
        "correlations",
        "correlations",
    ]
    again = study_of(dict(found.document), host)
    assert again.members == found.members


def test_overrides_win_over_quick_and_the_sweep_over_both(host):
    changes = {"quick": {"evolve": {"dt": 9.0}, "small": {"runs": 6}}}
    quick = study(host, changes, quick=True)
    assert quick.quick and quick.first.evolve.dt == 9.0 and quick.first.small.runs == 6
    assert quick.first.evolve.patch_size == (64,)
    slow = study(host, changes)
    assert not slow.quick and slow.first.evolve.dt == 0.5
    assert study(host, changes, quick=True, overrides=["evolve.dt=3"]).first.evolve.dt == 3.0
    swept = changes | {"sweep": [{"evolve.dt": [4.0]}]}
    assert study(host, swept, quick=True, overrides=["evolve.dt=3"]).first.evolve.dt == 4.0


def test_a_resolved_quick_document_stays_quick(host):
    quick = study(host, {"quick": {"evolve": {"dt": 9.0}}}, quick=True)
    again = study_of(dict(quick.document), host)
    assert again.quick and again.members == quick.members


def test_faults_of_the_quick_form_are_found_when_it_is_asked_for(host):
    changes = {"quick": {"evolve": {"dt": -9.0}}}
    assert len(study(host, changes).members) == 1
    assert "[evolve] dt = -9.0" in complaint(host, changes, quick=True)
    assert "unknown table" in complaint(host, {"quick": {"evolv": {}}}, quick=True)


def test_names_and_run_are_those_of_all_members(host):
    for key in ("experiment.name", "report.figures", "run.task_size"):
        assert f"cannot vary '{key}'" in complaint(host, {"sweep": [{key: [1, 2]}]})
    assert study(host).first.experiment.name == SOUND["experiment"]["name"]
