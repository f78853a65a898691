"""Exact numbers of atoms and vacancies in supercells of every size."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int8

from macropatch_alloy.lattices import CubicLattice


def counts_of(
    sites: int, sites_per_vacancy: int, composition: tuple[float, ...]
) -> tuple[int, ...]:
    """Numbers of sites by code, vacancies first: multiples of those around one vacancy.

    Around one vacancy atoms are as near to the composition as whole numbers can be.

    Raises
    ------
    ValueError
        if the supercell holds no whole number of vacancies, or a species has no atom.
    """
    vacancies, over = divmod(sites, sites_per_vacancy)
    if over or not vacancies:
        raise ValueError(
            f"{sites} sites hold no whole number of vacancies at one in {sites_per_vacancy} sites: "
            "choose another size or sites_per_vacancy"
        )
    wanted = (sites_per_vacancy - 1) * np.array(composition)
    atoms = np.floor(wanted + 1e-9).astype(int)
    lacking = sites_per_vacancy - 1 - int(atoms.sum())
    atoms[np.argsort(atoms - wanted, kind="stable")[:lacking]] += 1
    if (atoms == 0).any():
        raise ValueError(
            f"of {sites_per_vacancy - 1} atoms around a vacancy a species has none at composition "
            f"{composition}: raise its share or sites_per_vacancy"
        )
    return (vacancies, *(int(number) * vacancies for number in atoms))


def with_vacancies(
    lattice: CubicLattice,
    occupation: Int8[np.ndarray, " sites"],
    counts: tuple[int, ...],
    species: tuple[str, ...],
    rng: np.random.Generator,
) -> Int8[np.ndarray, " sites"]:
    """An alloy with exactly the given counts: atoms in excess, drawn at random, become vacancies.

    Raises
    ------
    ValueError
        if no removal of atoms makes them; gives both compositions.
    """
    found = np.bincount(occupation, minlength=len(counts))
    excess = found - np.array(counts)
    if (excess[1:] < 0).any():
        has, wants = (
            ", ".join(f"{number} {symbol}" for number, symbol in zip(row, species, strict=True))
            for row in (found.tolist(), counts)
        )
        raise ValueError(
            f"its {lattice.sites} sites have {has}; these settings have {wants}: set "
            "composition and sites_per_vacancy to the structure's"
        )
    emptied = occupation.copy()
    for code in range(1, len(counts)):
        there = np.flatnonzero(occupation == code)
        emptied[rng.choice(there, excess[code], replace=False)] = 0
    return emptied
