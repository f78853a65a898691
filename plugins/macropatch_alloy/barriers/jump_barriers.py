"""Barriers of jumps and of their reverses, as data for fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Int8

from macropatch_alloy.barriers.model import BarrierModel
from macropatch_alloy.lattices import CubicLattice, first_neighbours


@dataclass(frozen=True, eq=False)
class JumpBarriers:
    """States of one vacancy each, and the barriers of its jumps.

    Attributes
    ----------
    lattice : supercell
    occupations : ``(states, sites)``
    vacancies : ``(states,)``, site of each
    forth, back : ``(states, directions)``, barriers of the jumps and of their reverses, eV
    """

    lattice: CubicLattice
    occupations: Int8[np.ndarray, "states sites"]
    vacancies: Int[np.ndarray, " states"]
    forth: Float[np.ndarray, "states directions"]
    back: Float[np.ndarray, "states directions"]

    @property
    def changes(self) -> Float[np.ndarray, "states directions"]:
        """``ΔE``, eV."""
        return np.asarray(self.forth - self.back)

    @property
    def activations(self) -> Float[np.ndarray, "states directions"]:
        """``KRA``, eV."""
        return np.asarray(0.5 * (self.forth + self.back))

    @property
    def jumping(self) -> Int8[np.ndarray, "states directions"]:
        """Code of the atom that the vacancy changes places with."""
        return np.asarray(np.take_along_axis(self.occupations, self._beside, axis=1))

    @property
    def states(self) -> Int[np.ndarray, "states directions"]:
        """Number of the state of each jump."""
        return np.repeat(np.arange(len(self.forth))[:, None], self.forth.shape[1], axis=1)

    @property
    def _beside(self) -> Int[np.ndarray, "states directions"]:
        return neighbours_of(self.lattice, self.vacancies)


def barriers_of_jumps(
    model: BarrierModel,
    lattice: CubicLattice,
    occupations: Int8[np.ndarray, "states sites"],
    vacancies: Int[np.ndarray, " states"],
) -> JumpBarriers:
    """Ask a model for the barriers of all jumps of states, and of their reverses."""
    steps = first_neighbours(lattice.structure)
    beside = neighbours_of(lattice, vacancies)
    reverse = [(steps == -step).all(axis=1).argmax() for step in steps]
    forth, back = np.empty(beside.shape), np.empty(beside.shape)
    for state, (given, vacancy) in enumerate(zip(occupations, vacancies.tolist(), strict=True)):
        occupation = given.copy()
        forth[state] = model.evaluate(lattice, occupation, vacancies[state : state + 1])[0]
        for direction, site in enumerate(beside[state].tolist()):
            occupation[vacancy], occupation[site] = occupation[site], 0
            there = model.evaluate(lattice, occupation, beside[state, direction : direction + 1])
            back[state, direction] = there[0, reverse[direction]]
            occupation[site], occupation[vacancy] = occupation[vacancy], 0
    return JumpBarriers(lattice, occupations, vacancies, forth, back)


def neighbours_of(
    lattice: CubicLattice, sites: Int[np.ndarray, " states"]
) -> Int[np.ndarray, "states directions"]:
    """First neighbours of sites, in the order of ``first_neighbours``."""
    steps = first_neighbours(lattice.structure)
    return np.asarray(lattice.site(lattice.coordinates(sites)[:, None] + steps))
