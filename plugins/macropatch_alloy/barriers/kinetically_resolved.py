"""Barriers by kinetically resolved activation: reversible by construction.

``E_b = max(KRA + ΔE/2, ΔE, 0)``, with the energy change of the jump from a cluster expansion in
which the vacancy is a species, and an activation that has the same value for the jump and its
reverse (Van der Ven, Ceder, Asta and Tepesch, Phys. Rev. B 64, 184307, 2001). Then
``E_b(forth) − E_b(back) = ΔE`` in every branch of the maximum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from macropatch_alloy.barriers.model import BarrierModel
from macropatch_alloy.barriers.saddle import SaddleOrbit, jump_rotations, saddle_orbits
from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.grouping import Clusters, add_cluster, group_clusters, stack_tables
from macropatch_alloy.kernels.kinetically_resolved import kinetically_resolved_barriers
from macropatch_alloy.lattices import BASIS, Structure, first_neighbours

Offset = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class SaddleModel:
    """Activations as a linear function of the species about the middle of the jump.

    Attributes
    ----------
    structure, constant : of the lattice, Å
    radius : sites within it of the middle count, Å
    pairs : number of orbits of pairs, nearest to the middle first
    coefficients : ``(jumping species, columns)``, eV: of each atom (codes 1 and on) its constant,
        then its columns, see :func:`saddle_orbits`
    """

    structure: Structure
    constant: float
    radius: float
    pairs: int
    coefficients: Float[np.ndarray, "species columns"]

    def __post_init__(self) -> None:
        columns = 1 + sum(len(orbit.tables(self.codes)) for orbit in self.orbits)
        if self.coefficients.shape != (self.codes - 1, columns):
            raise ValueError(
                f"activations: coefficients of shape {self.coefficients.shape}; these orbits have "
                f"{columns} columns for each of the jumping species"
            )

    @property
    def codes(self) -> int:
        """Number of species and the vacancy."""
        return len(self.coefficients) + 1

    @cached_property
    def orbits(self) -> tuple[SaddleOrbit, ...]:
        """Orbits of sites, then of pairs."""
        return saddle_orbits(self.structure, self.constant, self.radius, self.pairs)


def expansion_barriers(
    name: str, expansion: ClusterExpansion, saddle: SaddleModel, source: str = ""
) -> BarrierModel:
    """Barriers of vacancy jumps out of an expansion and activations.

    Raises
    ------
    ValueError
        if the vacancy is no component of the expansion, or the two are of different crystals.
    """
    space = expansion.space
    if not space.vacancies:
        raise ValueError(f"{name}: the vacancy, 'X', is no component of the expansion")
    ours = (saddle.structure, saddle.constant, saddle.codes)
    theirs = (space.structure, space.constant, len(space.species))
    if ours != theirs:
        raise ValueError(
            f"{name}: activations are for (structure, Å, codes) {ours}, the expansion for {theirs}"
        )
    clusters = _clusters_of_jump(expansion, saddle)
    sites = {site for members in clusters for site in members}
    offsets = sorted(sites, key=lambda offset: (_squared(offset), offset))
    number = {offset: k for k, offset in enumerate(offsets)}
    numbered: Clusters = {}
    for cluster, tensor in clusters.items():
        add_cluster(numbered, tuple(number[offset] for offset in cluster), tensor)
    codes = saddle.codes
    members, folded = group_clusters(numbered, codes)
    table, start = stack_tables(folded, 2 * codes)
    jumps = first_neighbours(space.structure)
    turned = np.einsum("dij,kj->dki", jump_rotations(space.structure), np.array(offsets))
    read = sorted({tuple(o) for o in [*turned.reshape(-1, 3).tolist(), *jumps.tolist()]})
    read_number = {offset: k for k, offset in enumerate(read)}
    order = np.array([[read_number[tuple(o)] for o in row] for row in turned.tolist()])
    ends = np.array([read_number[tuple(jump)] for jump in jumps.tolist()])
    reach = int(np.abs(read).max())
    constant = np.concatenate([[0.0], saddle.coefficients[:, 0]])
    values = np.ascontiguousarray(table.reshape(-1, codes, 2).transpose(1, 0, 2))
    return BarrierModel(
        name=name,
        structure=space.structure,
        constant=space.constant,
        radius=0.5 * space.constant * float(np.sqrt(max(map(_squared, read)))) * (1 + 1e-9),
        species=space.species,
        function=kinetically_resolved_barriers,
        tables=(
            np.array([len(BASIS[space.structure]), reach]),
            (np.array(read) + reach).astype(np.uint64),
            ends,
            order[:, members].astype(np.uint64),
            start.astype(np.uint64),
            values,
            constant,
        ),
        source=source,
    )


def _clusters_of_jump(
    expansion: ClusterExpansion, saddle: SaddleModel
) -> dict[tuple[Offset, ...], np.ndarray]:
    """What the sites around the first jump add to ``(ΔE, KRA)``, by jumping species.

    Tensors ``(codes,) · members + (2 codes,)``. The vacancy is at the origin.
    """
    codes = saddle.codes
    found: dict[tuple[Offset, ...], np.ndarray] = {}
    (a, b, c) = first_neighbours(saddle.structure)[0].tolist()
    jump: Offset = (a, b, c)

    def add(members: tuple[Offset, ...], values: np.ndarray, column: int) -> None:
        """``values`` of the jumping species along the last axis."""
        both = np.zeros((*values.shape, 2))
        both[..., column] = values
        flat = both.reshape(*values.shape[:-1], 2 * codes)
        found[members] = found[members] + flat if members in found else flat

    for orbit, tensor in zip(expansion.space.orbits, expansion.tensors(), strict=True):
        if orbit.order == 1 or not np.any(tensor):
            continue
        for cluster, role in zip(orbit.clusters.tolist(), orbit.roles.tolist(), strict=True):
            own = np.moveaxis(tensor, role, -1)  # the site's own species last
            gain = own - own[..., :1]  # an atom in the place of the vacancy
            others = tuple((x, y, z) for x, y, z in cluster[1:])
            shifted = tuple((x + a, y + b, z + c) for x, y, z in others)
            if (0, 0, 0) not in shifted:
                add(shifted, -gain, 0)
            if jump not in others:
                add(others, gain, 0)
                continue
            axis = others.index(jump)
            rest = others[:axis] + others[axis + 1 :]
            if rest:  # a pair of the two ends stays as it is
                ends = np.moveaxis(own, axis, -2)  # ..., species of the jump's end, of the origin
                add(rest, ends[..., 0, :] - ends[..., :, 0], 0)
    column = 1
    for saddle_orbit in saddle.orbits:
        tables = saddle_orbit.tables(codes)
        weights = np.zeros((codes, len(tables)))
        weights[1:] = saddle.coefficients[:, column : column + len(tables)]
        column += len(tables)
        tensor = np.moveaxis(np.tensordot(weights, tables, axes=1), 0, -1)
        for cluster in saddle_orbit.clusters.tolist():
            add(tuple((x, y, z) for x, y, z in cluster), tensor, 1)
    return found


def _squared(offset: Offset) -> int:
    return offset[0] ** 2 + offset[1] ** 2 + offset[2] ** 2
