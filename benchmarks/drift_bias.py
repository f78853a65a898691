"""Drift bias of Ising patches with a halo, by coupled streams: one list of attempts for both.

A list of attempts on the whole lattice is made once; the whole lattice takes all of them, a patch
in its surroundings those that fall in its window. Both see the same random numbers, so their
difference has far less noise than either; what it leaves on average is the bias.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch_ising.ising import Ising
from macropatch_ising.settings import IsingSettings, SpinStart

EDGE, PATCH, HALOS, DURATIONS = 64, 8, (0, 1, 2, 4), (1.0, 4.0)
SNAPSHOTS, RELAXED, GROUPS = 800, (0.5, 2.0, 8.0, 40.0), 40


@njit(nogil=True, cache=True)
def coupled(
    lattice: np.ndarray,
    sites: np.ndarray,
    numbers: np.ndarray,
    rates: np.ndarray,
    patch: int,
    halo: int,
    change: np.ndarray,
) -> None:
    """Add to ``change`` ``(2,)`` the credited changes of all patches in windows of their own.

    Changes are of the sum of spins and of the number of walls. ``halo < 0`` is the whole lattice.
    """
    edge = lattice.shape[0]
    for origin_row in range(0, edge, patch if halo >= 0 else edge):
        for origin_column in range(0, edge, patch if halo >= 0 else edge):
            own = lattice.copy()
            for attempt in range(len(sites)):
                row, column = sites[attempt] // edge, sites[attempt] % edge
                down, across = (
                    (row - origin_row + halo) % edge,
                    (column - origin_column + halo) % edge,
                )
                if halo >= 0 and (down >= patch + 2 * halo or across >= patch + 2 * halo):
                    continue
                spin = own[row, column]
                around = (
                    own[(row + 1) % edge, column]
                    + own[(row - 1) % edge, column]
                    + own[row, (column + 1) % edge]
                    + own[row, (column - 1) % edge]
                )
                if numbers[attempt] < rates[(spin + 1) // 2, (around + 4) // 2]:
                    own[row, column] = -spin
                    inside = halo <= down < halo + patch and halo <= across < halo + patch
                    if halo < 0 or inside:
                        change[0] -= 2 * spin
                        change[1] += spin * around


def main() -> None:
    """Bias over the rms drift, with its error, for each duration and halo."""
    system = Ising(IsingSettings(temperature=2.5, field=0.1))
    rng = np.random.default_rng(5)
    starts = [_snapshots(system, relaxed, rng) for relaxed in RELAXED]
    lattices = np.concatenate(starts)
    rates = np.array(
        [[system.local_rate(spin, k, (2.5, 0.1)) for k in range(5)] for spin in (-1, 1)]
    )
    for duration in DURATIONS:
        changes = {halo: np.zeros((len(lattices), 2)) for halo in (-1, *HALOS)}
        for index, lattice in enumerate(lattices):
            count = rng.poisson(EDGE * EDGE * duration)
            sites, numbers = rng.integers(0, EDGE * EDGE, count), rng.random(count)
            for halo, change in changes.items():
                coupled(lattice, sites, numbers, rates, PATCH, halo, change[index])
        _print(duration, changes)


def _snapshots(system: Ising, relaxed: float, rng: np.random.Generator) -> np.ndarray:
    """Random magnetisations, relaxed for so long; in order, so that neighbours are alike."""
    count, none = SNAPSHOTS // len(RELAXED), np.zeros((SNAPSHOTS // len(RELAXED), 0))
    states = system.initial((EDGE, EDGE), count, none, SpinStart(), rng)
    evolved = system.evolve(states, none, relaxed, rng).states
    by_magnetisation = np.argsort(system.observe(evolved)[:, 0])
    return np.asarray(evolved["sites"][by_magnetisation])


def _print(duration: float, changes: dict[int, np.ndarray]) -> None:
    """Rms over groups of like snapshots of the mean difference, less its noise."""
    groups = np.arange(len(changes[-1])) * GROUPS // len(changes[-1])

    def means(values: np.ndarray) -> np.ndarray:
        return np.stack([values[groups == g].mean(axis=0) for g in range(GROUPS)])

    whole = np.sqrt((means(changes[-1]) ** 2).mean(axis=0))
    for halo in HALOS:
        difference = changes[halo] - changes[-1]
        noise = np.stack(
            [
                difference[groups == g].var(axis=0, ddof=1) / (groups == g).sum()
                for g in range(GROUPS)
            ]
        )
        square = (means(difference) ** 2 - noise).mean(axis=0)
        error = np.sqrt(2.0 * (noise**2).mean(axis=0) / GROUPS)
        bias = np.sqrt(np.maximum(square, 0.0)) / whole
        limit = np.sqrt(np.maximum(square, 0.0) + 2.0 * error) / whole
        print(
            f"patch {PATCH}², dt = {duration:g}, halo {halo}: "
            + ", ".join(
                f"{name} {100 * b:.2f} % (at most {100 * most:.2f} %)"
                for name, b, most in zip(("m", "walls"), bias, limit, strict=True)
            )
        )


if __name__ == "__main__":
    main()
