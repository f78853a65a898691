"""The Ising model on any periodic lattice, as tests need it, and a forgetful mutant."""

from __future__ import annotations

import math

import numpy as np

from macropatch.contract import Quantity
from macropatch.lattice import LatticeObservable, LatticeSystem


class Ising(LatticeSystem):
    """Glauber rates at the temperature that is the only condition."""

    time_unit = "attempts per site"
    conditions = (Quantity("temperature", "temperature", "J"),)
    terms = (
        LatticeObservable(Quantity("m", "magnetisation"), site_term=float),
        LatticeObservable(Quantity("walls", "walls"), bond_term=lambda v, u: float(v != u)),
        LatticeObservable(
            Quantity("both", "a site and a bond term"),
            site_term=lambda v: 0.3 * v,
            bond_term=lambda v, u: v * u + 0.5 * (v + u),
        ),
    )

    def __init__(self, dimension: int = 2, field: float = 0.0) -> None:
        self.dimension, self.field = dimension, field

    def parameters(self, c_row):
        return float(c_row[0])

    def local_rate(self, value, neighbours, parameters):
        pull = 2 * neighbours - 2 * self.dimension + self.field
        return 1.0 / (1.0 + math.exp(2.0 * value * pull / parameters))

    def initial(self, size, count, c, start, rng):
        return self.scatter(size, rng.uniform(0.1, 0.9, count), rng)


class ForgottenBond(Ising):
    """Does not see its last upper neighbour."""

    def local_rate(self, value, neighbours, parameters):
        return super().local_rate(value, max(neighbours - 1, 0), parameters)


def sample(system, size, count, seed, temperature=2.5):
    """Random snapshots, conditions and the generator that goes on."""
    rng = np.random.default_rng(seed)
    states = system.initial(size, count, np.zeros((count, 1)), None, rng)
    return states, np.full((count, 1), temperature), rng
