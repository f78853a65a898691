"""Tasks on files: order, reuse, failure, stopping."""

from __future__ import annotations

import threading

import pytest
from small_stages import Numbers, carry_out, chain, values

from macropatch.errors import StorageError, TaskError, TrainingError
from macropatch.runs.stage import Stopped


def test_each_stage_waits_for_its_inputs(tmp_path):
    stages = chain()
    records, events = carry_out(tmp_path, *reversed(stages))
    assert events == [(label, state) for label in ("first", "second", "third")
                      for state in ("running", "finished")]  # fmt: skip
    assert {name: len(tasks) for name, tasks in records.items()} == {
        stage.name: stage.tasks for stage in stages
    }


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_results_do_not_depend_on_the_number_of_workers(tmp_path, workers):
    carry_out(tmp_path / "one", *chain(), workers=1)
    carry_out(tmp_path / "more", *chain(), workers=workers)
    assert values(tmp_path / "one", chain()) == values(tmp_path / "more", chain())


def test_what_is_finished_is_not_done_again(tmp_path):
    carry_out(tmp_path, *chain())
    again = chain(hook=lambda *_: pytest.fail("it is done again"))
    records, events = carry_out(tmp_path, *again)
    assert events == [] and len(records[again[1].name]) == 4


@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        (KeyError("spin"), TaskError, r"stage evolve-\w+, task 2 of 4 raised KeyError: 'spin'"),
        (TrainingError("no data"), TrainingError, r"stage evolve-\w+, task 2: no data"),
        (StorageError("gone"), StorageError, r"task 2: gone"),
    ],
)
def test_a_failing_task_is_named_and_the_others_are_kept(tmp_path, error, expected, message):
    def fail(task, place):
        if task == 2:
            raise error

    with pytest.raises(expected, match=message):
        carry_out(tmp_path, *chain(hook=fail), workers=1)
    redone = []
    carry_out(tmp_path, *chain(hook=lambda task, place: redone.append(task)))
    assert redone == [2, 3]


def test_a_stage_that_stops_others_tells_them(tmp_path):
    """When one task fails, one that reports its progress is stopped."""
    started, stopped = threading.Event(), threading.Event()

    def work(task, place):
        if task == 0:
            assert started.wait(60)
            raise ValueError("broken")
        started.set()
        try:
            while True:
                place.progress(0.5)
        except Stopped:
            stopped.set()
            raise

    with pytest.raises(TaskError, match="broken"):
        carry_out(tmp_path, Numbers("both", count=2, hook=work))
    assert stopped.is_set()


def test_no_more_tasks_are_under_way_than_there_are_workers(tmp_path):
    lock, running, most = threading.Lock(), [0], [0]
    both = threading.Barrier(2)

    def work(task, place):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        both.wait(60)
        with lock:
            running[0] -= 1

    carry_out(tmp_path, Numbers("many", count=8, hook=work), workers=2)
    assert most[0] == 2


def test_digests_depend_on_settings_seed_and_inputs():
    first, second, _ = chain()
    others = [Numbers("other"), Numbers("first", seed=1), Numbers("first", (second,))]
    assert len({stage.digest for stage in (first, second, *others)}) == 5
    assert Numbers("first", count=9).digest == first.digest, "tasks are no setting of their own"
    assert first.bind("0" * 64) and first.name == "evolve-000000000000"


def test_tasks_have_their_own_generators():
    draws = [Numbers("first").rng(task).integers(2**63) for task in range(4)]
    assert len(set(draws)) == 4
