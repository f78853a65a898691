"""Clusters about the middle of a jump, by the symmetry that turns the jump into itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from jaxtyping import Float, Int

from macropatch_alloy.expansion.decorations import point_functions
from macropatch_alloy.expansion.orbits import point_group
from macropatch_alloy.lattices import Structure, first_neighbours, offsets_within

Cluster = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, eq=False)
class SaddleOrbit:
    """Sites or pairs that the symmetry of a jump turns into one another.

    Attributes
    ----------
    distance : of the farthest member from the middle of the jump, Å
    clusters : ``(instances, order, 3)``, offsets from the vacancy, for the jump to the first of
        ``first_neighbours``; members in equivalent order
    symmetric : whether the two members of a pair are equivalent
    """

    distance: float
    clusters: Int[np.ndarray, "instances order 3"]
    symmetric: bool

    @property
    def order(self) -> int:
        """Number of members, 1 or 2."""
        return int(self.clusters.shape[1])

    def tables(self, codes: int) -> Float[np.ndarray, "columns *codes_of_members codes"]:
        """Values of each column on one cluster, by the codes of its members.

        Products of the point functions of the atoms; 0 where a member is a vacancy, code 0.
        """
        functions = np.zeros((codes - 2, codes))
        functions[:, 1:] = point_functions(codes - 1)
        if self.order == 1:
            return functions
        tables = []
        for one, two in product(range(len(functions)), repeat=2):
            table = np.outer(functions[one], functions[two])
            if not self.symmetric:
                tables.append(table)
            elif one <= two:
                tables.append(table if one == two else table + table.T)
        return np.array(tables)


def jump_symmetry(structure: Structure) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Rotations and shifts ``p → R p + t`` that map the two ends of the first jump onto them.

    Twelve on bcc, the group D3d.
    """
    jump = first_neighbours(structure)[0]
    found = []
    for rotation in point_group(structure):
        turned = rotation @ jump
        if (turned == jump).all():
            found.append((rotation, np.zeros(3, np.int64)))
        elif (turned == -jump).all():
            found.append((rotation, jump))
    return tuple(found)


def jump_rotations(structure: Structure) -> Int[np.ndarray, "directions 3 3"]:
    """For each first neighbour an operation that turns the first jump into the jump to it."""
    jumps, group = first_neighbours(structure), point_group(structure)
    turned = group @ jumps[0]
    return np.array([group[(turned == jump).all(axis=1).argmax()] for jump in jumps])


def saddle_orbits(
    structure: Structure, constant: float, radius: float, pairs: int
) -> tuple[SaddleOrbit, ...]:
    """Orbits of sites within ``radius`` (Å) of a jump's middle, and the nearest ones of pairs.

    The jump's ends are left out. Orbits of sites come first, by distance; then the ``pairs`` orbits
    of pairs nearest to the middle: by their farther member, then by their nearer one, then by
    length.
    """
    jump = first_neighbours(structure)[0]
    reach = radius + 0.25 * constant * float(np.sqrt((jump**2).sum()))
    sites = offsets_within(structure, constant, reach)
    from_middle = np.sqrt(((2 * sites - jump) ** 2).sum(axis=1)) * (0.25 * constant)
    inside = (from_middle <= radius * (1 + 1e-9)) & ~(sites == jump).all(axis=1)
    near = [tuple(site) for site in sites[inside].tolist()]
    symmetry = jump_symmetry(structure)
    points = _orbits([(site,) for site in near], symmetry, jump, constant)
    points.sort(key=lambda orbit: orbit.distance)
    found: list[SaddleOrbit] = []
    shells = sorted({round(orbit.distance, 6) for orbit in points})
    for shell in shells:  # pairs of few shells are few: stop as soon as there are enough
        if len(found) >= pairs:
            break
        within = [site for site in near if _distance(site, jump, constant) <= shell + 1e-5]
        found = _orbits(list(combinations(within, 2)), symmetry, jump, constant)
    found.sort(key=lambda orbit: _nearness(orbit, jump, constant))
    if len(found) < pairs:
        raise ValueError(f"{pairs} orbits of pairs within {radius} Å: there are {len(found)}")
    return (*points, *found[:pairs])


def _orbits(
    clusters: list[Cluster],
    symmetry: tuple[tuple[np.ndarray, np.ndarray], ...],
    jump: Int[np.ndarray, " 3"],
    constant: float,
) -> list[SaddleOrbit]:
    left = dict.fromkeys(frozenset(cluster) for cluster in clusters)
    orbits = []
    for cluster in clusters:
        if frozenset(cluster) not in left:
            continue
        images: dict[frozenset[tuple[int, int, int]], Cluster] = {}
        symmetric = False
        for rotation, shift in symmetry:
            moved = (np.array(cluster) @ rotation.T + shift).tolist()
            image: Cluster = tuple((x, y, z) for x, y, z in moved)
            symmetric |= len(cluster) == 2 and image == cluster[::-1]
            images.setdefault(frozenset(image), image)
        for members in images:
            left.pop(members, None)
        distance = max(_distance(site, jump, constant) for site in cluster)
        orbits.append(SaddleOrbit(distance, np.array(list(images.values())), symmetric))
    return orbits


def _distance(site: tuple[int, ...], jump: Int[np.ndarray, " 3"], constant: float) -> float:
    return float(np.sqrt(((2 * np.array(site) - jump) ** 2).sum()) * (0.25 * constant))


def _nearness(
    orbit: SaddleOrbit, jump: Int[np.ndarray, " 3"], constant: float
) -> tuple[float, float, float, list[list[int]]]:
    one, two = orbit.clusters[0]
    nearer = min(_distance(tuple(one), jump, constant), _distance(tuple(two), jump, constant))
    length = float(np.sqrt(((one - two) ** 2).sum()))
    return (
        round(orbit.distance, 6), round(nearer, 6), round(length, 6), orbit.clusters[0].tolist(),
    )  # fmt: skip
