"""The Ising model on a periodic square lattice with Glauber dynamics.

Spin ``i`` flips at rate ``1/(1 + exp(ΔH/T))``, ``ΔH = 2 sᵢ (J Σ_nn sⱼ + h)`` (arXiv 2511.12842).
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from macropatch.contract import Quantity, Size, States
from macropatch.lattice import SITES, LatticeObservable, LatticeSystem, draw_seeds
from macropatch_ising.clusters import swendsen_wang
from macropatch_ising.conditions import conditions_of, temperature_and_field
from macropatch_ising.settings import IsingSettings, SpinStart
from macropatch_ising.starts import share_up


class Ising(LatticeSystem):
    """States are ``sites``, ``(count, rows, columns)`` of ±1; edges are at least 2."""

    dimension = 2
    levels = (-1, 1)
    time_unit = "attempts per site"
    terms = (
        LatticeObservable(Quantity("m", "magnetisation per spin", low=-1.0, high=1.0), float),
        LatticeObservable(
            Quantity("walls", "domain-wall density", low=0.0, high=1.0),
            bond_term=lambda spin, other: float(spin != other),
        ),
    )

    def __init__(self, settings: IsingSettings) -> None:
        self._settings = settings

    @property
    def conditions(self) -> tuple[Quantity, ...]:
        """Those of temperature and field that the settings name."""
        return conditions_of(self._settings)

    def parameters(self, c_row: Float[np.ndarray, " conditions"]) -> tuple[float, float]:
        """Temperature and field of one row of conditions."""
        temperature, field = temperature_and_field(self._settings, c_row)
        return float(temperature), float(field)

    def local_rate(self, value: int, neighbours: int, parameters: tuple[float, float]) -> float:
        """The Glauber rate of a spin with ``neighbours`` of its four neighbours up."""
        temperature, field = parameters
        pull = self._settings.coupling * (2 * neighbours - 4) + field
        return 0.5 * (1.0 - math.tanh(value * pull / temperature))

    def initial(
        self,
        size: Size,
        count: int,
        c: Float[np.ndarray, "count conditions"],
        start: SpinStart,  # type: ignore[override]
        rng: np.random.Generator,
    ) -> States:
        """Spins of the given magnetisation, arranged at random."""
        return self.scatter(size, share_up(start, count, rng), rng)

    def equilibrate(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        sweeps: int,
        rng: np.random.Generator,
    ) -> States:
        """Swendsen–Wang sweeps, a fixed number of them, at any field and either sign of ``J``.

        Clusters of satisfied bonds flip by the heat bath of their moment in the field (Swendsen and
        Wang, Phys. Rev. Lett. 58, 86, 1987).
        """
        spins = np.ascontiguousarray(states[SITES], dtype=np.int8).copy()
        temperature, field = temperature_and_field(self._settings, c)
        coupling = self._settings.coupling / np.broadcast_to(temperature, len(spins))
        moment = np.broadcast_to(field, len(spins)) / np.broadcast_to(temperature, len(spins))
        swendsen_wang(spins, coupling, moment, sweeps, draw_seeds(rng, len(spins)))
        return {SITES: spins}

    def reflect(self, states: States) -> States:
        """All spins turned over: a symmetry without a field.

        Raises
        ------
        ValueError
            at any other field, or where the field is a condition.
        """
        if self._settings.field != 0.0 or "field" in self._settings.conditions:
            raise ValueError("in a field the Ising model has no symmetry; set [system] field = 0")
        return self.exchange_levels(states)
