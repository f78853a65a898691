"""Random alloys: so many atoms of each species on sites at random."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int, Int8

from macropatch_alloy.lattices import CubicLattice


def equal_counts(lattice: CubicLattice, species: int, vacancies: int) -> tuple[int, ...]:
    """Numbers of sites by code, vacancies first; atoms as equally as can be.

    Raises
    ------
    ValueError
        if there are more vacancies than sites.
    """
    atoms = lattice.sites - vacancies
    if vacancies < 0 or atoms < 0:
        raise ValueError(f"{vacancies} vacancies on {lattice.sites} sites")
    share, over = divmod(atoms, species)
    return (vacancies, *(share + (index < over) for index in range(species)))


def random_alloys(
    lattice: CubicLattice, counts: tuple[int, ...], snapshots: int, rng: np.random.Generator
) -> tuple[Int8[np.ndarray, "snapshots sites"], Int[np.ndarray, "snapshots K"]]:
    """Occupation and vacancies of random alloys.

    Parameters
    ----------
    counts : number of sites of each code, the vacancies' first

    Raises
    ------
    ValueError
        if the counts do not add up to the number of sites.
    """
    if sum(counts) != lattice.sites or min(counts) < 0:
        raise ValueError(f"counts {counts} add up to {sum(counts)}, not to {lattice.sites} sites")
    ordered = np.repeat(np.arange(len(counts), dtype=np.int8), counts)
    occupation = rng.permuted(np.tile(ordered, (snapshots, 1)), axis=1)
    _, sites = np.nonzero(occupation == 0)
    return occupation, sites.reshape(snapshots, counts[0]).astype(np.int64)
