"""Check that a record travels to a fresh process and gives the same numbers there."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import numpy as np

from macropatch.contract import SystemRecord
from macropatch.testing.case import Case, arrays_of, equal
from macropatch.testing.findings import check

PATIENCE = 300.0


def evolve_example(record: SystemRecord, seed: int) -> list[np.ndarray]:
    """Start, evolve and partially evolve the record's example; all resulting arrays."""
    case = Case(record, seed)
    whole = case.system.evolve(case.states, case.c, case.dt, case.rng("spawn"))
    partial = case.evolve_patches(case.states, case.pairs, case.dt, case.rng("spawn"))
    return arrays_of(whole) + arrays_of(partial)


@check()
def a_spawned_process_gives_the_same(case: Case) -> Iterator[str]:
    """The pickled record, in a process started by spawn, gives the same numbers."""
    here = evolve_example(case.record, case.seed)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        try:
            there = pool.submit(evolve_example, case.record, case.seed).result(PATIENCE)
        except BrokenProcessPool:
            yield (
                "the spawned process died before it gave a result: it imports the running script "
                "first, so call check_system from a test or under `if __name__ == '__main__'`"
            )
            return
        except Exception as error:  # noqa: BLE001 - whatever pickling raises is a finding
            yield (
                f"the record cannot be used in a spawned process ({type(error).__name__}: {error}):"
                " its models and its factory must be importable names of modules"
            )
            return
    if not equal(here, there):
        yield "the same seed gives other numbers in a spawned process: nothing may depend on it"
