"""A study over λ with two seeds, from the settings file to what is printed and written."""

from __future__ import annotations

import json
from statistics import fmean

import pytest

from systems.studies import document, write_settings

STUDY = document(
    sde={"name": "linear", "ensemble": 1, "calibration_error": 0.3},
    evaluate={"measures": ["mmd", "standard_deviation"]},
    report={"figures": ["mmd", "mmd_over_time", "standard_deviation"]},
    sweep=[{"sde.lambda": ["calibrated", 4.0, 1.0], "experiment.seed": [5, 6]}],
)
STUDY["sde"] = {key: STUDY["sde"][key] for key in ("name", "ensemble", "calibration_error")}


def test_a_run_of_several_seeds_prints_and_writes_means_and_paired_differences(command, tmp_path):
    root = tmp_path / "run"
    settings = write_settings(tmp_path / "study.toml", STUDY)
    ended = command("run", settings, "--out", root, "--quiet")
    assert ended.code == 0 and ended.err == ""
    records = json.loads((root / "metrics.json").read_text())

    def value(name, **labels):
        (one,) = [r for r in records if r["name"] == name and labels.items() <= r.items()]
        return one

    seeds = {
        (lambda_, seed): value("mmd", **{"lambda": lambda_, "seed": seed})["value"]
        for lambda_ in ("calibrated", 4.0, 1.0)
        for seed in (5, 6)
    }
    averaged = value("mmd", **{"lambda": 4.0, "seeds": 2})
    assert averaged["value"] == pytest.approx(fmean([seeds[4.0, 5], seeds[4.0, 6]]))
    assert averaged["uncertainty"] == pytest.approx(abs(seeds[4.0, 5] - seeds[4.0, 6]) / 2)
    (difference,) = [record for record in records if record["name"] == "mmd_difference"]
    assert (difference["lambda"], difference["than"]) == (1.0, 4.0), "K = 256 / 64"
    by_seed = [seeds[1.0, seed] - seeds[4.0, seed] for seed in (5, 6)]
    assert difference["value"] == pytest.approx(fmean(by_seed))
    assert difference["uncertainty"] == pytest.approx(abs(by_seed[0] - by_seed[1]) / 2)
    costs = [r for r in records if r["name"] == "cost_seconds" and r["of"] == "direct"]
    assert [record.get("seed") for record in costs] == [5, 6, None]

    for words in (
        "discrepancy of distributions (MMD) of the observables",
        "difference in MMD of the observables between values of λ",
        "standard errors",
        "standard deviation of m, ratio",
        "expected √(K/λ)",
    ):
        assert words in ended.out
    page = (root / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3 and "MMD over time" in page
    assert "5, 6" in page, "the seeds of each stage"
