"""Measure time units of shipped barriers: ``python -m macropatch_alloy.measure_time_units``.

A time unit is a share of the time that short-range order takes to come 90 % of the way from the
random alloy to where it settles. Where that takes more jumps than a run can afford, a unit is as
long as a number of jumps.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from jaxtyping import Float

from macropatch_alloy.barriers.model import BarrierModel
from macropatch_alloy.compositions import equal_counts, random_alloys
from macropatch_alloy.kinetics import VacancyKinetics
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.materials import NBMOTA, load_material
from macropatch_alloy.supercells import pair_table

TEMPERATURES = (300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 900.0, 1000.0, 1200.0, 1400.0, 1600.0,
                1800.0, 2000.0, 2200.0, 2400.0, 2600.0, 2800.0, 3000.0)  # fmt: skip
UNITS = 16
"""Time units on the way to 90 %."""

MOST_JUMPS = 25_000
"""Jumps of a unit at low temperatures: 800 units are then 20 million jumps."""

ORDERED_ABOVE = 1000.0
"""From this temperature (K) on order settles within a run."""

RUNS = 4
FIRST_JUMPS = 200
STEPS = 160
SEED = 1


def measure(model: BarrierModel) -> dict[str, list[float]]:
    """Temperatures (K), seconds of a unit, and jumps of a unit."""
    rng = np.random.default_rng(SEED)
    seconds, jumps = [], []
    for kelvin in TEMPERATURES:
        residence = residence_time(model, kelvin, rng)
        taken = float(MOST_JUMPS)
        if kelvin >= ORDERED_ABOVE:
            taken = min(taken, jumps_to_order(model, kelvin, rng) / UNITS)
        seconds.append(taken * residence)
        jumps.append(taken)
        print(f"{kelvin:g} K: {residence:.3g} s a jump, {taken:.0f} jumps a unit", file=sys.stderr)
    smooth = smoothed(np.array(jumps))
    seconds = (np.array(seconds) * smooth / np.array(jumps)).tolist()
    return {"temperature": list(TEMPERATURES), "seconds": seconds, "jumps": smooth.tolist()}


def smoothed(jumps: Float[np.ndarray, " temperatures"]) -> Float[np.ndarray, " temperatures"]:
    """Jumps of a unit where order settles, by a parabola of logarithms in ``1/T``.

    An SDE that is fitted at all temperatures would take the noise of units for its own.
    """
    inverse = 1.0 / np.array(TEMPERATURES)
    free = jumps < MOST_JUMPS
    parabola = np.polynomial.Polynomial.fit(inverse[free], np.log(jumps[free]), 2)
    return np.where(free, np.exp(parabola(inverse)), jumps)


def residence_time(model: BarrierModel, kelvin: float, rng: np.random.Generator) -> float:
    """Mean time of a jump (s) on the way of a vacancy from random alloys."""
    kinetics, occupation, vacancies = _random(model, rng)
    done = kinetics.evolve(occupation, vacancies, kelvin, rng, jumps=20 * MOST_JUMPS)
    return float(done.elapsed.sum() / done.count.sum())


def jumps_to_order(model: BarrierModel, kelvin: float, rng: np.random.Generator) -> float:
    """Jumps of one vacancy in 1,024 sites after which order is 90 % of what it becomes.

    Order is the sum of squared changes of pair counts, of the mean over runs; records are as far
    apart as lets it settle early in a series of ``STEPS``.
    """
    every = FIRST_JUMPS
    while True:
        kinetics, occupation, vacancies = _random(model, rng)
        path = [np.zeros(6)]
        for _ in range(STEPS):
            done = kinetics.evolve(occupation, vacancies, kelvin, rng, jumps=every)
            path.append(path[-1] + _between_atoms(done.ledger[:, 0].mean(axis=0)))
        way = np.array(path)
        settled = way[STEPS // 2 :].mean(axis=0)
        gone = way @ settled / (settled @ settled)
        reached = int(np.argmax(gone >= 0.9))
        if 0 < reached < STEPS // 4:
            before, after = gone[reached - 1], gone[reached]
            return float(every * (reached - 1 + (0.9 - before) / (after - before)))
        every *= 2


def _random(
    model: BarrierModel, rng: np.random.Generator
) -> tuple[VacancyKinetics, np.ndarray, np.ndarray]:
    lattice = CubicLattice(model.structure, model.constant, (8, 8, 8))
    counts = equal_counts(lattice, len(model.species) - 1, 1)
    return VacancyKinetics(lattice, model), *random_alloys(lattice, counts, RUNS, rng)


def _between_atoms(ledger: Float[np.ndarray, " pairs"]) -> Float[np.ndarray, " atom_pairs"]:
    """The changes of the pairs of atoms."""
    table = pair_table(4)
    return np.asarray(ledger[[table[i, j] for i in (1, 2, 3) for j in range(i, 4)]])


def main() -> None:
    """Write the file that the package ships."""
    found = {name: measure(load_material(name).barriers) for name in NBMOTA}
    path = Path(__file__).parent / "data" / "time_units.json"
    path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
