"""Where tasks run, and what ends with them."""

from __future__ import annotations

import multiprocessing
import os
import time

import pytest

from macropatch.runs.executors import Executors, worker_count


@pytest.mark.parametrize(
    ("workers", "preference", "releases_gil", "local", "threads"),
    [
        (2, "auto", True, False, True),
        (1, "auto", False, False, True),
        (2, "auto", False, False, False),
        (2, "processes", True, False, False),
        (2, "processes", True, True, True),
        (2, "threads", False, False, True),
    ],
)
def test_executors_are_picked_by_what_tasks_need(workers, preference, releases_gil, local, threads):
    executors = Executors(workers, preference)
    pool = executors.pick(releases_gil, local)
    assert executors.is_threads(pool) == threads
    assert executors.pick(releases_gil, local) is pool
    executors.close(at_once=False)


def test_no_number_of_workers_means_all_cores():
    assert worker_count(3) == 3 and worker_count(0) >= 1


def test_closing_at_once_ends_only_its_own_processes():
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    other.start()
    executors = Executors(1, "processes")
    running = executors.pick(True).submit(time.sleep, 600)
    assert executors.pick(True).submit(os.getpid) is not None
    executors.close(at_once=True)
    assert running.done() and running.exception() is not None
    assert other.is_alive()
    other.kill()
    other.join()
