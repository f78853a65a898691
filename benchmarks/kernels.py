"""Curie–Weiss and lattice kernels: attempts a second, against kernels that work O(n) an event.

The slow kernel is compiled too: it keeps the rates of all sites, picks the next event by a running
sum over them, and makes all rates anew after it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numba import njit

from macropatch.contract import Size
from macropatch_ising.curie_weiss import CurieWeiss
from macropatch_ising.settings import CurieWeissSettings, SpinStart

NONE = np.zeros((1, 0))


@njit(cache=True)
def linear_events(spins: np.ndarray, temperature: float, field: float, events: int) -> float:
    """Events by a search through all sites; returns the time that passed."""
    n, elapsed = len(spins), 0.0
    rates = np.empty(n)
    for _ in range(events):
        m = spins.mean()
        total = 0.0
        for site in range(n):
            x = 2.0 * spins[site] * (m - spins[site] / n + field) / temperature
            rates[site] = 1.0 / (1.0 + np.exp(x))
            total += rates[site]
        elapsed -= np.log(np.random.random()) / total  # noqa: NPY002 - numba
        target, site = np.random.random() * total, 0  # noqa: NPY002 - numba
        while target > rates[site] and site < n - 1:
            target -= rates[site]
            site += 1
        spins[site] = -spins[site]
    return elapsed


def main() -> None:
    """Events a second of both, at the paper's size."""
    system = CurieWeiss(CurieWeissSettings())
    for n in (64, 4096):
        ours, events = curie_weiss_speed(system, (n,))
        slow = linear_speed(n)
        print(
            f"Curie–Weiss n = {n:<5} {ours:.2e} attempts/s, {events:.2e} events/s; "
            f"O(n) an event {slow:.2e} events/s ({events / slow:.0f} × faster)"
        )


def curie_weiss_speed(system: CurieWeiss, size: Size) -> tuple[float, float]:
    """Attempts and events a second, from equilibrium."""
    rng = np.random.default_rng(0)
    n = size[0]
    count = max(1, 2**16 // n)
    c = np.repeat(NONE, count, axis=0)
    states = system.initial(size, count, c, SpinStart(m=0.5), rng)
    states = system.evolve(states, c, 20.0, rng).states
    duration = 200.0
    seconds = _time(lambda: system.evolve(states, c, duration, rng))
    _, diffusion = system.drift_and_diffusion(states, c)
    events = float(diffusion.mean()) * n**2 / 4.0  # each event changes m by 2/n
    return count * n * duration / seconds, count * events * duration / seconds


def linear_speed(n: int) -> float:
    """Events a second of the slow kernel."""
    spins = np.where(np.random.default_rng(1).random(n) < 0.75, 1.0, -1.0)
    events = max(20, 2**18 // n)
    return events / _time(lambda: linear_events(spins, 1.1, 0.1, events))


def _time(call: Callable[[], object]) -> float:
    call()
    best = np.inf
    for _ in range(3):
        began = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - began)
    return best


if __name__ == "__main__":
    main()
