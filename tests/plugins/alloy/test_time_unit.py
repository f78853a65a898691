"""The length of a time unit: between temperatures, beyond them, from barriers and from files."""

from __future__ import annotations

import json

import numpy as np
import pytest
from ase.units import kB
from pair_alloy import BARE, pair_model

from macropatch_alloy.time_unit import TimeUnit, load_time_unit, residence_times

KELVIN = np.array([250.0, 300.0, 333.0, 700.0, 1234.0, 3000.0, 5000.0])


def test_between_and_beyond_temperatures_it_is_log_linear_in_their_inverse():
    """Of an activated process at any temperatures it is exact, whatever their order."""
    given = (3000.0, 300.0, 1000.0)
    unit = TimeUnit(given, tuple(1e-12 * np.exp(0.8 / (kB * t)) for t in given))
    np.testing.assert_allclose(unit(KELVIN), 1e-12 * np.exp(0.8 / (kB * KELVIN)), rtol=1e-10)
    np.testing.assert_allclose(unit.scaled(2.5)(KELVIN), 2.5 * unit(KELVIN))
    bent = TimeUnit((300.0, 600.0, 1200.0), (8.0, 4.0, 1.0))
    np.testing.assert_allclose(bent(np.array([300.0, 600.0, 1200.0])), [8.0, 4.0, 1.0])
    assert bent(np.array([400.0]))[0] == pytest.approx(np.sqrt(32.0))  # halfway in 1/T
    assert bent(np.array([800.0]))[0] == pytest.approx(2.0)
    assert TimeUnit((500.0,), (7.0,))(KELVIN).tolist() == [7.0] * len(KELVIN)
    with pytest.raises(ValueError, match=r"temperatures of 0\.0 to 300\.0 K: they are > 0"):
        bent(np.array([300.0, 0.0]))


def test_equal_barriers_give_an_exponential_waiting_time():
    unit = residence_times(pair_model(), 1e12, jumps=40.0, samples=3)
    expected = 40.0 * np.exp(BARE / (kB * KELVIN)) / (8.0 * 1e12)
    np.testing.assert_allclose(unit(KELVIN), expected, rtol=1e-9)


def test_a_file_gives_what_it_holds(tmp_path):
    path = tmp_path / "units.json"
    path.write_text(json.dumps({"pairs": {"temperature": [300, 600], "seconds": [2.0, 1e-3]}}))
    assert load_time_unit(path, "pairs") == TimeUnit((300.0, 600.0), (2.0, 1e-3))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "no time units of 'pairs'"),
        ('{"others": {}}', "no time units of 'pairs' .KeyError"),
        ('{"pairs": {"temperature": [300]}}', "no time units of 'pairs' .KeyError..seconds"),
        ('{"pairs": {"temperature": [300], "seconds": ["x"]}}', "no time units of 'pairs'"),
        ('{"pairs": {"temperature": [300, 400], "seconds": [1.0]}}', "no positive numbers"),
        ('{"pairs": {"temperature": [], "seconds": []}}', "no positive numbers"),
        ('{"pairs": {"temperature": [300, 400], "seconds": [1, 0]}}', "no positive numbers"),
        ('{"pairs": {"temperature": [300, 300], "seconds": [1, 2]}}', "at distinct temperatures"),
        ('{"pairs": {"temperature": [300, 400], "seconds": [1, NaN]}}', "no positive numbers"),
    ],
)
def test_a_file_without_time_units_is_refused(tmp_path, content, told):
    path = tmp_path / "units.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=told) as raised:
        load_time_unit(path, "pairs")
    assert str(path) in str(raised.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none\.json: no time units of 'pairs'"):
        load_time_unit(tmp_path / "none.json", "pairs")
