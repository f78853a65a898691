"""Orbits: clusters of sites that the crystal's symmetry turns into one another."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import spglib
from ase.build import bulk
from jaxtyping import Bool, Int

from macropatch_alloy.lattices import BASIS, Structure, first_neighbours, offsets_within

HIGHEST_ORDER = 4
"""Quadruplets are the largest clusters."""

MOST_NEIGHBOURS = {2: 20_000, 3: 1_000, 4: 200}
"""Within the cutoff of clusters of each order: more would not fit memory."""


@dataclass(frozen=True, eq=False)
class Orbit:
    """Clusters of one kind, by their sites' offsets from one of them, half lattice constants.

    The members of the first cluster stand in the *member order* of the orbit. A cluster in which
    the origin plays the part of member ``r`` of the first one has ``r`` as its role; its members
    are those of a cluster in member order with number ``r`` moved to the front. With an array ``e``
    of one axis a member, what belongs to cluster ``i`` is
    ``np.moveaxis(e, roles[i], 0)[species of clusters[i]]``.

    Attributes
    ----------
    order : number of sites of a cluster
    radius : largest distance between two of them, Å
    multiplicity : clusters a site of the crystal
    clusters : ``(instances, order, 3)``, each cluster that contains the site at the origin, the
        origin first; ``instances = order · multiplicity``
    roles : ``(instances,)``; of parts that are equivalent by symmetry the first one stands for all
    permutations : ``(operations, order)``: the orders of the first cluster's members, by their
        numbers, that are equivalent to the member order; the identity among them
    """

    order: int
    radius: float
    multiplicity: int
    clusters: Int[np.ndarray, "instances order 3"]
    roles: Int[np.ndarray, " instances"]
    permutations: Int[np.ndarray, "operations order"]

    @cached_property
    def translated_once(self) -> Int[np.ndarray, "multiplicity order 3"]:
        """One of all clusters that are translations of one another, in member order.

        At all sites of a crystal they are each of its clusters exactly once.
        """
        own = self.clusters[self.roles == 0]
        corner = np.array([min(members) for members in own.tolist()])
        shifted = [tuple(sorted(map(tuple, m))) for m in (own - corner[:, None]).tolist()]
        first = {members: index for index, members in reversed(list(enumerate(shifted)))}
        return np.asarray(own[sorted(first.values())])


@lru_cache
def point_group(structure: Structure) -> Int[np.ndarray, "operations 3 3"]:
    """Rotations and reflections about a site, by spglib, the identity first."""
    atoms = bulk("Nb", structure, a=1.0, cubic=structure != "sc")
    cell = (atoms.cell.array, atoms.positions @ np.linalg.inv(atoms.cell.array), atoms.numbers)
    with warnings.catch_warnings():
        # spglib 2.7 and later announce in every call how errors will be reported by 3.0
        warnings.simplefilter("ignore", DeprecationWarning)
        found = spglib.get_symmetry(cell)
    assert found is not None
    rotations = np.unique(found["rotations"].astype(np.int64), axis=0)
    identity = (rotations == np.eye(3, dtype=np.int64)).all(axis=(1, 2))
    return np.concatenate([rotations[identity], rotations[~identity]])


def find_orbits(
    structure: Structure, constant: float, cutoffs: Mapping[int, float]
) -> tuple[Orbit, ...]:
    """Orbits of a cubic crystal: points, then by order and radius.

    Parameters
    ----------
    constant : edge of the cubic cell, Å
    cutoffs : the largest radius (Å) of clusters of an order: ``{2: 6.0, 3: 4.0}`` are pairs to
        6 Å and triplets whose longest side is 4 Å or less

    Raises
    ------
    ValueError
        for an order other than 2, 3 and 4, or a cutoff within which there is no cluster
    """
    point = np.zeros((1, 1, 3), np.int64)
    orbits = [Orbit(1, 0.0, 1, point, np.zeros(1, np.int64), np.zeros((1, 1), np.int64))]
    for order, cutoff in sorted(cutoffs.items()):
        if not 2 <= order <= HIGHEST_ORDER:
            raise ValueError(f"cutoffs: clusters of {order} sites; there are only those of 2 to 4")
        found = _orbits_of_order(structure, constant, order, float(cutoff))
        if not found:
            nearest = 0.5 * constant * np.sqrt((first_neighbours(structure)[0] ** 2).sum())
            raise ValueError(
                f"cutoffs: no clusters of {order} within {cutoff} Å; neighbours of {structure} "
                f"({constant} Å) are {nearest:.3f} Å apart: take more, or leave the order out"
            )
        orbits.extend(found)
    return tuple(orbits)


def _orbits_of_order(
    structure: Structure, constant: float, order: int, cutoff: float
) -> list[Orbit]:
    if not (np.isfinite(cutoff) and cutoff > 0.0):
        raise ValueError(f"cutoffs: {cutoff} Å of clusters of {order} sites is no length")
    volume = 4.0 / 3.0 * np.pi * min(cutoff / constant, 1e6) ** 3
    if volume * len(BASIS[structure]) > MOST_NEIGHBOURS[order]:
        raise ValueError(
            f"cutoffs: {cutoff} Å of clusters of {order} sites hold too many of them: more than "
            f"{MOST_NEIGHBOURS[order]} neighbours of a site at {constant} Å"
        )
    offsets = offsets_within(structure, constant, cutoff)
    pending = _clusters_at_origin(offsets, order, (2.0 * cutoff / constant) ** 2 * (1 + 1e-9))
    squared = _longest_squared(pending)
    pending = pending[np.argsort(squared, kind="stable")]
    reach = int(np.abs(offsets).max(initial=0))
    keys, orbits = _keys(pending, reach), []
    while len(pending):
        orbit, own = _orbit_of(pending[0], point_group(structure), constant, reach)
        orbits.append(orbit)
        left = ~np.isin(keys, own)
        pending, keys = pending[left], keys[left]
    return orbits


def _clusters_at_origin(
    offsets: Int[np.ndarray, "neighbours 3"], order: int, longest: float
) -> Int[np.ndarray, "clusters order 3"]:
    """All clusters of the origin and ``order − 1`` of the offsets, none twice."""
    chosen = np.arange(len(offsets))[:, None]
    if order > 2:
        between = ((offsets[:, None] - offsets[None]) ** 2).sum(axis=-1)
        near: Bool[np.ndarray, "neighbours neighbours"] = np.triu(between <= longest, 1)
        for _ in range(order - 2):
            row, added = np.nonzero(near[chosen].all(axis=1))
            chosen = np.column_stack([chosen[row], added])
    members = np.zeros((len(chosen), order, 3), np.int64)
    members[:, 1:] = offsets[chosen]
    return members


def _orbit_of(
    first: Int[np.ndarray, "order 3"],
    operations: Int[np.ndarray, "operations 3 3"],
    constant: float,
    reach: int,
) -> tuple[Orbit, Int[np.ndarray, " instances"]]:
    """The orbit of a cluster, and the keys of its instances."""
    order = len(first)
    based = first[None] - first[:, None]
    images = np.einsum("gij,rmj->rgmi", operations, based).reshape(-1, order, 3)
    roles = np.repeat(np.arange(order), len(operations))
    keys = _keys(images, reach)
    # images come role by role: the first one of each cluster has the smallest of its roles
    own, index = np.unique(keys, return_index=True)
    index = np.sort(index)
    turned = images[keys == keys[0]]
    same = (turned[:, :, None] == first[None, None]).all(axis=-1)
    roles = roles[index]
    behind = np.arange(1, order)[None]
    moved = np.where(behind <= roles[:, None], behind - 1, behind)  # the role's member to the front
    members = np.column_stack([roles, moved])[..., None]
    clusters = np.take_along_axis(images[index], members, axis=1)
    radius = 0.5 * constant * float(np.sqrt(_longest_squared(first[None])[0]))
    permutations = np.unique(same.argmax(axis=-1), axis=0)
    return Orbit(order, radius, len(own) // order, clusters, roles, permutations), own


def _longest_squared(clusters: Int[np.ndarray, "clusters order 3"]) -> Int[np.ndarray, " clusters"]:
    sides = clusters[:, :, None] - clusters[:, None]
    return np.asarray((sides**2).sum(axis=-1).max(axis=(1, 2)))


def _keys(
    clusters: Int[np.ndarray, "clusters order 3"], reach: int
) -> Int[np.ndarray, " clusters"]:
    """A number for each cluster, whatever the order of its members; ``reach``: largest offset."""
    width = 2 * reach + 1
    codes = np.sort((clusters + reach) @ np.array([width * width, width, 1]), axis=1)
    # four members fit 64 bits while reach < 19: more quadruplets than any computer holds
    return np.asarray(codes @ (width**3) ** np.arange(clusters.shape[1]))
