import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from processes import relaxations

from macropatch.contract.results import Evaluation
from macropatch.measures.plugin import macropatch_measures


def array(values, names=("m",)):
    return xr.DataArray(
        np.repeat(values[..., None], len(names), axis=-1),
        dims=("member", "start", "run", "time", "observable")[-values.ndim - 1 :],
        coords={"observable": list(names), "time": np.arange(values.shape[-1]) * 0.5},
    )


def evaluation(names=("m",), runs=100, group=20, ensemble=True):
    rng = np.random.default_rng(14)
    predicted, truth, again = (relaxations(runs, rng, times=30) for _ in range(3))
    members = np.stack([predicted + shift for shift in (-0.02, 0.01, 0.03)])
    return Evaluation(
        {"scheme": "partial", "patch_size": 8},
        array(predicted, names),
        array(members, names) if ensemble else None,
        array(truth, names),
        array(again, names),
        group,
    )


def measure(name, of):
    (record,) = [one for one in macropatch_measures() if one.name == name]
    return record.factory()(of)


def test_test_error_for_the_group_and_for_all_runs():
    metrics = measure("test_error", evaluation(("m", "walls")))
    assert [dict(one.labels) for one in metrics] == [
        {"scheme": "partial", "patch_size": 8, "observable": name, "trajectories": count}
        for name in ("m", "walls")
        for count in (20, 100)
    ]
    for one in metrics:
        assert one.value == pytest.approx(one.floor, rel=1.5)
        assert one.uncertainty > 0
        assert one.floor_uncertainty > 0


@pytest.mark.parametrize("runs", [20, 12])
def test_no_second_record_where_the_group_is_all_there_is(runs):
    (one,) = measure("test_error", evaluation(runs=runs))
    assert one.labels["trajectories"] == runs


def test_ensemble_widens_the_uncertainty():
    for name in ("test_error", "mmd", "mean"):
        alone = measure(name, evaluation(ensemble=False))[0]
        assert alone.uncertainty < measure(name, evaluation())[0].uncertainty


def test_standard_deviation_beside_direct_simulation():
    ours, direct, compared = measure("standard_deviation", evaluation())
    assert [one.labels.get("source") for one in (ours, direct, compared)] == ["sde", "direct", None]
    assert compared.name == "sd_ratio"
    assert ours.reference == direct.value
    assert compared.value == pytest.approx(ours.value / direct.value)
    assert abs(compared.value - 1) < 4 * compared.uncertainty
    assert abs(compared.floor - 1) < 4 * compared.floor_uncertainty


def test_mean_of_both_sources():
    ours, direct = measure("mean", evaluation())
    assert ours.reference == direct.value
    assert abs(ours.value - direct.value) < 4 * np.hypot(ours.uncertainty, direct.uncertainty)


def test_mmd_of_the_observables():
    (one,) = measure("mmd", evaluation(("m", "walls")))
    assert one.labels["space"] == "observables"
    assert one.value == pytest.approx(one.floor, rel=1.0)


def test_equal_data_give_equal_records():
    of_ensembles = {"stationary", "critical"}  # tested on ensembles
    for record in macropatch_measures():
        if record.name in of_ensembles:
            continue
        assert record.factory()(evaluation()) == record.factory()(evaluation())


def test_listing_imports_no_heavy_module():
    code = (
        "import sys, macropatch.measures.plugin as plugin; list(plugin.macropatch_measures());"
        "heavy = {'torch', 'numba', 'xarray', 'scipy', 'matplotlib'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
