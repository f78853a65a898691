"""Cluster spaces: the columns of an expansion, and their values on occupied lattices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int, Integer

from macropatch_alloy.expansion.decorations import column_tables
from macropatch_alloy.expansion.orbits import Orbit, find_orbits
from macropatch_alloy.kernels.cluster_counts import count_clusters
from macropatch_alloy.lattices import BASIS, CubicLattice, Structure
from macropatch_alloy.occupations import checked_occupations, species_of

CHUNK = 8_000_000
"""Counters in memory at a time."""

STRAIN = 0.05
"""By how much, relatively, the lattice constant of what is evaluated may differ."""


@dataclass(frozen=True, eq=False)
class ClusterSpace:
    """Which clusters of a crystal count, decorated with which species.

    Attributes
    ----------
    constant : edge of the cubic cell, Å
    components : what sites can bear, as chemical symbols; ``"X"``, the vacancy, first if it is one
    cutoffs : the largest radius (Å) of clusters of each order, see :func:`find_orbits`

    Raises
    ------
    ValueError
        for fewer than two components, unknown symbols and cutoffs without clusters
    """

    structure: Structure
    constant: float
    components: tuple[str, ...]
    cutoffs: Mapping[int, float]

    def __post_init__(self) -> None:
        species_of(self.components)
        if len(self.components) < 2:
            raise ValueError(f"components {self.components}: an expansion needs two or more")
        _ = self.orbits, self.tables

    @property
    def species(self) -> tuple[str, ...]:
        """Symbols by code: the vacancy, ``"X"``, is code 0 whether it is a component or not."""
        return species_of(self.components)

    @property
    def vacancies(self) -> bool:
        """Whether the vacancy is a component."""
        return "X" in self.components

    @cached_property
    def orbits(self) -> tuple[Orbit, ...]:
        """Orbits: points first, then by order and radius."""
        return find_orbits(self.structure, self.constant, self.cutoffs)

    @cached_property
    def tables(self) -> tuple[Float[np.ndarray, "_ ..."], ...]:
        """Of each orbit, the values of its columns on one cluster: see :func:`column_tables`."""
        codes = len(self.species)
        return tuple(column_tables(orbit, codes, self.vacancies) for orbit in self.orbits)

    @property
    def columns(self) -> int:
        """Length of a cluster vector: the empty cluster, then the columns of each orbit."""
        return 1 + sum(map(len, self.tables))

    @property
    def radius(self) -> float:
        """Radius of the largest cluster, Å."""
        return max(orbit.radius for orbit in self.orbits)

    def cluster_vectors(
        self, occupations: Integer[np.ndarray, "count sites"], lattice: CubicLattice
    ) -> Float[np.ndarray, "count columns"]:
        """Sums of each column over all clusters of a supercell, each once, per site.

        The empty cluster comes first and is 1. Times coefficients in eV they are the energy per
        site, times the number of sites that of the supercell.

        Raises
        ------
        ValueError
            for another crystal, species that are no component, or a supercell so small that a
            site and its own image are in one cluster
        """
        return np.asarray(self._sums(occupations, lattice) / lattice.sites)

    def differences(
        self,
        before: Integer[np.ndarray, "count sites"],
        after: Integer[np.ndarray, "count sites"],
        lattice: CubicLattice,
    ) -> Float[np.ndarray, "count columns"]:
        """Changes of the sums over a supercell: times coefficients, the changes of its energy.

        The rows of a design matrix for fits to energy differences, such as those of jumps. The
        first column, of the empty cluster, is 0.
        """
        return np.asarray(self._sums(after, lattice) - self._sums(before, lattice))

    def summed(
        self,
        tensors: Sequence[Float[np.ndarray, "*_"]],
        occupations: Integer[np.ndarray, "count sites"],
        lattice: CubicLattice,
    ) -> Float[np.ndarray, " count"]:
        """Sums over all clusters of a supercell, each once, of the entries of a tensor an orbit."""
        entries = np.concatenate([tensor.ravel() for tensor in tensors])
        total = np.empty(len(occupations))
        for rows, counts in self._counts(occupations, lattice):
            # row by row, unlike BLAS: the same numbers in whatever batch a snapshot comes
            total[rows] = (counts * entries).sum(axis=1)
        return total

    def check_holds(self, lattice: CubicLattice) -> None:
        """Refuse another crystal and a supercell that is too small.

        Raises
        ------
        ValueError
            with both lattices, or both lengths and the least size
        """
        strained = abs(lattice.constant / self.constant - 1.0) > STRAIN
        if lattice.structure != self.structure or strained:
            raise ValueError(
                f"a cluster expansion of {self.structure} with {self.constant} Å does not fit "
                f"{lattice.structure} with {lattice.constant:.4f} Å (at most {STRAIN:.0%} apart)"
            )
        edge = min(lattice.cells) * self.constant
        if self.radius >= edge * (1 - 1e-9):
            least = int(self.radius / self.constant * (1 + 1e-9)) + 1
            raise ValueError(
                f"the supercell of {' x '.join(map(str, lattice.cells))} cells is {edge:.2f} Å "
                f"wide, too small for clusters of {self.radius:.2f} Å, which would hold a site and "
                f"its own image: take at least {least} cells an edge"
            )

    def _sums(
        self, occupations: Integer[np.ndarray, "count sites"], lattice: CubicLattice
    ) -> Float[np.ndarray, "count columns"]:
        sums = np.full((len(occupations), self.columns), float(lattice.sites))
        for rows, counts in self._counts(occupations, lattice):
            entry, column = 0, 1
            for table in self.tables:
                columns, entries = len(table), table[0].size
                own = counts[:, entry : entry + entries]
                sums[rows, column : column + columns] = own @ table.reshape(columns, -1).T
                entry, column = entry + entries, column + columns
        return sums

    def _counts(
        self, occupations: Integer[np.ndarray, "count sites"], lattice: CubicLattice
    ) -> Iterator[tuple[slice, Int[np.ndarray, "rows entries"]]]:
        """How many clusters of each orbit bear which codes, a batch of snapshots at a time."""
        self.check_holds(lattice)
        codes = checked_occupations(occupations, lattice, self.components)
        orders, starts, shifts = self._clusters
        entries = sum(table[0].size for table in self.tables)
        rows = max(1, CHUNK // entries)
        for start in range(0, len(codes), rows):
            chunk = slice(start, start + rows)
            counts = np.zeros((len(codes[chunk]), entries), np.int64)
            count_clusters(
                codes[chunk], lattice.cells, len(self.species), orders, starts, shifts, counts
            )
            yield chunk, counts

    @cached_property
    def _clusters(
        self,
    ) -> tuple[Int[np.ndarray, " all"], Int[np.ndarray, " all"], Int[np.ndarray, "basis all m 4"]]:
        """Orders, starts and shifts of all clusters of a site, as the kernel reads them."""
        each = [orbit.multiplicity for orbit in self.orbits]
        orders = np.repeat([orbit.order for orbit in self.orbits], each)
        sizes = [table[0].size for table in self.tables]
        starts = np.repeat(np.concatenate([[0], np.cumsum(sizes)[:-1]]), each)
        offsets = np.zeros((len(orders), int(orders.max()), 3), np.int64)
        end = 0
        for orbit in self.orbits:
            offsets[end : end + orbit.multiplicity, : orbit.order] = orbit.translated_once
            end += orbit.multiplicity
        basis = np.array(BASIS[self.structure])
        target = offsets[None] + basis[:, None, None]
        cells, parity = np.divmod(target, 2)
        place = CubicLattice(self.structure, self.constant, (1, 1, 1)).basis_of_parity
        places = place[tuple(np.moveaxis(parity, -1, 0))]
        return orders, starts, np.concatenate([cells, places[..., None]], axis=-1)
