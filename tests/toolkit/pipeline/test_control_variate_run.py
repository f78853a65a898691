"""``[evolve] control_variate`` from the settings to the report: the Ising ring."""

from __future__ import annotations

import numpy as np
import pytest

import macropatch
from macropatch.experiment import study_of
from macropatch.pipeline.graph import build_graph
from systems.studies import CHAIN, RING, document

BOTH = {"evolve.control_variate": [True, False]}


@pytest.fixture(scope="module")
def run(carry_out, host, tmp_path_factory):
    root = tmp_path_factory.mktemp("variate") / "run"
    settings = document(
        RING, evolve={"scheme": ["partial", "naive"]}, upsample={"snapshots": 2000},
        sde={"symmetry": True, "ensemble": 5}, run={"task_size": 500}, sweep=[BOTH],
    )  # fmt: skip
    carry_out(settings, root)
    return macropatch.load(root, host)


def branch(run, on, scheme="partial"):
    return run.branch(**{"evolve.control_variate": on, "scheme": scheme})


def metrics(run, name):
    return [metric for metric in run.metrics if metric["name"] == name]


def test_with_and_without_it_pairs_and_calibration_are_the_same(run):
    on, off = (branch(run, which).stages() for which in (True, False))
    assert {kind for kind in on if on[kind].name != off[kind].name} == {
        "fit", "predict", "evaluate",
    }  # fmt: skip
    assert on["evolve"].read(run.root, "martingale").shape == (2000, 2, 2)


def test_coefficients_and_what_is_left_are_told(run):
    """Closures too are correlated with the observables' martingale."""
    coefficients, left = metrics(run, "control_variate"), metrics(run, "control_variate_left")
    components = ["m", "walls", "closure 1", "closure 2"]
    assert [(one["component"], one["of"]) for one in coefficients] == [
        (component, of) for component in components for of in ("m", "walls")
    ]
    assert [one["component"] for one in left] == components
    for one in (*coefficients, *left):
        assert one["evolve.control_variate"] and one["scheme"] == "partial"
        assert one["uncertainty"] > 0.0
    assert 0.8 < coefficients[0]["value"] < 1.3 and 0.8 < coefficients[3]["value"] < 1.3
    assert max(one["value"] for one in left[:2]) < 0.2
    assert all(one["value"] < 1.0 - 5.0 * one["uncertainty"] for one in left)
    page = (run.root / "report.html").read_text(encoding="utf-8")
    assert "Noise that the control variate leaves" in page
    assert "With evolve.control_variate the drift" in page and "rows without it" not in page


def spread(run, on):
    """Root mean square of the jackknife error of the observables' drift, and the mean ``Σ``."""
    fit = branch(run, on).fit
    z0, c = (fit.pairs.read(run.root, name)[:300] for name in ("z0", "c"))
    drift, covariance = fit.fitted(run.root).coefficients(z0, c)
    return np.sqrt(drift[..., :2].var(axis=0).mean(axis=0)), covariance.mean(axis=(0, 1))


def test_members_agree_on_the_drift_and_the_covariance_stays(run):
    """Members' errors fall as the noise does, whose variance is left to less than 0.2: by the mean
    over both observables, since five members tell a spread to 35 %. ``Σ`` is that of the same pairs
    about another drift."""
    (sharp, found), (noisy, expected) = spread(run, True), spread(run, False)
    assert np.exp(np.log(sharp / noisy).mean()) < 0.7
    scale = np.sqrt(np.diagonal(expected))
    assert np.abs((found - expected) / np.outer(scale, scale)).max() < 0.02


def test_other_schemes_ignore_it(run):
    on, off = (branch(run, which, "naive").fit for which in (True, False))
    assert on.name == off.name and "control_variate" not in on.about(run.root)


def kinds(host, base, **changes):
    stages = build_graph(study_of(document(base, **changes), host), host).stages
    return {stage.kind: stage for stage in stages}


def test_it_redoes_what_it_changes_and_nothing_else(host):
    off, on = kinds(host, RING), kinds(host, RING, evolve={"control_variate": True})
    redone = {kind for kind in off if off[kind].name != on[kind].name}
    assert redone == {"evolve", "calibrate", "fit", "predict", "evaluate"}
    for kind, key in (("evolve", "martingale"), ("fit", "control_variate")):
        before, after = off[kind].settings(), on[kind].settings()
        assert key not in before and after.pop(key) is True and before == after
    assert "martingale" not in off["evolve"].columns()


def test_members_of_other_pairs_are_left_as_they_are(host):
    """One member at ``dt = 0.1`` has it; those at 0.05 keep what they had."""
    plain = kinds(host, CHAIN)["evolve"].name
    sweep = [{"evolve.dt": [0.05]}, {"evolve.dt": [0.1], **BOTH}]
    graph = build_graph(study_of(document(CHAIN, sweep=sweep), host), host)
    evolve = {one.name: one for one in graph.stages if one.kind == "evolve"}
    assert len(evolve) == 2 and plain in evolve and not evolve[plain].martingale


def test_a_run_without_a_row_without_it_says_so(carry_out, host, tmp_path):
    """Nothing but the fit, and the report."""
    carry_out(document(CHAIN, evolve={"control_variate": True}), tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "[true, false], has rows without it" in page
