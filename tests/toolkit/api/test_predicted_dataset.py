"""``Run.predict``: labelled trajectories with units, of any fit, start and condition."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import macropatch
from macropatch.errors import SettingsError
from macropatch.runs.tables import write_dataset


@pytest.fixture(scope="module")
def run(finished_sweep, host):
    return macropatch.load(finished_sweep, host)


@pytest.fixture(scope="module")
def ring(finished_ring, host):
    return macropatch.load(finished_ring, host)


@pytest.fixture(autouse=True)
def leaving_the_range_is_no_news():
    """The tiny fits know little: their trajectories often leave the range."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*left the range of the training data")
        yield


def test_a_prediction_is_labelled_and_has_units(run):
    data = run.predict({"m": 0.5}, duration=29.0, runs=3)
    assert data["m"].dims == ("start", "run", "time") and data["m"].shape == (1, 3, 11)
    assert data["m"].attrs == {"long_name": "magnetisation per spin", "units": "1"}
    assert data["start"].values.tolist() == ["m = 0.5"]
    assert data["time"].attrs["units"] == "attempts per site"
    assert np.allclose(data["time"], 2.9 * np.arange(11)) and np.allclose(data["m"][..., 0], 0.5)
    assert data.attrs["system"] == "curie-weiss" and data.attrs["sites"] == 256
    assert data.attrs["time_step"] == pytest.approx(0.58)
    assert data.attrs["scheme"] == "partial" and 0 <= data.attrs["outside"] <= 1


def test_starts_default_to_those_of_the_experiment(run):
    data = run.predict(duration=10.0, runs=2)
    assert data["start"].values.tolist() == ["m = 0.5", "m = -0.25"]
    several = run.predict([{"m": 0.1}, {"m": 0.2}, {"m": 0.3}], duration=10.0, runs=2)
    assert several.sizes["start"] == 3


def test_the_seed_decides(run):
    first, same, other = (run.predict({"m": 0.5}, duration=29.0, seed=s) for s in (1, 1, 2))
    xr.testing.assert_identical(first, same)
    assert not np.array_equal(first["m"], other["m"])


def test_records_between_steps_are_interpolated(run):
    coarse = run.predict({"m": 0.5}, duration=5.8, runs=2, record_every=0.58)
    fine = run.predict({"m": 0.5}, duration=5.8, runs=2, record_every=0.29)
    assert np.allclose(fine["m"][..., ::2], coarse["m"])
    middle = (coarse["m"].values[..., 1:] + coarse["m"].values[..., :-1]) / 2
    assert np.allclose(fine["m"].values[..., 1::2], middle)
    assert (coarse.attrs["interpolated"], fine.attrs["interpolated"]) == (0, 1)


def test_stationary_records_begin_after_the_duration(run):
    settled = run.predict({"m": 0.5}, duration=29.0, runs=4, stationary=True)
    whole = run.predict({"m": 0.5}, duration=58.0, runs=4)
    assert settled.attrs["stationary"] == 1 and settled["time"][0] == 0
    assert np.array_equal(settled["m"], whole["m"][..., 10:])


def test_members_are_predicted_on_their_own(run):
    data = run.predict({"m": 0.5}, duration=29.0, runs=3, members=True)
    assert data["m_members"].dims == ("member", "start", "run", "time")
    assert data["m_members"].shape == (2, 1, 3, 11)
    assert not np.array_equal(data["m_members"][0], data["m_members"][1])
    alone = run.predict(duration=9.0, members=True, branch=run.branch(scheme="naive"))
    assert set(alone.data_vars) == {"m"}, "an ensemble of one has no members"


def test_any_branch_can_predict(run):
    naive = run.predict({"m": 0.5}, duration=9.0, branch=run.branch(scheme="naive", patch_size=64))
    assert naive.attrs["scheme"] == "naive" and naive.attrs["patch_size"] == "64"
    with pytest.raises(SettingsError, match=r"nothing was fitted with .*'patch_size': 7.*=256"):
        run.branch(patch_size=7)


def test_conditions_are_given_by_name(ring):
    data = ring.predict({"low": 0.2, "high": 0.2}, duration=5.0, conditions={"temperature": 2.0})
    assert data["start"].values.tolist() == ["low = 0.2, high = 0.2, temperature = 2"]
    assert {"m", "walls"} == set(data.data_vars), "closures are no output"
    default = ring.predict(duration=5.0, runs=2)
    assert default.sizes["start"] == 2
    both = ring.predict(duration=5.0, runs=2, conditions={"temperature": 2.5})
    assert both["start"].values.tolist() == ["low = 0.3, high = 0.3, temperature = 2.5"]


def test_between_trained_conditions_the_fit_interpolates(ring):
    """With the same noise, paths at 2.001 are next to those at 2; at 2.5 between, at 3 apart."""

    def walls(temperature):
        start = {"low": 0.2, "high": 0.2}
        asked = {"temperature": temperature}
        return ring.predict(start, duration=5.0, runs=40, conditions=asked)["walls"][..., -1].values

    cold, near, middle, warm = (walls(value) for value in (2.0, 2.001, 2.5, 3.0))
    shifts = [abs(other - cold).mean() for other in (near, middle, warm)]
    assert 0 < shifts[0] < 0.02 * shifts[1] and shifts[1] < shifts[2]


def test_netcdf_and_csv_hold_the_same(run, tmp_path):
    data = run.predict(duration=29.0, runs=3, members=True)
    write_dataset(tmp_path / "a.nc", data)
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as found:
        xr.testing.assert_identical(found.load(), data)
    write_dataset(tmp_path / "a.csv", data[["m"]])
    table = pd.read_csv(tmp_path / "a.csv", index_col=["start", "run", "time"])
    assert np.allclose(xr.Dataset.from_dataframe(table)["m"].sel(start=data["start"]), data["m"])
