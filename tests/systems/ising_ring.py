"""A ring of Ising spins with Glauber dynamics: a lattice system out of one rate. Halo."""

from __future__ import annotations

import math

import numpy as np

from macropatch.contract import (
    PluginSettings,
    Quantity,
    States,
    Surroundings,
    SystemExample,
    SystemRecord,
)
from macropatch.lattice import LatticeObservable, LatticeSystem


class RingSettings(PluginSettings):
    """Coupling and field; the temperature is a condition."""

    coupling: float = 1.0
    field: float = 0.0


class RingStart(PluginSettings):
    """Random spins with magnetisations drawn from ``[low, high]``."""

    low: float = -0.8
    high: float = 0.8


class IsingRing(LatticeSystem):
    """Spins flip at rate ``1/(1 + exp(ΔH/T))``."""

    dimension = 1
    time_unit = "attempts per site"
    conditions = (Quantity("temperature", "temperature", "J"),)
    terms = (
        LatticeObservable(Quantity("m", "magnetisation", low=-1, high=1), site_term=float),
        LatticeObservable(
            Quantity("walls", "share of unequal bonds", low=0, high=1),
            bond_term=lambda left, right: float(left != right),
        ),
    )

    def __init__(self, settings: RingSettings) -> None:
        self.settings = settings

    def parameters(self, c_row: np.ndarray) -> float:
        return float(c_row[0])

    def local_rate(self, value: int, neighbours: int, parameters: float) -> float:
        pull = self.settings.coupling * (2 * neighbours - 2) + self.settings.field
        return 1.0 / (1.0 + math.exp(2.0 * value * pull / parameters))

    def initial(self, size, count, c, start: RingStart, rng) -> States:
        m = rng.uniform(start.low, start.high, count)
        return self.scatter(size, (1.0 + m) / 2.0, rng)

    def reflect(self, states: States) -> States:
        return self.exchange_levels(states)


RECORD = SystemRecord(
    name="ising-ring",
    summary="ring of Ising spins",
    api_version=1,
    settings=RingSettings,
    start=RingStart,
    capabilities=frozenset({"cells", "cut", "drift_and_diffusion", "martingale", "reflect"}),
    surroundings=("halo",),
    releases_gil=True,
    factory=IsingRing,
    example=SystemExample(
        size=(24,),
        patch=(6,),
        cell=(3,),
        dt=0.1,
        surroundings=Surroundings("halo", 2),
        conditions={"temperature": (1.5, 3.0)},
    ),
)
