"""``macropatch diagnose``: what it prints, writes and refuses."""

from __future__ import annotations

import json

from systems.folders import results_of, written_at
from systems.studies import document, write_settings


def test_diagnose_says_what_it_found_and_writes_a_page(command, finished_sweep, copy_of):
    root = copy_of(finished_sweep)
    before = results_of(root), written_at(root)
    ended = command("diagnose", root, "--snapshots", 120, "--quiet")
    assert ended.code == 0 and ended.err == ""
    assert "λ is " in ended.out and f"page: {root / 'diagnosis.html'}" in ended.out
    content = json.loads((root / "diagnosis.json").read_bytes())
    assert content["branch"] == {"scheme": "partial", "patch_size": 64, "lambda": "calibrated"}
    assert content["snapshots"] == 120
    for finding in content["findings"]:
        assert finding["sentence"] in ended.out
    assert ended.out.count("off  ") == sum(finding["warning"] for finding in content["findings"])
    assert (results_of(root), written_at(root)) == before, "the run itself is as it was"


def test_the_same_command_gives_the_same_files(command, finished_sweep, copy_of):
    root, found = copy_of(finished_sweep), []
    for _ in range(2):
        assert command("diagnose", root, "--snapshots", 100, "--quiet").code == 0
        found.append([(root / f"diagnosis.{end}").read_bytes() for end in ("json", "html")])
    assert found[0] == found[1]


def test_another_fit_is_selected_by_its_labels(command, finished_sweep, copy_of):
    root = copy_of(finished_sweep)
    chosen = ("--select", "scheme=naive", "--select", "patch_size=256", "--snapshots", 100)
    ended = command("diagnose", root, *chosen)
    assert ended.code == 0 and "evolves patches alone" in ended.out and "%" in ended.err
    content = json.loads((root / "diagnosis.json").read_bytes())
    assert (content["branch"]["scheme"], content["branch"]["patch_size"]) == ("naive", 256)


def test_what_cannot_be_diagnosed_is_refused(command, finished_sweep, tmp_path):
    ended = command("diagnose", finished_sweep, "--select", "patch_size=7")
    assert ended.code == 2 and "nothing was fitted with {'patch_size': 7}" in ended.err
    assert command("diagnose", finished_sweep, "--snapshots", 5).code == 2
    assert command("diagnose", finished_sweep, "--select", "patch_size").code == 2
    ended = command("diagnose", tmp_path / "nowhere")
    assert ended.code == 1 and "no run folder" in ended.err
    (tmp_path / "run").mkdir()
    write_settings(tmp_path / "run" / "experiment.toml", document())
    ended = command("diagnose", tmp_path / "run")
    assert ended.code == 1 and "missing" in ended.err and "macropatch run" in ended.err


def test_compare_names_what_is_no_finished_run(command, finished_sweep, tmp_path):
    ended = command("compare", finished_sweep, tmp_path)
    assert ended.code == 1 and f"{tmp_path}: no run folder" in ended.err
    ended = command("compare", finished_sweep, finished_sweep)
    assert ended.code == 0 and ended.err == "" and "both runs have the same settings" in ended.out
