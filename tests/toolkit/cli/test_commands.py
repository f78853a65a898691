"""Every command: what it prints and writes, and its exit code."""

from __future__ import annotations

import json
import tomllib

import pandas as pd
import pytest
import xarray as xr

from macropatch.cli import doctor
from macropatch.cli.check import size
from macropatch.host import PluginProblem
from systems.folders import results_of, stages_in, written_at
from systems.studies import document, swept, write_settings


@pytest.fixture
def settings(tmp_path):
    return write_settings(tmp_path / "tiny.toml", document())


def test_run_prints_the_errors_and_where_the_report_is(command, settings, tmp_path):
    root = tmp_path / "run"
    ended = command("run", settings, "--out", root, "--quiet", "--set", "predict.runs=7")
    assert ended.code == 0 and ended.err == ""
    assert "test error of m, means of 3 trajectories" in ended.out
    assert "partial" in ended.out and "64" in ended.out
    assert f"report: {root / 'report.html'}" in ended.out
    assert tomllib.loads((root / "experiment.toml").read_text())["predict"]["runs"] == 7
    again = command("run", root, "--quiet", "--workers", 1)
    assert again.code == 0 and "9 of 9 stages were finished before and kept" in again.out


def test_run_shows_its_progress(command, settings, tmp_path):
    ended = command("run", settings, "--out", tmp_path / "run", "--set", "training.epochs=1")
    assert ended.code == 0 and "%" in ended.err and "left" in ended.err


def test_run_goes_to_a_folder_of_the_experiments_name(command, settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command("run", settings, "--quiet").code == 0
    assert (tmp_path / "runs" / "tiny" / "report.html").is_file()


def test_check_prints_the_plan_and_writes_nothing(command, settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = command("check", settings)
    assert ended.code == 0
    kinds = ("simulate", "upsample", "evolve", "calibrate", "fit", "predict", "truth", "evaluate")
    for kind in kinds:
        assert kind in ended.out
    assert "1 members of the sweep, schemes partial" in ended.out and "of memory" in ended.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny.toml"]


def test_check_prints_resolved_settings_that_can_be_read_again(command, settings, tmp_path):
    ended = command("check", settings, "--resolved", "--set", "evolve.halo=7")
    resolved = tomllib.loads(ended.out)
    assert ended.code == 0 and resolved["evolve"]["halo"] == 7
    assert resolved["system"]["temperature"] == 1.1 and resolved["sde"]["activation"] == "silu"
    again = write_settings(tmp_path / "again.toml", resolved)
    assert tomllib.loads(command("check", again, "--resolved").out) == resolved


def test_new_writes_a_named_experiment_that_passes(command, tmp_path):
    file = tmp_path / "mine.toml"
    assert command("new", "curie-weiss", file).code == 0
    ended = command("check", file, "--quick")
    assert ended.code == 0
    assert "4 members of the sweep, schemes partial, published, naive" in ended.out
    refused = command("new", "curie-weiss", file)
    assert refused.code == 2 and "exists already" in refused.err and "--force" in refused.err
    assert command("new", "curie-weiss", file, "--force").code == 0
    unknown = command("new", "curie-wise", tmp_path / "other.toml")
    assert unknown.code == 2 and "curie-weiss" in unknown.err


def test_experiments_and_plugins_are_listed(command):
    listed = command("experiments")
    assert listed.code == 0 and "curie-weiss" in listed.out
    found = command("plugins")
    for text in ("curie-weiss", "linear", "mlp", "none", "test_error", "trajectories"):
        assert text in found.out
    assert "capabilities" not in found.out
    assert "capabilities: cut, drift_and_diffusion" in command("plugins", "--verbose").out


def test_plugins_that_were_left_out_are_named(command, monkeypatch, settings, tmp_path):
    import macropatch.host.host as host_module

    problem = PluginProblem("bad", "bad-plugin", "", "'bad' cannot be imported", "Reinstall it.")
    found = host_module.import_providers
    monkeypatch.setattr(host_module, "import_providers", lambda: (found()[0], [problem]))
    listed = command("plugins")
    assert listed.code == 0 and "left out bad of bad-plugin: 'bad' cannot be imp" in listed.out
    assert "left out bad of bad-plugin" in command("check", settings).err
    doctored = command("doctor")
    assert doctored.code == 1 and "fail bad of bad-plugin" in doctored.out
    monkeypatch.setenv("MACROPATCH_STRICT_PLUGINS", "1")
    strict = command("plugins")
    assert strict.code == 1 and "bad of bad-plugin" in strict.err


def test_doctor_finds_this_machine_in_order(command, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: type("Disk", (), {"free": 9e9}))
    ended = command("doctor")
    assert ended.code == 0 and "fail" not in ended.out
    for text in ("Python 3", "torch runs", "numba compiles", "cores usable", "can be written to"):
        assert text in ended.out
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: type("Disk", (), {"free": 1e6}))
    full = command("doctor")
    assert full.code == 1 and "fail 0.0 GB free" in full.out
    assert list(tmp_path.iterdir()) == []


def test_status_says_what_is_to_be_done_and_why(command, finished_sweep, copy_of):
    root = copy_of(finished_sweep)
    done = command("status", root)
    assert done.code == 0 and f"{root}: finished" in done.out and "changed" not in done.out
    assert "10/10" in done.out or "6/6" in done.out
    changed = command("status", root, "--set", "training.batch=64")
    assert changed.code == 0 and "changed: training.batch" in changed.out
    assert "not needed by these settings (--prune deletes them)" in changed.out
    before = written_at(root)
    assert written_at(finished_sweep) == before
    pruned = command("status", root, "--set", "training.batch=64", "--prune")
    assert "deleted" in pruned.out and len(stages_in(root, "fit")) == 0
    assert len(stages_in(root, "truth")) == 2


def test_report_is_written_again(command, finished_sweep, copy_of):
    root = copy_of(finished_sweep)
    (root / "report.html").unlink()
    ended = command("report", root)
    assert ended.code == 0 and f"report: {root / 'report.html'}" in ended.out
    assert (root / "report.html").is_file() and results_of(root) == results_of(finished_sweep)


def test_predict_writes_netcdf_and_csv(command, finished_sweep, tmp_path):
    common = ("predict", finished_sweep, "--duration", "29", "--runs", "4", "--start", "m=0.5")
    ended = command(*common, "--start", "m=-0.5", "--out", tmp_path / "a.nc", "--members")
    assert ended.code == 0 and f"wrote {tmp_path / 'a.nc'}" in ended.out
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as data:
        assert data["m"].shape == (2, 4, 11) and data["m_members"].sizes["member"] == 2
        assert data["time"].attrs["units"] == "attempts per site"
        expected = data["m"].sel(start="m = 0.5").values.reshape(-1)
    assert command(*common, "--out", tmp_path / "a.csv", "--record-every", "5.8").code == 0
    table = pd.read_csv(tmp_path / "a.csv")
    assert list(table.columns) == ["start", "run", "time", "m"] and len(table) == 4 * 6
    assert table["m"][0] == expected[0] == 0.5


def test_predict_selects_a_fit_and_warns_of_the_range(command, finished_sweep, tmp_path):
    ended = command(
        "predict", finished_sweep, "--duration", "290", "--out", tmp_path / "a.nc", "--stationary",
        "--select", "scheme=naive", "--select", "patch_size=64", "--clamp", "--seed", "5",
    )  # fmt: skip
    assert ended.code == 0
    assert "left the range of the training data" in ended.err and "warning" in ended.err
    assert "clamped to it" in ended.err and ".py" not in ended.err
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as data:
        assert (data.attrs["scheme"], data.attrs["patch_size"]) == ("naive", "64")
        assert data.attrs["stationary"] == 1


def test_sizes_are_shown_as_a_reader_wants_them():
    shown = [size(count) for count in (0, 999, 1000, 2.5e6, 1e9, 4e12)]
    assert shown == ["0 B", "999 B", "1 kB", "2.5 MB", "1 GB", "4 TB"]


def test_metrics_of_a_run_by_command_are_those_of_one_from_python(
    command, finished_sweep, tmp_path
):
    settings = write_settings(tmp_path / "swept.toml", swept())
    assert command("run", settings, "--out", tmp_path / "run", "--quiet").code == 0
    assert results_of(tmp_path / "run") == results_of(finished_sweep)
    assert json.loads((tmp_path / "run" / "manifest.json").read_bytes())["state"] == "finished"
