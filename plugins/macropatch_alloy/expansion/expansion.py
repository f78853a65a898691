"""Cluster expansions: energies of occupied lattices, and tables of energies for kernels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float, Integer

from macropatch_alloy.expansion.space import ClusterSpace
from macropatch_alloy.lattices import CubicLattice


@dataclass(frozen=True, eq=False)
class ClusterExpansion:
    """The energy of a substitutional alloy as a sum over clusters of sites.

    Attributes
    ----------
    space : which clusters, of which crystal, with which components
    coefficients : ``(columns,)``, eV, of the columns of :meth:`ClusterSpace.cluster_vectors`; the
        first one is the energy per site of the empty cluster
    provenance : how they were obtained: names and values that JSON can hold

    Raises
    ------
    ValueError
        for another number of coefficients, or one that is not finite
    """

    space: ClusterSpace
    coefficients: Float[np.ndarray, " columns"]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = np.shape(self.coefficients)
        if shape != (self.space.columns,):
            raise ValueError(
                f"coefficients of shape {shape}: these clusters have {self.space.columns} columns"
            )
        if not np.isfinite(self.coefficients).all():
            where = int(np.flatnonzero(~np.isfinite(self.coefficients))[0])
            raise ValueError(f"coefficient {where} is {self.coefficients[where]}")

    @property
    def energy_of_empty_cluster(self) -> float:
        """The constant term, eV per site."""
        return float(self.coefficients[0])

    def tensors(self) -> tuple[Float[np.ndarray, "*_"], ...]:
        """Of each orbit the energy (eV) of one cluster, by the species codes in member order.

        Shape ``(codes,) · order``, code 0 the vacancy, whose entries are 0 where it is no
        component. The energy of a supercell is the sum of the entries of all its clusters, each
        once, and ``energy_of_empty_cluster`` a site. See :class:`Orbit` for the member order.
        """
        result, column = [], 1
        for table in self.space.tables:
            own = self.coefficients[column : column + len(table)]
            result.append(np.tensordot(own, table, axes=1))
            column += len(table)
        return tuple(result)

    def energy(
        self, occupations: Integer[np.ndarray, "count sites"], lattice: CubicLattice
    ) -> Float[np.ndarray, " count"]:
        """Energies of occupied supercells, eV.

        Raises
        ------
        ValueError
            for another crystal, species that are no component, or a supercell so small that a
            site and its own image are in one cluster
        """
        total = self.space.summed(self.tensors(), occupations, lattice)
        return total + self.energy_of_empty_cluster * lattice.sites
