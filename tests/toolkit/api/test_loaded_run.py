"""``run`` and ``load``: whole, unfinished and outdated folders."""

from __future__ import annotations

import numpy as np
import pytest

import macropatch
from macropatch.errors import StorageError
from macropatch.runs import stage as stage_module
from systems.studies import CHAIN, document, write_settings


def test_a_study_runs_from_a_file_and_continues_from_its_folder(host, tmp_path):
    settings = write_settings(tmp_path / "chain.toml", document(CHAIN))
    run = macropatch.run(
        settings, tmp_path / "run", overrides=["predict.runs=5"], host=host, progress=False
    )
    assert run.state == "finished" and repr(run).endswith("run': chain, finished)")
    assert run.report.is_file() and run.evaluation().predicted.sizes["run"] == 5
    assert {record["name"] for record in run.metrics} >= {"test_error", "seconds"}
    again = macropatch.run(tmp_path / "run", host=host, progress=False)
    assert again.root == tmp_path / "run" and again.metrics == run.metrics


def test_a_run_is_where_it_was_wanted(host, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = write_settings(
        tmp_path / "chain.toml",
        document(CHAIN, experiment={"name": "my chain"}, quick={"predict": {"runs": 3}}),
    )
    run = macropatch.run(settings, quick=True, host=host, progress=False)
    assert str(run.root) == "runs/my-chain-quick"
    assert macropatch.load("runs/my-chain-quick", host).study.quick


def test_what_is_no_run_folder_is_refused(tmp_path, host):
    with pytest.raises(StorageError, match=r"no run folder \(it has no experiment\.toml\)"):
        macropatch.load(tmp_path, host)
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        _ = macropatch.walk


@pytest.fixture
def unfinished(tmp_path):
    write_settings(tmp_path / "run" / "experiment.toml", document(CHAIN))
    return tmp_path / "run"


def test_an_unfinished_run_says_what_is_missing(unfinished, host):
    run = macropatch.load(unfinished, host)
    assert repr(run).endswith("chain, new)")
    with pytest.raises(StorageError, match=r"metrics\.json: missing; .*macropatch run"):
        _ = run.metrics
    with pytest.raises(StorageError, match=r"models/fit-\w+\.safetensors: missing.*macropatch run"):
        run.predict(duration=1.0)
    with pytest.raises(StorageError, match=r"stage simulate-\w+ is not finished"):
        run.write_report()


def test_the_report_is_written_again_the_same(finished_chain, copy_of, host):
    root = copy_of(finished_chain)
    metrics = (root / "metrics.json").read_bytes()
    for name in ("metrics.json", "report.html"):
        (root / name).unlink()
    macropatch.load(root, host).write_report()
    assert (root / "metrics.json").read_bytes() == metrics and (root / "report.html").is_file()


def test_the_fitted_sde_is_at_hand(finished_sweep, host):
    run = macropatch.load(finished_sweep, host)
    z, c = np.array([[0.0], [0.5]]), np.zeros((2, 0))
    drift, covariance = run.fitted().coefficients(z, c)
    assert drift.shape == (2, 2, 1) and covariance.shape == (2, 2, 1, 1)
    naive, _ = run.fitted(run.branch(scheme="naive")).coefficients(z, c)
    assert naive.shape == (1, 2, 1)


@pytest.mark.filterwarnings("ignore:.*left the range of the training data")
def test_a_run_of_other_code_is_still_read_and_says_so(finished_chain, host, monkeypatch):
    def predict(run):
        return run.predict(duration=1.0, runs=2, clamp=True)["mean"]

    before = predict(macropatch.load(finished_chain, host))
    monkeypatch.setattr(stage_module, "toolkit_fingerprint", lambda sources: {"source": "newer"})
    with pytest.warns(UserWarning, match="made by other versions") as caught:
        run = macropatch.load(finished_chain, host)
    assert caught[0].filename == __file__
    assert np.array_equal(before, predict(run))
