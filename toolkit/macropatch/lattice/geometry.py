"""Sizes, patches and the scratch area in which a patch evolves with its halo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from macropatch.contract import Size, Surroundings

Edges = tuple[int, int]
"""Rows and columns; one row for a one-dimensional lattice."""


def edges(size: Size, dimension: int, what: str = "size", least: int = 1) -> Edges:
    """Rows and columns of a size.

    Raises
    ------
    ValueError
        if it has not ``dimension`` edges or one of them is below ``least``.
    """
    if len(size) != dimension:
        raise ValueError(f"{what} {tuple(size)}: this lattice has {dimension} edge(s), in sites")
    if any(edge < least for edge in size):
        raise ValueError(f"{what} {tuple(size)}: every edge must be at least {least}")
    return (1, int(size[0])) if dimension == 1 else (int(size[0]), int(size[1]))


def pieces(whole: Edges, part: Edges, what: str) -> int:
    """How many parts make the whole.

    Raises
    ------
    ValueError
        if they do not; says which edges do.
    """
    if whole[0] % part[0] or whole[1] % part[1]:
        fit = [[k for k in range(1, edge + 1) if edge % k == 0] for edge in whole]
        known = f"edges {fit[1]}" if whole[0] == 1 else f"rows {fit[0]} and columns {fit[1]}"
        got, of = (part[1], whole[1]) if whole[0] == 1 else (part, whole)
        raise ValueError(f"{what} {got} does not divide {of}; these do: {known}")
    return (whole[0] // part[0]) * (whole[1] // part[1])


def split(lattices: np.ndarray, part: Edges) -> np.ndarray:
    """``(count, rows, columns)`` to ``(count, pieces, *part)``, pieces in row-major order."""
    count, rows, columns = lattices.shape
    shape = (count, rows // part[0], part[0], columns // part[1], part[1])
    return lattices.reshape(shape).swapaxes(2, 3).reshape(count, -1, *part)


@dataclass(frozen=True)
class Window:
    """A patch, its halo and one frozen ring, in a scratch area of ``shape``.

    In a direction where patch and halo reach around the lattice they are clamped to it: the
    scratch area is then the whole edge, periodic and without ring, and ``lead`` is −1.

    Attributes
    ----------
    shape : edges of the scratch area
    extent : edges of what evolves
    ring : width of the frozen ring (0 or 1), which is also where evolving sites begin
    lead : sites of the scratch area before the patch
    """

    shape: Edges
    extent: Edges
    ring: Edges
    lead: Edges

    @property
    def evolving(self) -> int:
        """Number of sites that attempt."""
        return self.extent[0] * self.extent[1]


def window(size: Edges, patch: Edges, surroundings: Surroundings) -> Window:
    """The scratch area of patches of a lattice.

    Raises
    ------
    ValueError
        for surroundings that a lattice has not.
    """
    if surroundings.kind != "halo":
        raise ValueError(
            f"surroundings {surroundings.kind!r}: a lattice takes only 'halo', of a width"
        )
    width = surroundings.width
    if width < 0:
        raise ValueError(f"a halo of width {width}: give 0 (frozen) or more")
    directions = []
    for edge, part in zip(size, patch, strict=True):
        extent = part + 2 * width
        clamped = (edge, edge, 0, -1)
        directions.append(clamped if extent >= edge else (extent + 2, extent, 1, width + 1))
    return Window(*zip(*directions, strict=True))
