"""Between ASE's ``Atoms`` and occupied lattices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import SupportsInt

import numpy as np
from ase import Atoms
from jaxtyping import Float, Int, Int8, Integer

from macropatch_alloy.lattices import BASIS, CubicLattice, Structure, first_neighbours
from macropatch_alloy.occupations import VACANCY, species_of

TOLERANCE = 0.3
"""How far an atom may be from its site, in distances between nearest neighbours."""

STRAIN = 0.05
"""By how much, relatively, edges may differ from whole numbers of cubic cells."""

MOST_MISSING = 0.1
"""The share of sites without atom up to which the lattice constant is found."""

_PRIMITIVE = {
    "sc": [[2, 0, 0], [0, 2, 0], [0, 0, 2]],
    "bcc": [[-1, 1, 1], [1, -1, 1], [1, 1, -1]],
    "fcc": [[0, 1, 1], [1, 0, 1], [1, 1, 0]],
}
"""Lattice vectors of the primitive cell, rows, half lattice constants."""


def from_atoms(
    atoms: Atoms,
    structure: Structure,
    components: Sequence[str],
    constant: float | None = None,
    tolerance: float = TOLERANCE,
) -> tuple[CubicLattice, Int8[np.ndarray, " sites"]]:
    """Lattice and occupation of a periodic structure.

    Atoms may come in any order, wrapped or not, displaced from their sites by relaxation and all
    together by a shift. The lattice's cell is the atoms': strain within ``STRAIN`` is taken out.
    Sites are numbered as those of :class:`CubicLattice`, the origin is the site nearest to the
    atoms' own origin.

    Parameters
    ----------
    components : what sites can bear, ``"X"``, the vacancy, first if it is one. It may stand in
        ``atoms`` as an atom ``X`` or be a site where there is no atom
    constant : edge of the cubic cell (Å), which the lattice then gets; without it the edge is found
        from the volume an atom, which no more than a tenth of the sites may be without
    tolerance : how far an atom may be from its site, in distances between nearest neighbours, after
        the shift is taken out

    Raises
    ------
    ValueError
        for a cell that is not periodic, not a cuboid along the axes or not of whole cubic cells; an
        atom of another species or off its site, two atoms on one site, a site without atom where
        the vacancy is no component: says which atom, where and by how much
    """
    species = species_of(components)
    codes = _codes(atoms, species, VACANCY in components)
    lattice = lattice_of(atoms, structure, constant)
    lost = np.flatnonzero(~np.isfinite(atoms.positions).all(axis=1))
    if len(lost):
        raise ValueError(f"{_named(atoms, lost[0])} is nowhere")
    lengths = atoms.cell.lengths() / (2.0 * np.array(lattice.cells))
    places = np.mod(atoms.positions / lengths, 2.0 * np.array(lattice.cells))
    places = places - _shift(places, structure)
    nearest = _nearest(places, structure)
    apart = np.linalg.norm((places - nearest) * lengths, axis=1)
    step = float(np.linalg.norm(first_neighbours(structure)[0] * lengths))
    far = np.flatnonzero(~(apart <= tolerance * step))
    if len(far):
        worst = far[np.argmax(apart[far])]
        raise ValueError(
            f"{_named(atoms, worst)} is {apart[worst]:.3f} Å from the nearest site of {structure} "
            f"({lattice.constant:.4f} Å), more than {tolerance * step:.3f} Å ({tolerance} of the "
            "distance between neighbours): it has left its site, or the lattice is another one"
        )
    return lattice, _occupied(atoms, codes, lattice.site(nearest), lattice, VACANCY in components)


def to_atoms(
    lattice: CubicLattice,
    occupation: Integer[np.ndarray, " sites"],
    species: Sequence[str],
    vacancies: bool = True,
) -> Atoms:
    """A periodic structure, atoms in the order of sites.

    Parameters
    ----------
    species : symbols by code
    vacancies : whether sites with ``"X"`` become atoms ``X``; else they are left out

    Raises
    ------
    ValueError
        for another number of sites or an unknown code
    """
    codes = np.asarray(occupation)
    if codes.shape != (lattice.sites,):
        raise ValueError(f"occupation of shape {codes.shape} for {lattice.sites} sites")
    if codes.min() < 0 or codes.max() >= len(species):
        raise ValueError(f"codes from {codes.min()} to {codes.max()} for {len(species)} species")
    symbols = np.array(species)[codes]
    kept = np.ones(len(codes), bool) if vacancies else symbols != VACANCY
    cell = np.array(lattice.cells) * lattice.constant
    return Atoms(symbols[kept].tolist(), positions=lattice.positions()[kept], cell=cell, pbc=True)


def lattice_of(atoms: Atoms, structure: Structure, constant: float | None = None) -> CubicLattice:
    """The supercell of cubic cells that a structure's cell is.

    Raises
    ------
    ValueError
        for a cell that is not periodic, not a cuboid along the axes or not of whole cubic cells
    """
    open_ends = [axis for axis, periodic in zip("xyz", atoms.pbc, strict=True) if not periodic]
    if open_ends:
        raise ValueError(
            f"the cell is not periodic along {', '.join(open_ends)}: set atoms.pbc = True if it is "
            "a piece of a crystal"
        )
    matrix = atoms.cell.array
    edges = np.diag(matrix)
    if not (edges > 0).all() or not np.abs(matrix - np.diag(edges)).max() <= 1e-3 * edges.min():
        raise ValueError(
            f"the cell {np.round(matrix, 4).tolist()} is no cuboid along the axes x, y and z: give "
            "a supercell of cubic cells"
        )
    if not len(atoms):
        raise ValueError("there are no atoms")
    guess = constant or float((edges.prod() / len(atoms) * len(BASIS[structure])) ** (1 / 3))
    cells = np.maximum(np.rint(edges / guess), 1).astype(int)
    found = edges / cells
    mean = constant or float(found.prod() ** (1 / 3))
    lattice = CubicLattice(structure, mean, tuple(cells.tolist()))
    least = 0 if constant else (1.0 - MOST_MISSING) * lattice.sites
    strained = np.abs(found / mean - 1.0).max() > STRAIN
    remedy = (
        "scale the cell (atoms.set_cell(..., scale_atoms=True)) if it is of this crystal"
        if constant
        else "give the lattice constant if it is another"
    )
    if strained or not least <= len(atoms) <= lattice.sites:
        raise ValueError(
            f"a cell of {' x '.join(f'{edge:.3f}' for edge in edges)} Å with {len(atoms)} atoms is "
            f"no supercell of {structure} with {mean:.4f} Å to within {STRAIN:.0%}: "
            f"{' x '.join(map(str, cells))} cells would have edges of "
            f"{', '.join(f'{edge:.3f}' for edge in found)} Å and {lattice.sites} sites; {remedy}"
        )
    return lattice


def _codes(atoms: Atoms, species: tuple[str, ...], vacancies: bool) -> Int[np.ndarray, " atoms"]:
    known = {symbol: code for code, symbol in enumerate(species) if code or vacancies}
    symbols = atoms.get_chemical_symbols()
    for index, symbol in enumerate(symbols):
        if symbol not in known:
            raise ValueError(
                f"{_named(atoms, index)} is of a species that is no component (they are "
                f"{', '.join(known)})"
            )
    return np.array([known[symbol] for symbol in symbols], dtype=np.int64)


def _shift(
    places: Float[np.ndarray, "atoms 3"], structure: Structure
) -> Float[np.ndarray, " axes"]:
    """By how much all places together are off the lattice: the mean phase along each axis."""
    vectors = np.array(_PRIMITIVE[structure])
    phases = np.exp(2j * np.pi * places @ np.linalg.inv(vectors)).mean(axis=0)
    shift = np.angle(phases) / (2.0 * np.pi) @ vectors
    # the mean phase weighs large displacements less than the mean of displacements does
    off = places - shift
    return np.asarray(shift + (off - _nearest(off, structure)).mean(axis=0))


def _nearest(
    places: Float[np.ndarray, "atoms 3"], structure: Structure
) -> Int[np.ndarray, "atoms 3"]:
    basis = np.array(BASIS[structure])
    sites = basis[:, None] + 2 * np.rint((places[None] - basis[:, None]) / 2).astype(np.int64)
    best = ((places[None] - sites) ** 2).sum(axis=-1).argmin(axis=0)
    return np.asarray(sites[best, np.arange(len(places))])


def _occupied(
    atoms: Atoms,
    codes: Int[np.ndarray, " atoms"],
    sites: Int[np.ndarray, " atoms"],
    lattice: CubicLattice,
    vacancies: bool,
) -> Int8[np.ndarray, " sites"]:
    order = np.argsort(sites, kind="stable")
    twice = np.flatnonzero(np.diff(sites[order]) == 0)
    if len(twice):
        first, second = order[twice[0]], order[twice[0] + 1]
        apart = float(atoms.get_distance(first, second, mic=True))
        raise ValueError(
            f"{_named(atoms, first)} and {_named(atoms, second)}, {apart:.3f} Å apart, are on one "
            f"site of {lattice.structure} ({lattice.constant:.4f} Å)"
        )
    occupation = np.zeros(lattice.sites, np.int8)
    filled = np.zeros(lattice.sites, bool)
    occupation[sites], filled[sites] = codes, True
    if not (filled.all() or vacancies):
        empty = np.flatnonzero(~filled)
        where = np.round(lattice.positions()[empty[0]], 3).tolist()
        raise ValueError(
            f"{len(empty)} of {lattice.sites} sites have no atom, the first at {where} Å, and the "
            f"vacancy, {VACANCY!r}, is no component"
        )
    return occupation


def _named(atoms: Atoms, index: SupportsInt) -> str:
    number = int(index)
    where = np.round(atoms.positions[number], 3).tolist()
    return f"atom {number} ({atoms.symbols[number]} at {where} Å)"
