"""What cannot work is refused before anything is written: where, which value, what to do."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest

from macropatch.errors import MacropatchError, SettingsError, StorageError
from macropatch.experiment import study_of
from macropatch.pipeline.execute import check_folder, execute
from macropatch.pipeline.preflight import check_study
from systems.ornstein_uhlenbeck import OrnsteinUhlenbeckChain
from systems.studies import CHAIN, CURIE_WEISS, RING, document

WALKER = {
    "experiment": {"name": "walker"}, "system": {"name": "walker"}, "large": {"size": 32},
    "small": {"record_every": 1.0}, "evolve": {"patch_size": 8, "dt": 0.1},
    "predict": {"starts": [{}], "duration": 5.0},
}  # fmt: skip
EPIDEMIC = {
    "experiment": {"name": "epidemic"}, "system": {"name": "epidemic"}, "large": {"size": 96},
    "small": {"record_every": 1.0}, "evolve": {"patch_size": 24, "dt": 0.1},
    "predict": {"starts": [{}], "duration": 5.0},
}  # fmt: skip
ISING = {
    "experiment": {"name": "ising"}, "system": {"name": "ising", "field": 0.0},
    "large": {"size": [16, 16]}, "small": {"record_every": 1.0},
    "evolve": {"patch_size": [8, 8], "dt": 0.1}, "sde": {"symmetry": True},
    "predict": {"starts": [{}], "duration": 5.0}, "closure": {"name": "autoencoder"},
}  # fmt: skip

FAULTS = [
    (CURIE_WEISS, {"large": {"size": [16, 16]}}, r"\[large\] size = \[16, 16\]: .*one edge"),
    (CURIE_WEISS, {"evolve": {"patch_size": [8, 8]}}, r"\[evolve\] patch_size = \[8, 8\]: .*edge"),
    (CURIE_WEISS, {"small": {"size": [8, 8]}}, r"\[small\] size = \[8, 8\]: .*one edge"),
    (CURIE_WEISS, {"evolve": {"patch_size": 60}}, r"\[evolve\] patch_size = \[60\]: .*these do"),
    (CURIE_WEISS, {"small": {"size": 60}}, r"\[small\] size = \[60\]: its 60 sites do not divide"),
    (RING, {"conditions": {"field": [1.0]}}, r"\[conditions\] field: .*it has: temperature"),
    (RING, {"conditions": {"temperature": []}}, r"temperature = \[\]: list at least one value"),
    (CHAIN, {"conditions": {"field": [1.0]}}, r"field: .*none at these \[system\] settings"),
    (CURIE_WEISS, {"system": {"conditions": ["field"]}}, r"\[conditions\] field: missing; list"),
    (CHAIN, {"evolve": {"scheme": ["partial", "naive"]}}, r"\['naive'\] need the capability 'cut'"),
    (CHAIN, {"evolve": {"scheme": "published"}}, r"'cut', which .* lacks; use scheme"),
    (RING, {"evolve": {"surroundings": "slaved"}}, r"surroundings = 'slaved': .* has 'halo'"),
    (EPIDEMIC, {"evolve": {"cell": 12}}, r"\[evolve\] cell = \[12\]: .*no capability 'cells'"),
    (EPIDEMIC, {"closure": {"name": "powers"}}, r"\[closure\] name = 'powers': .*use name"),
    (RING, {"evolve": {"cell": 5}}, r"\[evolve\] cell = \[5\]: does not divide the patch"),
    (RING, {"evolve": {"patch_size": 24, "cell": 16}}, r"cell = \[16\]: does not divide the patch"),
    (CHAIN, {"evaluate": {"measures": ["eror"]}}, r"\[evaluate\] measures: there is no measure"),
    (CHAIN, {"report": {"figures": ["costs"]}}, r"\[report\] figures: .*Did you mean 'cost'"),
    (CHAIN, {"predict": {"duration": 0.1}}, r"\[predict\] duration = 0.1: shorter than record_e"),
    (CHAIN, {"upsample": {"snapshots": 99}}, r"\[upsample\] snapshots = 99: at least 100"),
    (CHAIN, {"training": {"learning_rate": 1e-6}}, r"learning_rate_floor = 1e-05: must be below"),
    (CHAIN, {"small": {"runs": 4}}, r"\[small\] runs = 4: .*greater than or equal to 5"),
    (CHAIN, {"predict": {"starts": [{"width": 1}]}}, r"\[predict\] starts\[0\].*unknown key"),
    (CURIE_WEISS, {"sde": {"symmetry": True}}, r"symmetry = true: .*'curie-weiss' has no capab"),
    (WALKER, {"evolve": {"control_variate": True}}, r"'martingale', which system 'walker' lacks"),
    (ISING, {"system": {"field": 0.1}}, r"symmetry = true: in a field .*set .* field = 0"),
    (ISING, {"system": {"conditions": ["field"]}, "conditions": {"field": [0.0]}}, r"in a field"),
    (CHAIN, {"sde": {"symmetry": 2}}, r"\[sde\] symmetry = 2: input should be a valid boolean"),
    (WALKER, {"evolve": {"patch_size": 16}}, r"\[evolve\] patch_size = \[16\]: .*one vacancy"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "change", "message"), FAULTS, ids=[message[:40] for *_, message in FAULTS]
)
def test_faults_are_named_before_anything_is_written(host, tmp_path, base, change, message):
    with pytest.raises(SettingsError, match=message) as caught:
        execute(study_of(document(base, **change), host), host, tmp_path / "run", show=False)
    assert str(caught.value).startswith("settings: [")
    assert not (tmp_path / "run").exists()


def test_the_default_cell_must_divide_the_patch_too(host):
    """Cells default to the smaller of 16 and the smallest patch of the sweep."""
    settings = document(RING, large={"size": 48}, evolve={"patch_size": 24})
    del settings["evolve"]["cell"]
    with pytest.raises(SettingsError, match=r"\[evolve\] cell = \[16\] \(the default\): does not"):
        check_study(study_of(settings, host), host)
    settings["sweep"] = [{"evolve.patch_size": [24, 12]}]
    check_study(study_of(settings, host), host)
    settings["sweep"] = [{"evolve.patch_size": [12, 8]}]
    with pytest.raises(SettingsError, match=r"cell = \[8\] \(the default\): does not") as caught:
        check_study(study_of(settings, host), host)
    assert len(str(caught.value).splitlines()) == 1, "8 divides itself"


def test_all_faults_of_all_members_are_listed_once(host):
    settings = document(
        CHAIN, evaluate={"measures": ["eror"]}, upsample={"snapshots": 50},
        sweep=[{"evolve.patch_size": [7, 10, 9]}],
    )  # fmt: skip
    with pytest.raises(SettingsError) as caught:
        check_study(study_of(settings, host), host)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(set(lines))
    for text in ("patch_size = [7]", "patch_size = [9]", "'eror'", "snapshots = 50"):
        assert sum(text in line for line in lines) == 1


def test_the_tiny_studies_pass(host):
    for base in (CURIE_WEISS, RING, CHAIN, WALKER, EPIDEMIC, ISING):
        check_study(study_of(document(base), host), host)


def test_a_system_that_refuses_its_settings_is_named(host, monkeypatch):
    def refuse(settings):
        raise ValueError("coupling and noise do not go together")

    study = study_of(document(CHAIN), host)
    broken = SimpleNamespace(factory=refuse)
    monkeypatch.setattr(type(host), "system", lambda self, name: broken)
    with pytest.raises(SettingsError, match=r"\[system\]: coupling and noise do not go"):
        check_study(study, host)


def test_a_symmetry_that_cannot_be_had_is_named(host, monkeypatch):
    settings = {"sde": {"symmetry": True}, "closure": {"name": "moments"}}
    study = study_of(document(CHAIN, **settings), host)
    check_study(study, host)
    with monkeypatch.context() as patch:
        patch.delattr(OrnsteinUhlenbeckChain, "reflect_cells")
        with pytest.raises(SettingsError, match=r"has no reflect_cells; use .*none"):
            check_study(study, host)
        check_study(study_of(document(CHAIN, sde=settings["sde"]), host), host)
    with monkeypatch.context() as patch:
        patch.setattr(OrnsteinUhlenbeckChain, "reflect", lambda self, s: {"u": 1.0 - s["u"]})
        with pytest.raises(SettingsError, match=r"symmetry = true: .*'mean' neither to itself"):
            check_study(study, host)


def test_a_start_at_zero_tells_parities_too(host):
    """In all starts the magnetisation is exactly zero; after a while it is not."""
    start = {"low": 0.0, "high": 0.0}
    settings = document(RING, upsample={"random_start": start}, sde={"symmetry": True})
    check_study(study_of(settings, host), host)


def test_a_device_that_is_not_there_is_named(host, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SettingsError, match=r"\[run\] device = 'cuda': there is none.*'cpu'"):
        check_study(study_of(document(CHAIN, run={"device": "cuda"}), host), host)


def test_a_disk_that_is_too_small_is_named_with_both_numbers(host, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(SettingsError, match=r"needs about 0\.0 GB of disk, 0\.0 GB are free") as e:
        execute(study_of(document(CHAIN), host), host, tmp_path / "run", show=False)
    assert "--out" in str(e.value) and "[run] disk" in str(e.value)
    assert not (tmp_path / "run").exists()


def refuse(root, host):
    with pytest.raises(MacropatchError) as caught:
        execute(study_of(document(CHAIN), host), host, root, show=False)
    assert isinstance(caught.value, StorageError) and str(root) in str(caught.value)
    return str(caught.value)


def test_folders_of_others_are_left_alone(host, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("mine")
    assert "is not empty and no run folder" in refuse(tmp_path / "thesis", host)
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.tex"]
    chapter = tmp_path / "thesis" / "chapter.tex"
    assert "is a file; choose another --out" in refuse(chapter, host)
    assert "choose another --out" in refuse(chapter / "run", host)
    assert chapter.read_text() == "mine"


def test_an_empty_folder_and_an_old_one_are_taken(tmp_path):
    check_folder(tmp_path, "tiny")
    for name in ("manifest.json", "experiment.toml", ".lock"):
        (tmp_path / name).write_text("")
        (tmp_path / "other").write_text("")
        check_folder(tmp_path, "tiny")
        (tmp_path / name).unlink()
