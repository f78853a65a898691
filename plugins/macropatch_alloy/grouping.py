"""Sums over many small clusters, regrouped into fewer terms of three sites each.

A term looks up its value by the species of three sites. Every cluster among these three is folded
into its table, be it a point, a pair or all of them: a third of the look-ups, or fewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

GROUP = 3
"""Sites of a term: tables of 4³ entries, for three species and a vacancy, stay in a fast cache."""

Members = tuple[int, ...]
Clusters = dict[Members, Float[np.ndarray, "*codes values"]]
"""By their members in ascending order: ``(codes,) * members + (values,)``."""


def add_cluster(
    clusters: Clusters, members: Members, values: Float[np.ndarray, "*codes values"]
) -> None:
    """Add a cluster to those of the same members, which may stand in any order."""
    order = sorted(range(len(members)), key=lambda k: members[k])
    turned = np.transpose(values, [*order, values.ndim - 1])
    key = tuple(members[k] for k in order)
    clusters[key] = clusters[key] + turned if key in clusters else turned.copy()


def group_clusters(
    clusters: Mapping[Members, Float[np.ndarray, "*codes values"]], codes: int
) -> tuple[Int[np.ndarray, "terms three"], list[Float[np.ndarray, "codes codes codes values"]]]:
    """Terms of three sites whose sum is the sum over clusters of one to three.

    Returns
    -------
    Numbers of each term's sites, and its table. A term of fewer sites repeats its first one.
    """
    left = dict(clusters)
    beside: dict[int, set[int]] = {}
    for members in left:
        for one in members:
            beside.setdefault(one, set()).update(members)
    terms, tables = [], []
    for members in sorted(left, key=lambda m: (-len(m), m)):
        if len(members) > 1 and members in left:
            terms.append(_widened(members, left, beside))
            tables.append(_folded(terms[-1], left, codes))
    points = sorted(left)
    for first in range(0, len(points), GROUP):
        terms.append(tuple(member for (member,) in points[first : first + GROUP]))
        tables.append(_folded(terms[-1], left, codes))
    filled = [(*term, *(term[0],) * (GROUP - len(term))) for term in terms]
    return np.array(filled, np.int64).reshape(-1, GROUP), tables


def stack_tables(
    tables: list[Float[np.ndarray, "codes codes codes values"]], values: int
) -> tuple[Float[np.ndarray, "columns values"], Int[np.ndarray, " terms"]]:
    """Tables one below the other, equal ones once, and the row at which each begins."""
    place: dict[bytes, int] = {}
    kept, starts, end = [np.zeros((0, values))], [], 0
    for table in tables:
        flat = np.ascontiguousarray(table).reshape(-1, values)
        if flat.tobytes() not in place:
            place[flat.tobytes()] = end
            kept.append(flat)
            end += len(flat)
        starts.append(place[flat.tobytes()])
    return np.concatenate(kept), np.array(starts, np.int64)


def _widened(members: Members, left: Clusters, beside: dict[int, set[int]]) -> Members:
    """A cluster, and the sites with which most of the clusters that are left lie within it."""
    group = members
    while len(group) < GROUP:
        others = sorted({o for member in group for o in beside[member]}.difference(group))
        if not others:
            break
        gains = [_gain((*group, other), left) for other in others]
        group = tuple(sorted((*group, others[gains.index(max(gains))])))
    return group


def _gain(group: Members, left: Clusters) -> tuple[int, int]:
    inside = _inside(group, left)
    return sum(len(members) > 1 for members in inside), len(inside)


def _inside(group: Members, left: Clusters) -> list[Members]:
    ordered = sorted(group)
    every = (m for size in range(1, len(group) + 1) for m in combinations(ordered, size))
    return [members for members in every if members in left]


def _folded(group: Members, left: Clusters, codes: int) -> Float[np.ndarray, "*codes values"]:
    """The table of a group; its clusters leave ``left``."""
    table: np.ndarray | float = 0.0
    values = 1
    for members in _inside(group, left):
        tensor = left.pop(members)
        values = tensor.shape[-1]
        axes = [codes if k < len(group) and group[k] in members else 1 for k in range(GROUP)]
        table = table + tensor.reshape(*axes, values)
    return np.broadcast_to(table, (*(codes,) * GROUP, values)).copy()
