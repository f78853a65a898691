"""A fit that was interrupted at any epoch ends with the same bits; a bad checkpoint is ignored."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from diffusions import Line, relaxing_cells

from macropatch.contract import FitContext, Member
from macropatch.experiment.tables import TrainingTable
from macropatch.learning import loop, train_ensemble
from macropatch.learning.checkpoint import read_checkpoint, write_checkpoint

EPOCHS = 6
TRAINING = TrainingTable(
    epochs=EPOCHS, batch=256, learning_rate=5e-2, patience=1, weight_decay=1e-3
)
MEMBERS = (Member(0, 10), Member(1, 11), Member(4, 12))
PAIRS = relaxing_cells(cells=4, count=2000, dt=0.1)


class PowerCutError(Exception):
    """What ends a fit in these tests."""


def fit(checkpoint=None, stop_after=None, d=2):
    done = []

    def progress(epochs, at_most):
        done.append(epochs)
        if epochs == stop_after:
            raise PowerCutError

    trained = train_ensemble(
        lambda member: Line(d, member.seed),
        PAIRS if d == 2 else relaxing_cells(4, 2000, 0.1, d=d),
        MEMBERS,
        TRAINING,
        FitContext(checkpoint, progress),
    )
    return trained, done


@pytest.fixture(scope="module")
def undisturbed():
    return fit()[0]


@pytest.fixture(autouse=True)
def _a_checkpoint_each_epoch(monkeypatch):
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", -1.0)


def assert_same(left, right):
    assert left.parameters.keys() == right.parameters.keys()
    assert all(torch.equal(left.parameters[n], right.parameters[n]) for n in left.parameters)
    assert np.array_equal(left.report.history, right.report.history)
    assert left.report.steps == right.report.steps


@pytest.mark.parametrize("stop_after", range(1, EPOCHS + 1))
def test_an_interrupted_fit_goes_on_to_the_same_bits(tmp_path, undisturbed, stop_after):
    path = tmp_path / "folder" / "fit.checkpoint"
    with pytest.raises(PowerCutError):
        fit(path, stop_after)
    resumed, done = fit(path)
    assert done == list(range(stop_after + 1, EPOCHS + 1))
    assert_same(resumed, undisturbed)
    assert list(path.parent.iterdir()) == [path]


def test_an_interrupted_fit_goes_on_from_an_older_checkpoint(tmp_path, undisturbed, monkeypatch):
    path = tmp_path / "fit.checkpoint"
    with pytest.raises(PowerCutError):
        fit(path, 2)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 1e9)
    with pytest.raises(PowerCutError):
        fit(path, 5)
    resumed, done = fit(path)
    assert done[0] == 3
    assert_same(resumed, undisturbed)


def truncated(content):
    return content[: len(content) // 2]


def flipped(content):
    return content[:-7] + bytes([content[-7] ^ 1]) + content[-6:]


@pytest.mark.parametrize(
    "damage",
    [truncated, flipped, lambda content: b"", lambda content: b"{}", lambda content: b"\xff" * 99],
    ids=["truncated", "one bit flipped", "empty", "text", "garbage"],
)
def test_a_damaged_checkpoint_is_ignored(tmp_path, undisturbed, damage):
    path = tmp_path / "fit.checkpoint"
    with pytest.raises(PowerCutError):
        fit(path, 3)
    path.write_bytes(damage(path.read_bytes()))
    assert read_checkpoint(path) is None
    again, done = fit(path)
    assert done[0] == 1
    assert_same(again, undisturbed)


def test_the_checkpoint_of_another_fit_is_ignored(tmp_path, undisturbed):
    path = tmp_path / "fit.checkpoint"
    with pytest.raises(PowerCutError):
        fit(path, 3, d=1)
    assert_same(fit(path)[0], undisturbed)
    write_checkpoint(path, {"parameter.slope": torch.ones(1)}, {})
    assert_same(fit(path)[0], undisturbed)


def test_a_checkpoint_keeps_tensors_and_numbers_exactly(tmp_path):
    path = tmp_path / "any"
    tensors = {"a": torch.arange(6.0).reshape(2, 3).mT, "b": torch.ones(0), "c": torch.tensor(7)}
    progress = {"best_loss": [0.1, float("inf")], "epochs": 3}
    assert read_checkpoint(path) is None
    write_checkpoint(path, tensors, progress)
    found, numbers = read_checkpoint(path)
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)
    assert numbers == json.loads(json.dumps(progress))
