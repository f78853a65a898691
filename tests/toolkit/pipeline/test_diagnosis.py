"""``Run.diagnose`` against exact ground: Ornstein–Uhlenbeck chains and the Ising ring."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

import macropatch
from macropatch.errors import SettingsError
from macropatch.pipeline.diagnosis import findings
from macropatch.pipeline.diagnosis.diagnose import diagnose, simulate
from macropatch.pipeline.diagnosis.files import diagnosed_fit
from macropatch.pipeline.diagnosis.protocol import Protocol
from macropatch.pipeline.diagnosis.surroundings import by_surroundings
from macropatch.pipeline.diagnosis.whiteness import whiteness
from macropatch.runs.stage import Workplace
from systems.studies import CHAIN, RING, document

NOISY = {"upsample": {"snapshots": 1000}, "small": {"runs": 20}, "run": {"task_size": 100}}
NARROW = {"spread": 0.4}


def a_chain(coupling: float, noise: float, dt: float, **changes):
    polynomial = {"name": "polynomial", "degree": 1, "diffusion": "quadratic", "ensemble": 5}
    tables = {**NOISY, "system": {"coupling": coupling, "noise": noise},
              "evolve": {"dt": dt, "patches": 4}, "sde": polynomial}  # fmt: skip
    near = document(CHAIN, small={"start": NARROW}, upsample={"random_start": NARROW})
    return document(document(near, **tables), **changes)


@pytest.fixture(scope="module")
def closed(carry_out, host, tmp_path_factory):
    """A chain without coupling: mean and mean square are Markov."""
    root = tmp_path_factory.mktemp("closed") / "run"
    carry_out(a_chain(0.0, 0.6, 0.02, upsample={"snapshots": 2000}), root)
    return macropatch.load(root, host)


@pytest.fixture(scope="module")
def coupled(carry_out, host, tmp_path_factory):
    """A chain with strong coupling and next to no noise: the mean square does not know its rate.

    The power of a cell's mean, a closure, tells slow waves from fast ones.
    """
    root = tmp_path_factory.mktemp("coupled") / "run"
    settings = a_chain(
        3.0, 0.05, 0.1, evolve={"cell": 5, "halo": 1},
        sweep=[{"closure.name": ["none"]}, {"closure.name": ["powers"], "closure.powers": [[2]]}],
    )  # fmt: skip
    carry_out(settings, root)
    return macropatch.load(root, host)


@pytest.fixture(scope="module")
def of_closed(closed):
    return closed.diagnose(snapshots=2000, progress=False)


@pytest.fixture(scope="module")
def of_coupled(coupled):
    return coupled.diagnose(snapshots=1000, progress=False)


def test_a_closed_chain_has_white_residuals(of_closed):
    """Sixteen autocorrelations within four standard errors: a false alarm in a thousand."""
    data = of_closed.data
    assert (np.abs(data["autocorrelation"]) < 4 * data["autocorrelation_error"]).all()
    assert not any("correlated" in sentence for sentence in of_closed.warnings)


def test_lambda_is_the_number_of_patches_on_a_chain_without_coupling(of_closed):
    """At dt = 0.02, where what patches differ by adds 4 % to the variance of their squares."""
    data = of_closed.data.isel(dt=0, condition=0)
    assert of_closed.data.attrs["K"] == 4
    off = np.abs(data["variance_ratio"] - 4.0) - 4 * data["variance_ratio_error"]
    assert (off < [0.0, 0.16]).all() and data["variance_ratio_error"].sel(component="mean") < 0.2


def test_an_open_chain_shows(of_coupled):
    data = of_coupled.data.sel(component="square")
    assert data["autocorrelation"].isel(lag=0) > 10 * data["autocorrelation_error"].isel(lag=0)
    warned = " ".join(of_coupled.warnings)
    assert "residuals of square are correlated" in warned and "relax" in warned
    # The mean of all sites is closed: only its spread, for which λ is wrong, is off.
    white = of_coupled.data["autocorrelation"].sel(component="mean")
    assert (np.abs(white) < 0.1).all() and "residuals of mean are correlated" not in warned


def test_a_closure_that_helps_earns_its_place(of_coupled):
    data = of_coupled.data
    assert data["closure"].values.tolist() == ["none", "powers, powers = [2]"]
    gain = data.isel(closure=1)
    assert gain["held_out_gain"] > 5 * gain["held_out_gain_error"]
    assert data["held_out_gain"].isel(closure=0) == 0
    plain = data["held_out_log_likelihood"].diff("closure").item()
    error = np.hypot(*data["held_out_log_likelihood_error"].values)
    assert abs(plain - gain["held_out_gain"].item()) < 5 * error, "on pairs of their own"
    assert any("it earns its place" in f.sentence for f in of_coupled.findings)


def test_lambda_far_from_the_number_of_patches_is_warned_of(of_coupled):
    """Neighbours pull patches towards them: their changes do not add up as independent ones."""
    data = of_coupled.data.isel(dt=0, condition=0)
    assert (data["variance_ratio"] > 6).all()
    assert any('set [sde] lambda = "calibrated"' in text for text in of_coupled.warnings)


def expected_change(u: np.ndarray, patch: int, halo: int, dt: float, coupling: float) -> np.ndarray:
    """``(N, patches)``: ``K`` times the exact mean change of the mean, by powers of a matrix."""
    n, steps = u.shape[1], int(np.ceil(dt / 0.01 - 1e-9))
    force = -(1 + 2 * coupling) * np.eye(n) + coupling * (np.eye(n, k=1) + np.eye(n, k=-1))
    force[0, -1] = force[-1, 0] = coupling
    changes = []
    for first in range(0, n, patch):
        moving = np.arange(first - halo, first + patch + halo) % n
        step = np.eye(n)
        step[moving] += dt / steps * force[moving]
        later = u @ np.linalg.matrix_power(step, steps).T
        own = slice(first, first + patch)
        changes.append((n // patch) * (later - u)[:, own].sum(axis=1) / n)
    return np.stack(changes, axis=1)


def test_bias_of_a_narrow_halo_is_that_of_the_exact_means(coupled, of_coupled):
    """The mean's drift in halos 0 to 4, regressed from exact means of all patches, as here."""
    fit = coupled.branches[0].fit
    protocol = Protocol.of(fit, coupled.root, 1000)
    measured = simulate(protocol, coupled.root, 1, "threads", show=False)
    states = []
    for index, (task, rows) in enumerate(protocol.chosen):
        place = Workplace(coupled.root, protocol.rng(index), lambda share: None, coupled.root)
        states.append(fit.pairs.snapshots.states_of(task, place)[0]["u"][list(rows)])
    u = np.concatenate(states)
    assert np.allclose(u.mean(axis=1), measured.z0[:, 0])
    dts = [0.1, 0.2, 0.4]
    exact = np.stack(
        [[expected_change(u, 10, width, dt, 3.0) for width in (0, 1, 2, 4)] for dt in dts]
    )  # (dt, halo, N, patch)
    arrays = np.moveaxis(exact, 2, 0)[..., None]
    told = by_surroundings(
        replace(measured, change=arrays, drift=arrays), dts, (0, 1, 2, 4), 1, ("mean",)
    )
    name = "drift_difference"
    truth = told[name].sel(observable="mean")
    found = of_coupled.data.sel(observable="mean")
    assert truth.sel(halo=0).min() > 0.01 and truth.sel(halo=2).max() < truth.sel(halo=0).max() / 2
    bounds = found[f"{name}_low"] <= truth + 1e-9, truth <= found[f"{name}_high"] * 1.5
    assert all(bound.all() for bound in bounds)
    assert (
        found[f"{name}_low"].sel(halo=0, dt=0.4) > found[f"{name}_high"].sel(halo=2, dt=0.4)
    ).all()
    words = [f.sentence for f in of_coupled.findings if f.panel == "halo"]
    assert re.search(r"Without a halo \(0\) the drift would be off by (at most )?\d", words[-1])


def test_drift_over_longer_times_is_the_exponentials(closed, of_closed):
    """The mean relaxes as ``(1 − h)^k``, by steps of h = 0.01."""
    change = of_closed.data["drift_change"].sel(observable="mean").values
    error = of_closed.data["drift_change_error"].sel(observable="mean").values
    rate = np.array([(1 - 0.99 ** (2 * k)) / (0.02 * k) for k in (1, 2, 4)])
    assert (np.abs(change - np.abs(rate / rate[0] - 1)) <= 4 * error + 1e-12).all()


def test_a_mutant_of_the_fit_shows(closed, host):
    """A fifth of the drift, a quarter of the variance: both are found on the same trajectories."""
    fit = closed.branches[0].fit
    measured = simulate(Protocol.of(fit, closed.root, 1000), closed.root, 1, "threads", show=False)
    components = ("mean", "square")
    for change, said in (
        ({"drift": 0.2}, "residuals of mean are correlated"),
        ({"spread": 0.25, "constant": 0.25}, "times the fitted variance"),
    ):
        fitted = fit.fitted(closed.root)
        weights = fitted.model.parameters()
        fitted.model.restore({**weights, **{n: weights[n] * by for n, by in change.items()}})
        data = whiteness(fitted, measured.path, measured.c, components)
        warned = [f.sentence for f in findings.of_whiteness(data, components) if f.warning]
        assert any(said in sentence for sentence in warned), warned


def test_the_ring_shows_what_frozen_neighbours_do(carry_out, host, tmp_path):
    """At T = 1, walls cross the edges of patches of two sites, unless neighbours are frozen."""
    settings = document(
        document(RING, **NOISY), conditions={"temperature": [1.0]}, large={"size": 32},
        evolve={"dt": 1.0, "patch_size": 2, "cell": 2, "patches": 4}, sde={"lambda": "K"},
        upsample={"snapshots": 4000, "relax": 2.0, "random_share": 0.7}, run={"task_size": 400},
    )  # fmt: skip
    settings["closure"] = {"name": "none"}
    carry_out(settings, tmp_path / "run")
    found = macropatch.load(tmp_path / "run", host).diagnose(snapshots=4000, progress=False)
    data = found.data.sel(dt=2.0, observable="walls")
    frozen, narrow = (data["drift_difference"].sel(halo=width).item() for width in (0, 2))
    assert frozen > 0.1 and frozen > 1.5 * narrow, "0.23 ± 0.02, and 0 ± 0.05"


def test_the_same_again_with_any_number_of_workers(finished_ring, host, copy_of):
    root = copy_of(finished_ring)
    run = macropatch.load(root, host)
    first = diagnose(run.branches[0], run.branches, root, 200, workers=1, show=False)
    again = diagnose(run.branches[0], run.branches, root, 200, workers=3, show=False)
    assert first.data.identical(again.data) and first.findings == again.findings
    assert first.snapshots == 200


def test_both_files_are_written(finished_ring, host, copy_of):
    root = copy_of(finished_ring)
    found = macropatch.load(root, host).diagnose(snapshots=200, progress=False)
    content = json.loads((root / "diagnosis.json").read_bytes())
    assert content["branch"]["scheme"] == "partial" and content["snapshots"] == 200
    assert len(content["records"]) == len(found.records)
    assert all({"name", "value", "uncertainty"} <= set(record) for record in content["records"])
    ratios = [r for r in content["records"] if r["name"] == "variance_ratio"]
    assert len(ratios) == 3 * 2 * 4, "three dt, two temperatures, four components"
    assert [f["sentence"] for f in content["findings"]] == [f.sentence for f in found.findings]
    page = (root / "diagnosis.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and page.count("<svg") == 4
    assert not re.search(r'<script|(src|href)="http', page)
    assert all(title in page for title in ("Width of the halo", "Variance ratio", "Is z closed?"))
    share = found.data["calibration_share_of_events"].item()
    assert 0 < share < 1 and found.data["whole_systems"].item() >= 80


def test_report_and_diagnosis_link_each_other(finished_ring, host, copy_of):
    """As long as the diagnosis is of a fit of the run; an unfinished run has no report to link."""
    root, link = copy_of(finished_ring), '<a href="diagnosis.html">Diagnosis</a>'
    run = macropatch.load(root, host)
    assert link not in run.report.read_text(encoding="utf-8")
    run.diagnose(snapshots=100, progress=False)
    assert link in run.report.read_text(encoding="utf-8"), "the report was written again"
    assert '<a href="report.html">Report</a>' in (root / "diagnosis.html").read_text("utf-8")
    content = (root / "diagnosis.json").read_text(encoding="utf-8")
    stale = content.replace(run.branches[0].fit.name, "fit-0123456789ab")
    (root / "diagnosis.json").write_text(stale, encoding="utf-8")
    run.write_report()
    assert link not in run.report.read_text(encoding="utf-8")
    run.report.unlink()
    for record in (root / "tasks").glob("evaluate-*/*.json"):
        record.unlink()
    run.diagnose(snapshots=100, progress=False)
    assert diagnosed_fit(root) == run.branches[0].fit.name and not run.report.exists()


def test_a_diagnosis_that_is_not_whole_is_of_no_fit(tmp_path):
    assert diagnosed_fit(tmp_path) is None
    for content in ('{"fit": "fit-1"}', "[]", "{", "{}"):
        (tmp_path / "diagnosis.json").write_text(content, encoding="utf-8")
        (tmp_path / "diagnosis.html").unlink(missing_ok=True)
        assert diagnosed_fit(tmp_path) is None
        (tmp_path / "diagnosis.html").touch()
        assert diagnosed_fit(tmp_path) == ("fit-1" if "fit-1" in content else None)


def test_other_fits_can_be_chosen(finished_sweep, host, copy_of):
    run = macropatch.load(copy_of(finished_sweep), host)
    naive = run.diagnose(snapshots=100, branch=run.branch(scheme="naive"), progress=False)
    assert naive.labels["scheme"] == "naive" and "drift_difference" not in naive.data
    assert any("evolves patches alone" in f.sentence for f in naive.findings)
    whole = run.diagnose(snapshots=100, branch=run.branch(patch_size=256), progress=False)
    assert "variance_ratio" not in whole.data and "drift_change" in whole.data
    slaved = run.diagnose(snapshots=100, branch=run.branch(patch_size=64), progress=False)
    assert slaved.data.sizes["halo"] == 1, "its surroundings are no halo"
    with pytest.raises(SettingsError, match="snapshots = 10: at least 100"):
        run.diagnose(snapshots=10, progress=False)
