"""Time steps of fields a second, against the rate at which NumPy alone draws as many normals."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from macropatch.contract import Geometry, Size, Surroundings
from macropatch_spde.field_system import FieldSystem
from macropatch_spde.fitzhugh_nagumo import fitzhugh_nagumo
from macropatch_spde.predator_prey import predator_prey
from macropatch_spde.settings import (
    FitzHughNagumoSettings,
    MediumStart,
    PredatorPreySettings,
    WaveStart,
)

COUNT, STEPS, ROUNDS = 20, 1000, 7
TARGET = 0.75
"""Least ratio of the stepper to NumPy's normals, two a site and step."""


def main() -> None:
    """One line a stepper; each round times both, and the median ratio counts."""
    start = WaveStart()
    for stepper in ("euler", "heun"):
        report(predator_prey(PredatorPreySettings(stepper=stepper)), (200,), start, stepper)  # type: ignore[arg-type]
    medium = fitzhugh_nagumo(FitzHughNagumoSettings(dimension=2))
    report(medium, (64, 64), MediumStart(), "heun")
    patches()


def report(system: FieldSystem, size: Size, start: object, stepper: str) -> None:
    """Whole grids; two fields."""
    rng, none = np.random.default_rng(0), np.zeros((COUNT, 0))
    sites = system.sites(size)
    steps = max(1, STEPS * 200 // sites)
    duration = steps * system.time_step
    states = system.initial(size, COUNT, none, start, rng)
    normals = np.empty(2 * sites)

    def draw() -> None:
        for _ in range(COUNT * steps):
            rng.standard_normal(out=normals)

    system.evolve(states, none, duration, rng)
    rounds = np.array(
        [
            [seconds(lambda: system.evolve(states, none, duration, rng)), seconds(draw)]
            for _ in range(ROUNDS)
        ]
    )
    ours, numpy = COUNT * steps / np.median(rounds, axis=0)
    ratio = float(np.median(rounds[:, 1] / rounds[:, 0]))
    verdict = "reached" if ratio >= TARGET else "MISSED"
    print(
        f"{'×'.join(map(str, size)):>8} sites, {stepper}: {ours:.2e} steps/s; NumPy's normals "
        f"alone {numpy:.2e}: ratio {ratio:.2f} (target {TARGET}, {verdict})"
    )


def patches() -> None:
    """One-step pairs of the paper: patches of 40 of 200 points, halo 4."""
    system, rng, none = (
        predator_prey(PredatorPreySettings()), np.random.default_rng(0), np.zeros((COUNT, 0)),
    )  # fmt: skip
    states = system.initial((200,), COUNT, none, WaveStart(), rng)
    pairs = np.tile(np.indices((COUNT, 5)).reshape(2, -1).T, (200, 1))

    def evolve() -> None:
        system.evolve_patches(
            states, pairs, Geometry((40,)), none, np.full(len(pairs), 0.01),
            Surroundings("halo", 4), rng,
        )  # fmt: skip

    evolve()
    best = min(seconds(evolve) for _ in range(ROUNDS))
    print(f"patches of 40 of 200 points, halo 4, one step: {len(pairs) / best:.2e} pairs/s")


def seconds(call: Callable[[], object]) -> float:
    """Processor seconds of one call."""
    began = time.process_time()
    call()
    return time.process_time() - began


if __name__ == "__main__":
    main()
