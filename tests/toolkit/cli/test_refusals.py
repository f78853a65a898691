"""What the command line refuses: exit code, where, which value and what to do; no traceback."""

from __future__ import annotations

import pytest

from macropatch.cli.values import parse_numbers, parse_pairs
from macropatch.errors import SettingsError
from systems.folders import stages_in
from systems.studies import CURIE_WEISS, document, write_settings


@pytest.mark.parametrize(
    "arguments",
    [["fly"], ["run"], ["run", "curie-weiss", "--workers", "0"], ["run", "curie-weiss", "--fast"],
     ["predict", "runs"], ["new", "curie-weiss"]],
)  # fmt: skip
def test_bad_usage_is_code_2(command, arguments):
    ended = command(*arguments)
    assert ended.code == 2 and "Usage: " in ended.err and "--help" in ended.err


def test_help_is_code_0(command):
    assert command("--help").code == 0
    assert "predict" in command("--help").out
    assert command("run", "--help").code == 0


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("evolve.patch_size=60", r"[evolve] patch_size = [60]"),
        ("evolve.patchsize=64", "unknown key; did you mean 'patch_size'"),
        ("evolve", "write it as table.key=value"),
        ("=3", "write it as table.key=value"),
        ("training.epochs=many", "[training] epochs = 'many'"),
        ("system.temperature=-1", "[system] temperature = -1"),
        ("predict.duration=1", "shorter than record_every"),
        ("run.device=tpu", "[run] device = 'tpu'"),
    ],
)
def test_bad_settings_are_code_2_and_write_nothing(command, tmp_path, override, message):
    settings = write_settings(tmp_path / "tiny.toml", document())
    for arguments in (["run", settings, "--out", tmp_path / "run", "--quiet"], ["check", settings]):
        ended = command(*arguments, "--set", override)
        assert ended.code == 2 and message in ended.err and ended.out == ""
        assert ended.err.startswith("settings ")
    assert not (tmp_path / "run").exists()


def test_experiments_that_are_none_are_code_2(command, tmp_path):
    ended = command("run", tmp_path / "nothing.toml")
    assert ended.code == 2 and "nothing.toml' is neither a settings file" in ended.err
    (tmp_path / "broken.toml").write_text("[experiment\n")
    broken = command("check", tmp_path / "broken.toml")
    assert broken.code == 2 and "line 1" in broken.err
    assert "broken.toml: not valid TOML" in broken.err


@pytest.mark.parametrize("name", ["status", "report", "predict"])
def test_what_is_no_run_folder_is_code_1(command, tmp_path, name):
    more = ["--duration", "5", "--out", tmp_path / "a.nc"] if name == "predict" else []
    ended = command(name, tmp_path, *more)
    assert ended.code == 1 and f"error {tmp_path}: no run folder" in ended.err
    assert "--out" in ended.err


def test_folders_of_others_are_code_1(command, tmp_path):
    settings = write_settings(tmp_path / "tiny.toml", document())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    for out, message in (
        (tmp_path / "mine", "is not empty and no run folder"),
        (tmp_path / "mine" / "thesis.tex", "is a file"),
        (tmp_path / "mine" / "thesis.tex" / "run", "choose another --out"),
    ):
        ended = command("run", settings, "--out", out, "--quiet")
        assert ended.code == 1 and message in ended.err and str(out) in ended.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--start", "m"], "--start 'm': write it as key=value"),
        (["--start", "m=0.5,m=0.6"], "'m' is given twice"),
        (["--start", "m=2"], "m = 2: input should be less than or equal to 1"),
        (["--start", "m=up"], "m = 'up'"),
        (["--start", "n=0.5"], "unknown key"),
        (["--select", "patch_size=8"], "nothing was fitted with {'patch_size': 8}; there are: "),
        (["--select", "scheme"], "--select 'scheme': write it as key=value"),
        (["--condition", "temperature=2"], "the system has none"),
        (["--condition", "temperature=warm"], "--condition temperature=warm: must be a number"),
        (["--condition", "temperature"], "write it as key=value"),
        (["--duration", "-1"], "duration = -1: must be above zero"),
        (["--duration", "nan"], "duration = nan"),
        (["--duration", "1e300"], "more than fit in memory"),
        (["--record-every", "100"], "longer than duration"),
        (["--runs", "0"], "runs = 0"),
    ],
)
def test_predictions_that_cannot_be_made_are_code_2(
    command, finished_sweep, tmp_path, arguments, message
):
    ended = command(
        "predict", finished_sweep, "--duration", "29", "--out", tmp_path / "a.nc", *arguments
    )
    assert ended.code == 2 and message in ended.err
    assert not (tmp_path / "a.nc").exists()


@pytest.mark.filterwarnings("ignore:.*left the range of the training data")
def test_predictions_at_conditions_of_ones_own(command, finished_ring, host, tmp_path, monkeypatch):
    monkeypatch.setattr("macropatch.api.runs.build_host", lambda: host)
    common = ("predict", finished_ring, "--duration", "5", "--runs", "2", "--clamp", "--out")
    cold = command(*common, tmp_path / "a.nc", "--condition", "temperature=1.5")
    assert cold.code == 2 and not (tmp_path / "a.nc").exists()
    assert "temperature = 1.5 lies outside the trained range of 2 to 3" in cold.err
    between = command(*common, tmp_path / "a.csv", "--condition", "temperature=2.25")
    assert between.code == 0 and "temperature = 2.25" in (tmp_path / "a.csv").read_text()


def test_files_that_cannot_be_written_are_refused(command, finished_sweep, tmp_path):
    common = ("predict", finished_sweep, "--duration", "29", "--start", "m=0.3", "--clamp", "--out")
    wrong = command(*common, tmp_path / "a.txt")
    assert wrong.code == 2 and "a.txt: end it in .nc or .csv" in wrong.err
    (tmp_path / "a.csv").write_text("mine")
    there = command(*common, tmp_path / "a.csv")
    assert there.code == 2 and "exists already" in there.err
    assert (tmp_path / "a.csv").read_text() == "mine"
    assert command(*common, tmp_path / "a.csv", "--force").code == 0
    under = command(*common, tmp_path / "a.csv" / "b.csv")
    assert under.code == 1 and "b.csv: cannot be written" in under.err


def test_damaged_files_are_code_1_and_named(command, finished_sweep, copy_of, tmp_path):
    root = copy_of(finished_sweep)
    for name in stages_in(root, "fit"):
        (root / "models" / f"{name}.safetensors").write_bytes(b"\x80\x04N.")
    ended = command("predict", root, "--duration", "29", "--out", tmp_path / "a.nc")
    assert ended.code == 1 and ".safetensors: not a model file" in ended.err
    assert "macropatch run" in ended.err
    (root / "manifest.json").write_text("{")
    for name in ("status", "report"):
        damaged = command(name, root)
        assert damaged.code == 1 and "manifest.json: damaged" in damaged.err
    (root / "experiment.toml").write_text("x")
    settings = command("status", root)
    assert settings.code == 2 and "experiment.toml: not valid TOML" in settings.err


def test_a_stage_that_fails_is_code_1_and_named(command, tmp_path):
    """Next to zero temperature a patch alone comes to rest before its events are done."""
    settings = document(
        CURIE_WEISS, system={"temperature": 1e-3}, evolve={"scheme": ["partial", "published"]}
    )
    file = write_settings(tmp_path / "cold.toml", settings)
    ended = command("run", file, "--out", tmp_path / "run", "--quiet")
    assert ended.code == 1 and "error stage " in ended.err
    assert "Finished tasks are kept" in ended.err or "Raise [system] temperature" in ended.err
    status = command("status", tmp_path / "run")
    assert status.code == 0 and f"{tmp_path / 'run'}: failed" in status.out


def test_pairs_in_options_are_toml_or_text():
    text = "m=0.5, k=[1, 2], name=tiny, on=true, quoted='a b'"
    assert parse_pairs("--start", text) == {
        "m": 0.5, "k": [1, 2], "name": "tiny", "on": True, "quoted": "a b",
    }  # fmt: skip
    assert parse_pairs("--start", "") == {} and parse_numbers("--x", "a=1,b=2.5") == {
        "a": 1.0, "b": 2.5,
    }  # fmt: skip
    for bad in ("a=true", "a=[1]", "a='1'"):
        with pytest.raises(SettingsError, match=r"--x a=.*: must be a number"):
            parse_numbers("--x", bad)
