"""Where a patch evolves: itself, its halo and one ring around them, side by side of a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from macropatch.contract import Surroundings

FROZEN, CLOSED, PERIODIC = np.uint8(0), np.uint8(1), np.uint8(2)
"""What lies beyond a side of a window: sites that stand still, a closed end, the other side."""

Edges = tuple[int, int]


@dataclass(frozen=True)
class Windows:
    """One window a pair; rows come before columns.

    In a direction where patch and halo reach around the grid they are clamped to it. At a closed
    end of the grid there is no halo.

    Attributes
    ----------
    origin : ``(P, 2)``, the grid's site that is the window's first
    extent : ``(P, 2)``, sites that evolve
    lead : ``(P, 2)``, sites of the window before the patch
    sides : ``(P, 2, 2)``, what lies before and beyond
    """

    origin: np.ndarray
    extent: np.ndarray
    lead: np.ndarray
    sides: np.ndarray

    @property
    def most(self) -> Edges:
        """Rows and columns of the largest window."""
        rows, columns = self.extent.max(axis=0, initial=1).tolist()
        return rows, columns


def windows(
    size: Edges, patch: Edges, which: np.ndarray, surroundings: Surroundings, periodic: bool
) -> Windows:
    """Windows of the patches ``which`` ``(P,)``, counted row by row.

    Raises
    ------
    ValueError
        for surroundings that a field has not.
    """
    if surroundings.kind != "halo":
        raise ValueError(f"surroundings {surroundings.kind!r}: a field takes only 'halo'")
    if surroundings.width < 0:
        raise ValueError(f"a halo of width {surroundings.width}: give 0 (frozen) or more")
    across = size[1] // patch[1]
    first = np.stack([which // across * patch[0], which % across * patch[1]], axis=1)
    axes = [
        _along(edge, part, first[:, axis], surroundings.width, periodic)
        for axis, (edge, part) in enumerate(zip(size, patch, strict=True))
    ]
    return Windows(*(np.stack(parts, axis=1) for parts in zip(*axes, strict=True)))


def _along(
    edge: int, part: int, first: np.ndarray, width: int, periodic: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Origin, extent, lead and sides along one axis."""
    sides = np.empty((len(first), 2), np.uint8)
    if part + 2 * width >= edge:
        sides[:] = PERIODIC if periodic else CLOSED
        return np.zeros_like(first), np.full_like(first, edge), first, sides
    low, high = first - width, first + part + width
    if periodic:
        sides[:] = FROZEN
        return low % edge, high - low, first - low, sides
    low, high = np.maximum(low, 0), np.minimum(high, edge)
    sides[:, 0] = np.where(low == 0, CLOSED, FROZEN)
    sides[:, 1] = np.where(high == edge, CLOSED, FROZEN)
    return low, high - low, first - low, sides
