"""Fields in whole runs: a plane by settings alone, the shipped experiment, what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from macropatch.errors import MacropatchError, SettingsError
from macropatch.experiment import read_study, study_of
from macropatch.host import build_host
from macropatch.pipeline.execute import execute
from macropatch.pipeline.preflight import check_study
from systems.studies import merge

LINE = {
    "experiment": {"name": "line", "seed": 1},
    "system": {"name": "predator-prey"},
    "small": {"size": 40, "runs": 10, "records": 10, "record_every": 0.2},
    "large": {"size": 80},
    "upsample": {"snapshots": 300, "tiling": "repeat"},
    "evolve": {"patch_size": 20, "cell": 20, "dt": 0.02, "patches": "all", "halo": 2,
               "scheme": ["partial", "published", "naive"]},
    "closure": {"name": "moments", "products": [[0, 0], [0, 1]]},
    "sde": {"name": "linear", "ensemble": 2, "calibration_error": 0.3},
    "predict": {"starts": [{"m": 0.5, "k": 0.1}], "duration": 0.4, "runs": 4, "member_runs": 4,
                "clamp": True},
    "evaluate": {"truth_runs": 4, "group": 2, "measures": ["mmd"]},
    "report": {"figures": []},
    "run": {"task_size": 100, "workers": 2},
}  # fmt: skip
PLANE = merge(LINE, {
    "experiment": {"name": "plane"},
    "system": {"name": "fitzhugh-nagumo", "dimension": 2},
    "small": {"size": [12, 12]},
    "large": {"size": [24, 24]},
    "evolve": {"patch_size": [12, 12], "cell": [12, 12], "dt": 0.1, "scheme": "partial"},
    "predict": {"starts": [{"u": 0.5, "v": 0.5}]},
})  # fmt: skip


@pytest.fixture(scope="module")
def host():
    return build_host()


@pytest.mark.parametrize("settings", [LINE, PLANE], ids=["line", "plane"])
def test_a_run_predicts_fields(settings, host, tmp_path):
    execute(study_of(settings, host), host, tmp_path, show=False)
    records = json.loads((tmp_path / "metrics.json").read_bytes())
    errors = {r["scheme"]: r["value"] for r in records if r["name"] == "mmd"}
    schemes = settings["evolve"]["scheme"]
    assert set(errors) == ({schemes} if isinstance(schemes, str) else set(schemes))
    assert np.isfinite(list(errors.values())).all()


@pytest.mark.parametrize("quick", [False, True])
def test_the_shipped_experiment_passes_its_checks(host, quick):
    study = read_study("predator-prey", host, quick=quick)
    check_study(study, host)
    member = study.first
    assert member.large.size == (200,) and member.evolve.patch_size == (40,)
    assert len(member.predict.starts) == 9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"system": {"time_step": 0.6}}, r"\[system\]: time_step = 0.6 .*stability limit 0.5"),
        ({"system": {"time_step": 0.0}}, r"\[system\] time_step = 0.0: .*greater than or equal"),
        ({"system": {"boundary": "open"}}, r"\[system\] boundary = 'open': .*'zero-flux'"),
        ({"large": {"size": [80, 80]}}, r"\[large\] size = \[80, 80\]: .*1 edge"),
        ({"evolve": {"patch_size": 30}}, r"\[evolve\] patch_size = \[30\]: .*these do"),
        ({"evolve": {"surroundings": "slaved"}}, r"surroundings = 'slaved': .* has 'halo'"),
        (
            {"upsample": {"random_start": {"m": [0.6, 0.5]}}},
            r"\[upsample\] random_start.*low <= high",
        ),
    ],
)
def test_faults_are_named_before_work_starts(host, change, message):
    with pytest.raises(SettingsError, match=message):
        check_study(study_of(merge(LINE, change), host), host)


def test_a_blow_up_ends_the_run_with_stage_and_setting(host, tmp_path):
    wild = merge(LINE, {
        "system": {"time_step": 0.5, "noise": 30.0}, "small": {"record_every": 25.0},
        "predict": {"record_every": 0.2},
    })  # fmt: skip
    with pytest.raises(
        MacropatchError, match=r"stage (simulate|truth).*snapshot .*time_step = 0.5"
    ):
        execute(study_of(wild, host), host, tmp_path, show=False)


def test_a_medium_starts_on_a_plane_of_one_row():
    system = host_system("fitzhugh-nagumo", dimension=2)
    record = build_host().system("fitzhugh-nagumo")
    rng = np.random.default_rng(1)
    for size in ((1, 16), (16, 1), (4, 4)):
        states = system.initial(size, 5, np.zeros((5, 0)), record.start(), rng)
        assert all(array.shape == (5, *size) for array in states.values())


def test_the_second_model_on_a_plane_is_an_experiment_too(host):
    for quick in (False, True):
        study = read_study("fitzhugh-nagumo", host, quick=quick)
        check_study(study, host)
        assert study.first.large.size == (64, 64) and study.first.evolve.patch_size == (16, 16)
        assert study.first.system.settings.boundary == "periodic"


def host_system(name, **settings):
    record = build_host().system(name)
    return record.factory(record.settings(**settings))
