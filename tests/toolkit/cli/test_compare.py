"""``macropatch compare``: figures matched by name and labels, settings that differ."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from macropatch.api.comparison import comparison_page
from macropatch.cli.app import app
from macropatch.errors import SettingsError, StorageError
from macropatch.pipeline.comparison import (
    FinishedRun,
    differing_settings,
    flat,
    labels_of,
    match,
    read_finished,
)
from systems.studies import CHAIN, document

HERE = Path("a"), Path("b")


def record(name, value, uncertainty=None, **labels):
    return {"name": name, "value": value, "uncertainty": uncertainty, **labels}


def run_of(root, metrics, **tables):
    return FinishedRun(root, tables, metrics)


@pytest.fixture(scope="module")
def other_chain(carry_out, tmp_path_factory):
    """The chain with another ``λ``, time step and seed."""
    root = tmp_path_factory.mktemp("other") / "run"
    carry_out(
        document(CHAIN, sde={"lambda": 3.0}, evolve={"dt": 0.1}, experiment={"seed": 6}), root
    )
    return root


def test_equal_names_and_labels_are_one_figure():
    first = [record("mean", 1.0, 0.3, observable="m"), record("mean", 5.0, 0.1, observable="w"),
             record("chi", 2.0)]  # fmt: skip
    second = [record("mean", 2.5, 0.4, observable="m", floor=1.0), record("chi", 3.0),
              record("mean", 1.0, observable="v")]  # fmt: skip
    pairs = match(run_of(HERE[0], first), run_of(HERE[1], second))
    assert [(p.name, p.labels) for p in pairs] == [
        ("mean", {"observable": "m"}), ("chi", {}), ("mean", {"observable": "w"}),
        ("mean", {"observable": "v"}),
    ]  # fmt: skip
    assert pairs[0].errors_apart == pytest.approx(1.5 / 0.5)
    assert pairs[1].errors_apart is None, "no error is known"
    assert pairs[2].second is None and pairs[3].first is None


def test_one_known_error_is_enough_and_timings_have_none():
    first, second = [record("x", 1.0, 0.5), record("seconds", 1.0, 0.1)], [
        record("x", 2.0), record("seconds", 9.0, 0.1)
    ]  # fmt: skip
    pairs = match(run_of(HERE[0], first), run_of(HERE[1], second))
    assert [pair.errors_apart for pair in pairs] == [pytest.approx(2.0), None]


def test_labels_that_name_a_differing_setting_do_not_keep_figures_apart():
    first = run_of(HERE[0], [record("mean", 1.0, 0.1, **{"lambda": "K"}, scheme="partial")],
                   sde={"lambda": "K"})  # fmt: skip
    second = run_of(HERE[1], [record("mean", 2.0, 0.1, **{"lambda": 4.0}, scheme="partial")],
                    sde={"lambda": 4.0})  # fmt: skip
    (pair,) = match(first, second)
    assert pair.labels == {"scheme": "partial"} and pair.apart == {"lambda": ("K", 4.0)}
    assert pair.errors_apart == pytest.approx(1.0 / math.hypot(0.1, 0.1))
    unchanged = run_of(HERE[1], second.metrics, sde={"lambda": "K"})
    assert len(match(first, unchanged)) == 2, "the label differs, but no setting does"


def test_a_figure_that_could_be_several_is_not_guessed():
    first = run_of(HERE[0], [record("mean", 1.0, **{"lambda": "K"})], sde={"lambda": "K"})
    two = [record("mean", value, **{"lambda": value}) for value in (2.0, 3.0)]
    assert all(None in (p.first, p.second) for p in match(first, run_of(HERE[1], two, sde={})))


def test_settings_are_told_by_their_path():
    first = {"evolve": {"dt": 0.5, "patch_size": [8, 8]}, "sweep": [{"sde.lambda": ["K"]}, {}]}
    second = {"evolve": {"dt": 0.25, "patch_size": [8, 8]}, "quick": True}
    assert differing_settings(run_of(HERE[0], [], **first), run_of(HERE[1], [], **second)) == {
        "evolve.dt": (0.5, 0.25), "quick": (None, True), "sweep[0].sde.lambda": (["K"], None),
        "sweep[1]": ({}, None),
    }  # fmt: skip
    assert flat({}) == {}


def test_two_runs_are_compared(finished_chain, other_chain, host):
    first, second = read_finished(finished_chain), read_finished(other_chain)
    assert differing_settings(first, second) == {
        "evolve.dt": (0.05, 0.1), "experiment.seed": (5, 6), "sde.lambda": ("K", 3.0)
    }  # fmt: skip
    pairs = match(first, second)
    assert all(pair.first and pair.second for pair in pairs), "the label lambda differs only"
    errors = [pair for pair in pairs if pair.name == "test_error"]
    assert errors and all(pair.apart == {"lambda": ("K", 3.0)} for pair in errors)
    page = comparison_page(first, second, host)
    assert page.count("<svg") == 4, "trajectories of two observables, of each run"
    assert "evolve.dt" in page and str(other_chain) in page
    assert not re.search(r'<script|(src|href)="http', page)


def test_a_run_is_like_itself(finished_chain):
    run = read_finished(finished_chain)
    assert differing_settings(run, run) == {}
    pairs = match(run, run)
    assert len(pairs) == len(run.metrics)
    assert {pair.errors_apart for pair in pairs} <= {0.0, None}


def test_the_command_prints_both_and_writes_a_page(finished_sweep, tmp_path):
    out = tmp_path / "both.html"
    result = CliRunner().invoke(
        app, ["compare", str(finished_sweep), str(finished_sweep), "--out", str(out)],
        env={"COLUMNS": "200"},
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "both runs have the same settings" in result.output and "test_error" in result.output
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    again = CliRunner().invoke(
        app, ["compare", str(finished_sweep), str(finished_sweep), "--out", str(out)]
    )
    assert isinstance(again.exception, SettingsError) and "exists already" in str(again.exception)
    other = CliRunner().invoke(
        app, ["compare", str(finished_sweep), str(finished_sweep), "--out", "both.pdf"]
    )
    assert isinstance(other.exception, SettingsError) and "end it in .html" in str(other.exception)


def test_folders_that_hold_no_finished_run_are_named(finished_chain, copy_of, tmp_path):
    with pytest.raises(StorageError, match="nowhere: no run folder"):
        read_finished(tmp_path / "nowhere")
    root = copy_of(finished_chain)
    metrics = json.loads((root / "metrics.json").read_bytes())
    metrics[0]["value"] = "large"
    (root / "metrics.json").write_text(json.dumps(metrics))
    with pytest.raises(StorageError, match=r"metrics\.json: .* has no number .*macropatch report"):
        read_finished(root)
    (root / "metrics.json").unlink()
    with pytest.raises(StorageError, match=r"only finished runs can be compared; `macropatch run"):
        read_finished(root)
    manifest = json.loads((root / "manifest.json").read_bytes())
    (root / "manifest.json").write_text(json.dumps({**manifest, "state": "interrupted"}))
    with pytest.raises(StorageError, match="its run is interrupted"):
        read_finished(root)


def test_labels_are_all_but_the_figures():
    row = record("x", 1.0, 0.1, scheme="partial", floor=1.0, published=2.0, reference=3.0)
    assert labels_of(row) == {"scheme": "partial"}
