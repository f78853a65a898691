"""``[evaluate] closures``: direct simulations are encoded, and compared in all of ``z``."""

from __future__ import annotations

import numpy as np
import pytest

import macropatch
from macropatch.runs.arrays import read_rows
from systems.studies import RING, document

MEASURES = ["mmd", "test_error"]


@pytest.fixture(scope="module")
def encoded(carry_out, host, tmp_path_factory):
    """The Ising ring with its two moments as closures, direct simulations encoded."""
    root = tmp_path_factory.mktemp("encoded") / "run"
    carry_out(document(RING, evaluate={"closures": True, "measures": MEASURES}), root)
    return macropatch.load(root, host)


def test_truth_starts_where_predictions_do(encoded):
    """Both encode starts of the large system: equal means up to four standard errors."""
    stages = encoded.branches[0].stages()
    truth = read_rows(stages["truth"].store(encoded.root), "z")
    predicted = read_rows(stages["predict"].store(encoded.root), "predicted")
    assert (
        truth.shape == predicted.shape and truth.shape[-1] == stages["predict"].fit.pairs.dimension
    )
    first = [z[:, :, 0].reshape(-1, z.shape[-1]) for z in (truth, predicted)]
    error = np.sqrt(sum(z.var(axis=0) / len(z) for z in first))
    assert (np.abs(first[0].mean(axis=0) - first[1].mean(axis=0)) <= 4.0 * error + 1e-12).all()
    assert (truth[..., -2:].std(axis=(0, 1, 2)) > 0).all()


def test_mmd_is_measured_in_both_spaces(encoded):
    found = {m["space"]: m for m in encoded.metrics if m["name"] == "mmd"}
    assert set(found) == {"observables", "all"}
    assert found["all"]["value"] != found["observables"]["value"]
    assert all(one["floor"] >= 0 for one in found.values())
    named = {m["observable"] for m in encoded.metrics if m["name"] == "test_error"}
    truth = encoded.branches[0].stages()["truth"]
    assert named == {q.name for q in truth.source.make().observables}, "closures are not scored"


def test_evaluations_hold_observables_and_beside_them_all_of_z(encoded, finished_ring, host):
    evaluation = encoded.evaluation()
    whole = evaluation.macroscopic
    names = [str(name) for name in whole.truth["observable"].values]
    assert names[-2:] == ["closure 1", "closure 2"]
    for key in ("predicted", "members", "truth", "truth_again"):
        observed, every = getattr(evaluation, key), getattr(whole, key)
        assert every.sizes["observable"] == observed.sizes["observable"] + 2
        assert np.array_equal(every.values[..., :-2], observed.values)
    assert macropatch.load(finished_ring, host).evaluation().macroscopic is None
