"""How often each kind of cluster bears which species."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def count_clusters(
    occupations: np.ndarray,
    cells: tuple[int, int, int],
    codes: int,
    orders: np.ndarray,
    starts: np.ndarray,
    shifts: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Add to ``counts`` the clusters of all sites of periodic supercells.

    Parameters
    ----------
    occupations : ``(count, sites)`` codes from 0 to ``codes − 1``
    cells : cubic cells along each axis
    orders : ``(clusters,)`` members of each cluster
    starts : ``(clusters,)`` where in a row of ``counts`` the orbit of each cluster begins
    shifts : ``(basis, clusters, members, 4)``: from a site of the cubic cell to a member, the cells
        along each axis, no more than ``cells``, and the member's place in its own cell
    counts : ``(count, entries)``; within an orbit by the codes in member order, the last fastest
    """
    basis = len(shifts)
    for row in range(len(occupations)):
        occupation, counted = occupations[row], counts[row]
        for x in range(cells[0]):
            for y in range(cells[1]):
                for z in range(cells[2]):
                    for place in range(basis):
                        for cluster in range(len(orders)):
                            index = 0
                            for member in range(orders[cluster]):
                                shift = shifts[place, cluster, member]
                                u = wrapped(x + shift[0], cells[0])
                                v = wrapped(y + shift[1], cells[1])
                                w = wrapped(z + shift[2], cells[2])
                                site = ((u * cells[1] + v) * cells[2] + w) * basis + shift[3]
                                index = index * codes + occupation[site]
                            counted[starts[cluster] + index] += 1


@njit(nogil=True, cache=True, inline="always")
def wrapped(cell: int, cells: int) -> int:
    """``cell`` modulo ``cells``, from ``−cells`` to ``2 cells − 1``."""
    if cell < 0:
        return cell + cells
    if cell >= cells:
        return cell - cells
    return cell
