"""``Run.predict`` beyond what was learned: warnings, and what is refused."""

from __future__ import annotations

import pytest

import macropatch
from macropatch.errors import PredictionError, SettingsError
from systems.studies import document


@pytest.fixture(scope="module")
def run(finished_sweep, host):
    return macropatch.load(finished_sweep, host)


@pytest.fixture(scope="module")
def ring(finished_ring, host):
    return macropatch.load(finished_ring, host)


def test_leaving_the_trained_range_is_warned_of(run):
    with pytest.warns(UserWarning, match=r"\d+\.\d+% of predicted steps left the range") as caught:
        data = run.predict({"m": 0.99}, duration=290.0)
    assert data.attrs["outside"] > 0 and caught[0].filename == __file__
    with pytest.warns(UserWarning, match="they were clamped to it"):
        clamped = run.predict({"m": 0.99}, duration=290.0, clamp=True)
    assert clamped.attrs["outside"] > 0 and float(abs(clamped["m"]).max()) <= 1.0


@pytest.mark.parametrize("value", [9.0, 3.001, 1.999, -2.0])
def test_conditions_outside_the_trained_ones_are_refused_with_the_range(ring, value):
    message = rf"temperature = {value:g} lies outside the trained range of 2 to 3; .*\[conditions\]"
    with pytest.raises(SettingsError, match=message):
        ring.predict(duration=1.0, runs=2, conditions={"temperature": value})


@pytest.mark.filterwarnings("ignore:.*left the range of the training data")
def test_ends_of_the_trained_range_may_be_given_as_they_are_shown(ring):
    for value in (2.0 * (1.0 - 2e-6), 3.0 * (1.0 + 2e-6)):
        assert ring.predict(duration=1.0, runs=2, conditions={"temperature": value})["m"].size


def test_starts_outside_the_training_data_are_refused_with_both_ranges(carry_out, host, tmp_path):
    narrow = {"m": [-0.1, 0.1]}
    carry_out(
        document(
            small={"start": narrow, "record_every": 0.05, "records": 2},
            upsample={"random_start": narrow},
            predict={"starts": [{"m": 0.0}], "record_every": 2.9},
        ),
        tmp_path / "run",
    )
    loaded = macropatch.load(tmp_path / "run", host)
    with pytest.raises(PredictionError, match=r"m = 0\.9 have m = 0\.8\d+, but .* span -0\.\d+ to"):
        loaded.predict({"m": 0.9}, duration=2.9)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"duration": 0.0}, "duration = 0: must be above zero"),
        ({"duration": float("nan")}, "duration = nan"),
        ({"duration": float("inf")}, "duration = inf"),
        ({"duration": 5.0, "record_every": -1.0}, "record_every = -1"),
        ({"duration": 5.0, "record_every": 6.0}, "longer than duration"),
        ({"duration": 5.0, "runs": 0}, "runs = 0: at least 1"),
        ({"duration": 5.0, "runs": 10**10}, "more than fit in memory"),
        ({"duration": 1e300}, "more than fit in memory"),
        ({"duration": 1e12, "record_every": 1.0}, "more than fit in memory"),
        ({"duration": 5.0, "starts": {"m": 2}}, r"start \{'m': 2\} m = 2"),
        ({"duration": 5.0, "starts": {"n": 0.5}}, "unknown key"),
        ({"duration": 5.0, "starts": []}, "at least one start"),
        ({"duration": 5.0, "conditions": {"field": 1.0}}, r"\['field'\]: the system has none"),
        ({"duration": 5.0, "seed": -1}, "seed = -1"),
    ],
)
def test_requests_that_cannot_be_met_are_refused(run, request_, message):
    with pytest.raises(SettingsError, match=message):
        run.predict(**request_)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"temperature": 2.0, "field": 0.0}, r"\['field'\]: the system has temperature"),
        ({"temperature": float("nan")}, "temperature = nan"),
    ],
)
def test_conditions_that_cannot_be_met_are_refused(ring, conditions, message):
    with pytest.raises(SettingsError, match=message):
        ring.predict(duration=5.0, conditions=conditions)
    with pytest.raises(SettingsError, match="give a value for each condition: temperature"):
        ring.predict({"low": 0.1, "high": 0.2}, duration=5.0)
