"""A cluster expansion as one site sees it: the tables of :mod:`macropatch_alloy.kernels`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Float, Int, Int8, UInt64

from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.expansion.orbits import Orbit
from macropatch_alloy.grouping import Clusters, add_cluster, group_clusters, stack_tables
from macropatch_alloy.kernels.addresses import Addresses, addresses_of, read_surroundings
from macropatch_alloy.kernels.local_energy import (
    LocalTables,
    change_of_exchange,
    change_of_species,
    changes_of_jumps,
    energy_of_site,
    total_energies,
)
from macropatch_alloy.lattices import BASIS, CubicLattice, first_neighbours


def local_tables(
    orbits: Sequence[Orbit], tensors: Sequence[Float[np.ndarray, "*others codes"]]
) -> LocalTables:
    """Tables of one site out of orbits and the energies of their clusters.

    Parameters
    ----------
    tensors : of each orbit, ``(codes,) * order``: energy (eV) of one cluster by the species of its
        members, in the orbit's member order

    Raises
    ------
    ValueError
        if an orbit and its tensor do not fit together; says which.
    """
    codes = max((len(tensor) for tensor in tensors), default=1)
    used = [orbit for orbit, tensor in zip(orbits, tensors, strict=True) if np.any(tensor)]
    offsets = sorted(
        {tuple(o) for orbit in used for c in orbit.clusters.tolist() for o in c[1:]},
        key=lambda o: (sum(x * x for x in o), o),
    )
    number_of = {offset: k for k, offset in enumerate(offsets)}
    merged: Clusters = {}
    point = np.zeros(codes)
    for number, (orbit, tensor) in enumerate(zip(orbits, tensors, strict=True)):
        if np.shape(tensor) != (codes,) * orbit.order:
            raise ValueError(
                f"tensor {number} has the shape {np.shape(tensor)}, but clusters of {orbit.order} "
                f"sites and {codes} codes need {(codes,) * orbit.order}"
            )
        if orbit.order == 1:
            point += tensor
            continue
        if not np.any(tensor):
            continue  # a fit may leave orbits out
        for members, role in zip(orbit.clusters.tolist(), orbit.roles.tolist(), strict=True):
            values = np.moveaxis(np.asarray(tensor, float), role, -1)
            shared = np.concatenate([values, values / orbit.order], axis=-1)
            add_cluster(merged, tuple(number_of[tuple(o)] for o in members[1:]), shared)
    members, tables = group_clusters(merged, codes)
    table, start = stack_tables(tables, 2 * codes)
    reach = max((abs(x) for offset in offsets for x in offset), default=0)
    reach = max(reach, 2)
    shifted = (np.array(offsets, np.int64).reshape(-1, 3) + reach).astype(np.uint64)
    return LocalTables(
        reach, shifted, point, members.astype(np.uint64), start.astype(np.uint64),
        np.ascontiguousarray(table[:, :codes]), np.ascontiguousarray(table[:, codes:]),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class LocalEnergy:
    """A cluster expansion on a supercell, for energies of sites and of changes.

    The expansion's constant is left out: it is no energy of any site.

    Attributes
    ----------
    tables : by :func:`local_tables`
    lattice : the supercell
    vacancies : whether code 0, the vacancy, is among the species of the expansion

    Raises
    ------
    ValueError
        if the supercell is so small that a site would meet its own image in a cluster
    """

    tables: LocalTables
    lattice: CubicLattice
    vacancies: bool = True

    @classmethod
    def of(cls, expansion: ClusterExpansion, lattice: CubicLattice) -> Self:
        """Of an expansion. Raises ``ValueError`` for another crystal, or too small a supercell."""
        space = expansion.space
        space.check_holds(lattice)
        return cls(local_tables(space.orbits, expansion.tensors()), lattice, space.vacancies)

    def __post_init__(self) -> None:
        offsets = np.abs(self.tables.shifted.astype(np.int64) - self.tables.reach)
        farthest, edge = int(offsets.max(initial=0)), 2 * min(self.lattice.cells)
        if farthest >= edge:
            raise ValueError(
                f"the supercell of {' x '.join(map(str, self.lattice.cells))} cells is too small "
                f"for clusters that reach {farthest / 2:g} cells: a site would meet its own image; "
                f"take at least {farthest // 2 + 1} cells an edge"
            )

    @property
    def addresses(self) -> Addresses:
        """Tables by which kernels find the sites around a site."""
        return addresses_of(self.lattice, self.tables.reach)

    def total(self, occupations: Int8[np.ndarray, "count sites"]) -> Float[np.ndarray, " count"]:
        """Energies of supercells, eV."""
        coordinates = self.lattice.coordinates(np.arange(self.lattice.sites))
        return np.asarray(total_energies(self.tables, self.addresses, coordinates, occupations))

    def of_site(self, occupation: Int8[np.ndarray, " sites"], site: int) -> float:
        """Energy (eV) of all clusters that a site is in."""
        around = self._around(occupation, site)
        return float(energy_of_site(self.tables, around, np.uint64(occupation[site]))[0])

    def change(self, occupation: Int8[np.ndarray, " sites"], site: int, code: int) -> float:
        """Energy change (eV) of a site that takes the species ``code``."""
        around = self._around(occupation, site)
        before = np.uint64(occupation[site])
        return float(change_of_species(self.tables, around, before, np.uint64(code)))

    def exchange(self, occupation: Int8[np.ndarray, " sites"], one: int, two: int) -> float:
        """Energy change (eV) of two sites that exchange their species."""
        sites = np.array([one, two])
        around = np.zeros(len(self.tables.shifted), np.uint64)
        coordinates = self.lattice.coordinates(sites)
        return float(
            change_of_exchange(
                self.tables, self.addresses, occupation.copy(), sites, coordinates, around
            )
        )

    def jumps(
        self, occupations: Int8[np.ndarray, "count sites"], vacancies: Int[np.ndarray, " count"]
    ) -> Float[np.ndarray, "count directions"]:
        """Energy changes (eV) of one vacancy's jumps each, in the order of ``first_neighbours``."""
        basis = len(BASIS[self.lattice.structure])
        changes = changes_of_jumps(
            self.tables, self.addresses, self.lattice.cells, basis, self.steps,
            occupations.copy(), vacancies,
        )  # fmt: skip
        return np.asarray(changes)

    @property
    def steps(self) -> UInt64[np.ndarray, "directions 3"]:
        """Offsets to first neighbours plus the tables' reach, for kernels."""
        return (first_neighbours(self.lattice.structure) + self.tables.reach).astype(np.uint64)

    def _around(self, occupation: np.ndarray, site: int) -> Int[np.ndarray, " neighbours"]:
        around = np.zeros(len(self.tables.shifted), np.uint64)
        coordinates = self.lattice.coordinates(np.array(site))
        read_surroundings(occupation, self.addresses, self.tables.shifted, coordinates, around)
        return around
