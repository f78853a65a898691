"""Energies of ``Atoms`` by cluster expansion, as ASE's calculators give them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.structures import TOLERANCE, from_atoms


class ClusterExpansionCalculator(Calculator):
    """The energy of any structure on the expansion's lattice, eV.

    Displacements within ``tolerance`` do not change the energy: the expansion's is that of what it
    was fitted to, relaxed or not. For the same reason there are no forces and no stress: asking
    for them raises ASE's ``PropertyNotImplementedError``.

    Parameters
    ----------
    tolerance : how far atoms may be from their sites, in distances between nearest neighbours

    Raises
    ------
    ValueError
        when an energy is asked for, for a structure that is no occupied supercell of the crystal:
        see :func:`from_atoms`; or too small for the clusters
    """

    implemented_properties = ["energy", "free_energy"]  # noqa: RUF012 - as ASE declares it

    def __init__(self, expansion: ClusterExpansion, tolerance: float = TOLERANCE) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.expansion = expansion
        self.tolerance = tolerance

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = tuple(all_changes),
    ) -> None:
        """Put the energy into ``results``, as ASE asks for it."""
        super().calculate(atoms, properties, system_changes)  # type: ignore[no-untyped-call]
        assert self.atoms is not None
        space = self.expansion.space
        lattice, occupation = from_atoms(
            self.atoms, space.structure, space.components, space.constant, self.tolerance
        )
        energy = float(self.expansion.energy(occupation[None], lattice)[0])
        self.results: dict[str, Any] = {"energy": energy, "free_energy": energy}
