"""Species codes on the sites of a lattice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase.data import atomic_numbers
from jaxtyping import Int8, Integer

from macropatch_alloy.lattices import CubicLattice

VACANCY = "X"
"""Symbol of a site without atom, as ASE's; always code 0."""


def species_of(components: Sequence[str]) -> tuple[str, ...]:
    """Symbols by code: the vacancy is code 0 whether it is a component or not.

    Raises
    ------
    ValueError
        for a symbol that is unknown or stands twice, for no atom at all, and where the vacancy is
        not the first
    """
    for symbol in components:
        if symbol not in atomic_numbers:
            raise ValueError(f"components {tuple(components)}: {symbol!r} is no chemical symbol")
    if len(set(components)) != len(components):
        raise ValueError(f"components {tuple(components)}: each symbol once")
    if VACANCY in components[1:]:
        raise ValueError(f"components {tuple(components)}: the vacancy, {VACANCY!r}, comes first")
    atoms = tuple(symbol for symbol in components if symbol != VACANCY)
    if not atoms:
        raise ValueError(f"components {tuple(components)}: there is no atom among them")
    return (VACANCY, *atoms)


def checked_occupations(
    occupations: Integer[np.ndarray, "count sites"],
    lattice: CubicLattice,
    components: Sequence[str],
) -> Int8[np.ndarray, "count sites"]:
    """Occupations as kernels read them.

    Raises
    ------
    ValueError
        for a shape of another lattice, or a code of no component; says which snapshot and site
    """
    occupations = np.asarray(occupations)
    if occupations.ndim != 2 or occupations.shape[1] != lattice.sites:
        raise ValueError(
            f"occupations of shape {occupations.shape} for a lattice of {lattice.sites} sites: "
            f"they must be (count, {lattice.sites})"
        )
    species = species_of(components)
    least = 0 if VACANCY in components else 1
    wrong = (occupations < least) | (occupations >= len(species))
    if wrong.any():
        row, site = np.argwhere(wrong)[0].tolist()
        known = ", ".join(f"{code} {species[code]}" for code in range(least, len(species)))
        raise ValueError(
            f"occupation {row}, site {site}: code {occupations[row, site]} is no component "
            f"(they are {known})"
        )
    return np.ascontiguousarray(occupations, dtype=np.int8)
