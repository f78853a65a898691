"""Exponents out of ensembles whose law of finite-size scaling is known."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from macropatch.contract.results import Evaluation
from macropatch.measures.ensembles import measure_critical, measure_stationary
from macropatch.measures.exponents import critical_exponents

TEMPERATURES = np.array([2.25, 2.26, 2.27, 2.28, 2.29])
CRITICAL = 2.269185


def magnetisations(size, rng, shape):
    """``m = L^−1/8 y`` with ``y`` of the law ``exp(−x y² − y⁴)``, ``x = (T/T_c − 1) L``."""
    y = np.linspace(-3.0, 3.0, 601)
    rows = []
    for temperature in TEMPERATURES:
        law = np.exp(-(temperature / CRITICAL - 1.0) * size * y**2 - y**4)
        rows.append(rng.choice(y, shape, p=law / law.sum()))
    return size**-0.125 * np.stack(rows, axis=len(shape) - 2)


def ensemble(values):
    dims = ("member", "condition", "run", "record", "observable")[-values.ndim - 1 :]
    coords = {"temperature": ("condition", TEMPERATURES), "observable": ["m"]}
    return xr.DataArray(values[..., None], dims=dims, coords=coords)


def evaluation(size, rng, wrong=0.0):
    """Ours, members and direct; ``wrong`` adds a factor ``L^wrong`` to ours."""
    factor = size**wrong
    nothing = xr.DataArray(np.zeros((1, 1, 1, 1)), dims=("start", "run", "time", "observable"))
    return Evaluation(
        {"scheme": "partial", "patch_size": 16, "lambda": "calibrated", "large.size": [size, size]},
        nothing,
        None,
        nothing,
        nothing,
        stationary=ensemble(factor * magnetisations(size, rng, (20, 4000))),
        stationary_members=ensemble(factor * magnetisations(size, rng, (5, 20, 800))),
        equilibrium=ensemble(magnetisations(size, rng, (20, 4000))),
        conditions=("temperature",),
        size=(size, size),
        sites=size * size,
    )


def exponents(wrong=0.0):
    rng = np.random.default_rng(1)
    found = critical_exponents([evaluation(L, rng, wrong) for L in (16, 32, 48, 64)], CRITICAL)
    return found, {
        (m.labels["source"], m.labels["observable"]): m for m in found if m.name == "exponent"
    }


def test_exponents_of_the_law_are_found_within_their_errors():
    """Six figures within four standard errors: a false alarm of 4e-4."""
    metrics, found = exponents()
    exact = {"abs_m": -0.125, "chi": 1.75, "binder_slope": 1.0}
    assert set(found) == {(source, name) for source in ("sde", "direct") for name in exact}
    for (_, name), metric in found.items():
        assert abs(metric.value - exact[name]) < 4.0 * metric.uncertainty
        assert metric.uncertainty < (0.3 if name == "binder_slope" else 0.03)
        assert metric.labels["temperature"] == CRITICAL and "large.size" not in metric.labels
    slopes = [m for m in metrics if m.name == "binder_slope" and m.labels["source"] == "sde"]
    assert [m.labels["size"] for m in slopes] == [16, 32, 48, 64]


def test_a_wrong_dependence_on_size_shows():
    _, found = exponents(wrong=0.1)
    ours, direct = (found[source, "abs_m"] for source in ("sde", "direct"))
    assert ours.value - direct.value == pytest.approx(0.1, abs=0.02)
    assert abs(ours.value - direct.value) > 5.0 * np.hypot(ours.uncertainty, direct.uncertainty)


def test_records_of_each_temperature_name_size_and_source():
    one = evaluation(16, np.random.default_rng(2))
    found = measure_critical(one)
    assert {m.name for m in found} == {"abs_m", "chi", "binder"}
    assert {(m.labels["temperature"], m.labels["source"]) for m in found} == {
        (t, source) for t in TEMPERATURES for source in ("sde", "direct")
    }
    assert all(m.labels["size"] == 16 and m.uncertainty > 0 for m in found)
    ours = {m.labels["temperature"]: m for m in found if m.name == "abs_m" and m.reference}
    assert len(ours) == 5
    means = measure_stationary(one)
    assert {m.name for m in means} == {"stationary_mean", "stationary_sd"}
