"""Where tasks run: anything with the ``concurrent.futures.Executor`` interface."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor


def worker_count(workers: int) -> int:
    """``workers``, or for 0 the number of cores that this process may use."""
    if workers:
        return workers
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Executors:
    """Thread and process pools that live as long as a run, each made when first asked for.

    Parameters
    ----------
    workers : how many tasks may be under way; 0 for the number of cores
    preference : ``auto``, ``threads`` or ``processes``
    given : an executor of the caller's, which then takes all tasks that need not stay here
    """

    def __init__(
        self, workers: int, preference: str = "auto", given: Executor | None = None
    ) -> None:
        self.workers = worker_count(workers)
        self._preference = preference
        self._given = given
        self._pools: dict[str, Executor] = {}

    def pick(self, releases_gil: bool, local: bool = False) -> Executor:
        """Threads where kernels release the GIL, else processes; one worker needs no process.

        A ``local`` task runs in a thread of this process whatever the preference.
        """
        if self._given is not None and not local:
            return self._given
        kind = "threads" if local else self._preference
        if kind == "auto":
            kind = "threads" if releases_gil or self.workers == 1 else "processes"
        if kind not in self._pools:
            self._pools[kind] = (
                ThreadPoolExecutor(self.workers, thread_name_prefix="macropatch")
                if kind == "threads"
                else ProcessPoolExecutor(
                    self.workers,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=_start_worker,
                    initargs=(os.getpid(),),
                )
            )
        return self._pools[kind]

    def is_threads(self, pool: Executor) -> bool:
        """Whether tasks given to this pool share this process."""
        return isinstance(pool, ThreadPoolExecutor)

    def close(self, at_once: bool) -> None:
        """Shut down; ``at_once`` ends running processes too (their tasks are done again)."""
        for pool in self._pools.values():
            if at_once and isinstance(pool, ProcessPoolExecutor):
                for process in list((pool._processes or {}).values()):  # the caller may have others
                    process.kill()
            pool.shutdown(wait=True, cancel_futures=True)


def _start_worker(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
