"""The observables of an alloy, and what jumps of vacancies add to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from macropatch.contract import Quantity
from macropatch_alloy.kinetics import Jumps
from macropatch_alloy.order import short_range_order, warren_cowley
from macropatch_alloy.supercells import pair_table

ENERGY = "energy"


@dataclass(frozen=True)
class AlloyObservables:
    """Short-range order of each pair of species of atoms, and on request the energy.

    Attributes
    ----------
    species : symbols by code, the vacancy first
    coordination : number of first neighbours of a site
    order : ``"delta"`` or ``"warren-cowley"``
    energy : whether the energy an atom, eV, is the last observable
    """

    species: tuple[str, ...]
    coordination: int
    order: Literal["delta", "warren-cowley"]
    energy: bool = False

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Codes of the pairs of atoms, the one at the centre first."""
        return tuple(combinations_with_replacement(range(1, len(self.species)), 2))

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Names, labels and units."""
        symbol = "δ" if self.order == "delta" else "α"
        names = ["".join(self.species[code] for code in pair) for pair in self.pairs]
        energy = (Quantity(ENERGY, "energy per atom", "eV"),) if self.energy else ()
        return (*(Quantity(name, f"{symbol} {name}") for name in names), *energy)

    @property
    def independent(self) -> tuple[str, ...]:
        """Pairs of unlike species, for each atom has its neighbours; and the energy."""
        both = zip(self.quantities, self.pairs, strict=False)
        unlike = (quantity.name for quantity, (i, j) in both if i != j)
        return (*unlike, *((ENERGY,) if self.energy else ()))

    def measure(
        self,
        pairs: Int[np.ndarray, "count pairs"],
        counts: tuple[int, ...],
        energies: Float[np.ndarray, " count"] | None,
    ) -> Float[np.ndarray, "count d"]:
        """The observables of snapshots.

        Parameters
        ----------
        pairs : of :func:`macropatch_alloy.order.pair_counts`
        counts : numbers of sites by code
        energies : of whole snapshots, eV, where the energy is an observable
        """
        order = short_range_order if self.order == "delta" else warren_cowley
        found = order(pairs, np.tile(np.array(counts), (len(pairs), 1)), self.coordination)
        if energies is None:
            return np.asarray(found)
        return np.concatenate([found, energies[:, None] / sum(counts[1:])], axis=1)

    def weights(self, counts: tuple[int, ...]) -> Float[np.ndarray, "columns d"]:
        """What one more pair of each kind, and as the last row an eV, adds to the observables."""
        table = pair_table(len(self.species))
        pairs, atoms = int(table.max()) + 1, sum(counts[1:])
        found = np.zeros((pairs + self.energy, len(self.quantities)))
        for column, (i, j) in enumerate(self.pairs):
            change = (2.0 if i == j else 1.0) / counts[i]
            if self.order == "warren-cowley":
                change /= -self.coordination * counts[j] / atoms
            found[table[i, j], column] = change
        if self.energy:
            found[-1, -1] = 1.0 / atoms
        return found

    def changes(self, jumps: Jumps, counts: tuple[int, ...]) -> Float[np.ndarray, "*each d"]:
        """What the jumps of each vacancy added to the observables."""
        if jumps.energy is None:
            return np.asarray(jumps.ledger @ self.weights(counts))
        columns = np.concatenate([jumps.ledger, jumps.energy[..., None]], axis=-1)
        return np.asarray(columns @ self.weights(counts))
