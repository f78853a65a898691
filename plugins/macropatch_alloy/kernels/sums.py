"""Kernel: a tree of partial sums, to choose one of many rates in proportion to it.

``tree`` ``(2 · leaves,)`` with ``leaves`` a power of two; node ``i`` is the sum of nodes ``2i`` and
``2i + 1``, the leaves come last. Every sum is made anew from its two parts, so that rounding errors
do not accumulate.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer


@njit(nogil=True, cache=True)
def empty_tree(items: Integer) -> np.ndarray:
    """A tree of zeros with room for ``items``."""
    leaves = 1
    while leaves < items:
        leaves *= 2
    return np.zeros(2 * leaves)


@njit(nogil=True, cache=True)
def set_leaf(tree: np.ndarray, leaf: Integer, value: float) -> None:
    """Give a leaf its value."""
    node = leaf + len(tree) // 2
    tree[node] = value
    node >>= 1
    while node:
        tree[node] = tree[2 * node] + tree[2 * node + 1]
        node >>= 1


@njit(nogil=True, cache=True)
def find_leaf(tree: np.ndarray, target: float) -> tuple[Any, float]:
    """The leaf within whose share of the total ``target`` falls, and how far within it."""
    node, leaves = 1, len(tree) // 2
    while node < leaves:
        node *= 2
        # By rounding, the target may lie beyond the last leaf that is not zero.
        if target >= tree[node] and tree[node + 1] > 0.0:
            target -= tree[node]
            node += 1
    return node - leaves, target


@njit(nogil=True, cache=True)
def find_item(values: np.ndarray, target: float) -> Integer:
    """The same in a short row, which is not all zero."""
    found = 0
    for item in range(len(values)):
        if values[item] > 0.0:
            found = item
            if target < values[item]:
                break
            target -= values[item]
    return found
