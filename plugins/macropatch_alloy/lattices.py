"""Periodic supercells of the three cubic lattices with one sublattice, in half lattice constants.

A site has integer coordinates ``(x, y, z)`` in half lattice constants: all even on ``sc``, all
even or all odd on ``bcc``, of even sum on ``fcc``. Sites are numbered as the atoms of
``ase.build.bulk(..., cubic=True).repeat(cells)`` are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

Structure = Literal["sc", "bcc", "fcc"]

BASIS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "sc": ((0, 0, 0),),
    "bcc": ((0, 0, 0), (1, 1, 1)),
    "fcc": ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)),
}
"""Sites of the cubic cell, in half lattice constants."""


@dataclass(frozen=True)
class CubicLattice:
    """A periodic supercell.

    Attributes
    ----------
    structure : ``"sc"``, ``"bcc"`` or ``"fcc"``
    constant : edge of the cubic cell, Å
    cells : number of cubic cells along each axis
    """

    structure: Structure
    constant: float
    cells: tuple[int, int, int]

    @property
    def sites(self) -> int:
        """Number of sites ``n``."""
        return int(np.prod(self.cells, dtype=np.int64)) * len(BASIS[self.structure])

    @cached_property
    def basis_of_parity(self) -> Int[np.ndarray, "2 2 2"]:
        """Which site of its cell has coordinates of these parities; −1: none."""
        table = np.full((2, 2, 2), -1, np.int64)
        for index, parity in enumerate(BASIS[self.structure]):
            table[parity] = index
        return table

    def coordinates(self, sites: Int[np.ndarray, "*any"]) -> Int[np.ndarray, "*any 3"]:
        """Coordinates of sites, in half lattice constants."""
        cell, basis = np.divmod(np.asarray(sites), len(BASIS[self.structure]))
        corner = np.stack(np.unravel_index(cell, self.cells), axis=-1)
        return np.asarray(2 * corner + np.array(BASIS[self.structure])[basis], dtype=np.int64)

    def site(self, coordinates: Int[np.ndarray, "*any 3"]) -> Int[np.ndarray, "*any"]:
        """Numbers of the sites at coordinates, wrapped into the supercell.

        Raises
        ------
        ValueError
            if there is no site; says where.
        """
        wrapped = np.mod(np.asarray(coordinates, dtype=np.int64), 2 * np.array(self.cells))
        corner, parity = np.divmod(wrapped, 2)
        basis = self.basis_of_parity[tuple(np.moveaxis(parity, -1, 0))]
        if (basis < 0).any():
            where = np.asarray(coordinates)[basis < 0].reshape(-1, 3)[0].tolist()
            raise ValueError(f"{where} (half lattice constants) is no site of {self.structure}")
        cell = np.ravel_multi_index(tuple(np.moveaxis(corner, -1, 0)), self.cells)
        return np.asarray(cell * len(BASIS[self.structure]) + basis)

    def positions(self) -> Float[np.ndarray, "sites 3"]:
        """Cartesian positions of all sites, Å."""
        return self.coordinates(np.arange(self.sites)) * (self.constant / 2)

    def check_holds(self, radius: float, what: str) -> None:
        """Refuse a supercell in which a site within ``radius`` (Å) meets its own image.

        Raises
        ------
        ValueError
            with both lengths; ``what`` reaches so far.
        """
        edge = min(self.cells) * self.constant
        if 2.0 * radius >= edge:
            least = int(2.0 * radius / self.constant) + 1
            raise ValueError(
                f"the supercell of {' x '.join(map(str, self.cells))} cells is {edge:.2f} Å wide, "
                f"too small for {what} of {radius:.2f} Å: take at least {least} cells an edge"
            )


def offsets_within(
    structure: Structure, constant: float, radius: float
) -> Int[np.ndarray, "neighbours 3"]:
    """Offsets to all sites within ``radius`` (Å) of a site, half lattice constants.

    By distance, then in lexicographic order; the site itself is left out.
    """
    reach = int(np.floor(2.0 * radius / constant * (1 + 1e-9)))
    axis = np.arange(-reach, reach + 1)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    parities = {tuple(p) for p in BASIS[structure]}
    on_lattice = np.array([tuple(row) in parities for row in (grid % 2).tolist()])
    squared = (grid**2).sum(axis=1)
    near = on_lattice & (squared > 0) & (squared <= (2.0 * radius / constant * (1 + 1e-9)) ** 2)
    found, length = grid[near], squared[near]
    order = np.lexsort((found[:, 2], found[:, 1], found[:, 0], length))
    return np.asarray(found[order], dtype=np.int64)


def first_neighbours(structure: Structure) -> Int[np.ndarray, "directions 3"]:
    """Offsets to the nearest neighbours, in lexicographic order."""
    squared = {"sc": 4, "bcc": 3, "fcc": 2}[structure]
    return offsets_within(structure, 2.0, float(np.sqrt(squared)))
