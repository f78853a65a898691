"""Curie–Weiss and Ising kernels: attempts a second, against kernels that work O(n) an event.

The slow kernels are compiled too: they keep the rates of all sites, pick the next event by a
running sum over them, and make all rates anew after it. That of Ising reads them from a table.
Both Ising kernels must flip equally often, or the comparison is refused.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from numba import njit

from macropatch.contract import Size, States
from macropatch_ising.curie_weiss import CurieWeiss
from macropatch_ising.ising import Ising
from macropatch_ising.settings import CurieWeissSettings, IsingSettings, SpinStart

NONE = np.zeros((1, 0))
REPEATS = 7
EDGE, LATTICES, SWEEPS = 64, 16, 50
LEAST_ATTEMPTS, LEAST_RATIO = 5e7, 50.0


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


@njit(cache=True)
def linear_lattice_events(spins: np.ndarray, table: np.ndarray, events: int) -> float:
    """The same on a periodic lattice ``(rows, columns)``.

    ``table`` ``(2, 5)`` has the rate by spin and number of neighbours up.
    """
    rows, columns = spins.shape
    elapsed, rates = 0.0, np.empty(spins.size)
    for _ in range(events):
        total, site = 0.0, 0
        for row in range(rows):
            above, below = row - 1 if row else rows - 1, row + 1 if row < rows - 1 else 0
            for column in range(columns):
                left = column - 1 if column else columns - 1
                right = column + 1 if column < columns - 1 else 0
                around = spins[above, column] + spins[below, column]
                around += spins[row, left] + spins[row, right]
                rates[site] = table[(spins[row, column] + 1) // 2, (around + 4) // 2]
                total += rates[site]
                site += 1
        elapsed -= np.log(np.random.random()) / total  # noqa: NPY002 - numba
        target, site = np.random.random() * total, 0  # noqa: NPY002 - numba
        while target > rates[site] and site < spins.size - 1:
            target -= rates[site]
            site += 1
        spins[site // columns, site % columns] *= -1
    return elapsed


def main() -> None:
    """Events a second of both, at the paper's sizes."""
    system = CurieWeiss(CurieWeissSettings())
    for n in (64, 4096):
        ours, events = curie_weiss_speed(system, (n,))
        slow = linear_speed(n)
        print(
            f"Curie–Weiss n = {n:<5} {ours:.2e} attempts/s, {events:.2e} events/s; "
            f"O(n) an event {slow:.2e} events/s ({events / slow:.0f} × faster)"
        )
    compare_ising(Ising(IsingSettings(temperature=2.5, field=0.1)))


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


def compare_ising(system: Ising) -> None:
    """Both kernels from the same equilibrium snapshots, and how often their spins flip.

    Raises
    ------
    SystemExit
        if the rates of flips differ by more than five standard errors: other dynamics.
    """
    rng = np.random.default_rng(0)
    c = np.repeat(NONE, LATTICES, axis=0)
    states = system.initial((EDGE, EDGE), LATTICES, c, SpinStart(m=0.7), rng)
    states = system.equilibrate(states, c, SWEEPS, rng)
    duration, n = 100.0, EDGE**2
    seconds = _time(lambda: system.evolve(states, c, duration, rng))
    attempts = LATTICES * n * duration / seconds
    ours = flip_rates(system, states, c, rng)
    slow, speed = linear_flip_rates(system, states, events=4000)
    (mean, error), (slow_mean, slow_error) = (_mean(rates) for rates in (ours, slow))
    events = attempts * mean
    ratio = events / speed
    print(
        f"Ising {EDGE} × {EDGE}         {attempts:.2e} attempts/s, {events:.2e} events/s; "
        f"O(n) an event {speed:.2e} events/s ({ratio:.0f} × faster)\n"
        f"  attempts/s {_met(attempts, LEAST_ATTEMPTS)}; ratio {_met(ratio, LEAST_RATIO)}\n"
        f"  flips a site and unit of time: {mean:.4f} ± {error:.4f}, "
        f"O(n) an event {slow_mean:.4f} ± {slow_error:.4f}"
    )
    if abs(mean - slow_mean) > 5.0 * np.hypot(error, slow_error):
        raise SystemExit("the kernels flip spins at different rates: they are not comparable")


def flip_rates(
    system: Ising, states: States, c: np.ndarray, rng: np.random.Generator, samples: int = 20
) -> np.ndarray:
    """Flips a site and unit of time of each lattice, ``(count,)``: exact rates, over time."""
    found = []
    for _ in range(samples):
        states = system.evolve(states, c, 5.0, rng).states
        _, diffusion = system.drift_and_diffusion(states, c)
        found.append(diffusion[:, 0, 0] * EDGE**2 / 4.0)  # each event changes m by 2/n
    return np.mean(found, axis=0)


def linear_flip_rates(system: Ising, states: States, events: int) -> tuple[np.ndarray, float]:
    """The same of the slow kernel, as it counts them, and its events a second."""
    parameters = system.parameters(NONE[0])
    table = np.array(
        [[system.local_rate(spin, up, parameters) for up in range(5)] for spin in (-1, 1)]
    )
    lattices = states["sites"].copy()
    linear_lattice_events(lattices[0].copy(), table, 1)
    rates, seconds = [], []
    for lattice in lattices:
        began = time.perf_counter()
        elapsed = linear_lattice_events(lattice, table, events)
        seconds.append(time.perf_counter() - began)
        rates.append(events / (elapsed * lattice.size))
    return np.array(rates), events / statistics.median(seconds)


def _mean(rates: np.ndarray) -> tuple[float, float]:
    return float(rates.mean()), float(rates.std(ddof=1) / np.sqrt(len(rates)))


def _met(value: float, least: float) -> str:
    return f"at least {least:g}: {'PASS' if value >= least else 'short'}"


def _time(call: Callable[[], object]) -> float:
    """Median of several calls, the first not counted."""
    call()
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
