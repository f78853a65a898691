"""Vacancy kinetics that a reader can believe: all rates made anew after every jump."""

from __future__ import annotations

import math

import numpy as np
from ase.units import kB

from macropatch.lattice import seed_state, uniform
from macropatch_alloy.lattices import first_neighbours


def evolve(kinetics, occupation, vacancies, temperature, seed, *, duration=math.inf, jumps=10**9,
           movers=None, counted=None):  # fmt: skip
    """One snapshot, in place, with the random numbers that the kernel uses.

    Returns the time, and a list of (vacancy, species) of all jumps.
    """
    lattice, neighbours = kinetics.lattice, first_neighbours(kinetics.lattice.structure)
    movers = list(range(len(vacancies))) if movers is None else movers
    state, elapsed, made = seed_state(seed), 0.0, []

    def enough():
        return sum(counted in (None, mover) for mover, _ in made) >= jumps

    while not enough():
        barriers = kinetics.model.evaluate(lattice, occupation, vacancies[movers])
        ends = lattice.site(lattice.coordinates(vacancies[movers])[:, None] + neighbours)
        rates = kinetics.frequency * np.exp(-barriers / (kB * temperature))
        rates[occupation[ends] == 0] = 0.0
        total = rates.sum()
        waiting = -math.log1p(-uniform(state)) / total if total else math.inf
        if elapsed + waiting > duration or total == 0.0:
            return duration, made
        elapsed += waiting
        event = int(np.searchsorted(np.cumsum(rates.ravel()), uniform(state) * total, "right"))
        mover, direction = divmod(event, len(neighbours))
        start, end = vacancies[movers[mover]], ends[mover, direction]
        made.append((movers[mover], int(occupation[end])))
        occupation[start], occupation[end] = occupation[end], 0
        vacancies[movers[mover]] = end
    return elapsed, made
