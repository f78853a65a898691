"""Monte Carlo on the sites of a crystal: exchanges of atoms, and changes of species."""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice import next64, pick, seed_state, uniform
from macropatch.lattice.random import Integer
from macropatch_alloy.kernels.addresses import (
    Addresses,
    place_of,
    read_surroundings,
    site_beside,
)
from macropatch_alloy.kernels.local_energy import (
    LocalTables,
    change_of_exchange,
    change_of_species,
)
from macropatch_alloy.kernels.sites import Cells


@njit(nogil=True, cache=True)
def exchange_atoms(
    tables: LocalTables,
    addresses: Addresses,
    cells: Cells,
    basis: Integer,
    steps: np.ndarray,
    movable: np.ndarray,
    occupations: np.ndarray,
    inverse_temperatures: np.ndarray,
    trials: int,
    seeds: np.ndarray,
    energies: np.ndarray,
    pairs: np.ndarray,
    neighbours: bool,
) -> np.ndarray:
    """Metropolis trials of exchanging two sites of unlike movable species; in place.

    Without ``neighbours`` both sites are drawn from all until they are unlike: the number of
    unlike pairs never changes, so every trial is as likely as its reverse. With it a site and one
    of its ``steps`` are drawn, and a pair of like atoms is a trial without effect.

    Parameters
    ----------
    cells, basis : cubic cells along each axis, and sites of a cell
    steps : ``(directions, 3)``, to first neighbours, plus the tables' reach
    movable : ``(codes,)``, 1 for species that take part
    occupations : ``(count, sites)``, changed in place
    inverse_temperatures : ``(count,)``, 1/eV
    trials : between two records
    seeds : ``(count,)``
    energies : ``(count, records)``, filled with the energy gained since the start, eV
    pairs : ``(count, records, codes, codes)``, filled with counts of first neighbours, each pair
        from both of its ends

    Returns
    -------
    ``(count,)`` exchanges that were accepted.
    """
    count = len(occupations)
    accepted = np.zeros(count, np.int64)
    around = np.zeros(len(tables.shifted), np.uint64)
    pair, places = np.zeros(2, np.int64), np.zeros((2, 3), np.int64)
    for snapshot in range(count):
        occupation, beta = occupations[snapshot], inverse_temperatures[snapshot]
        state, gained = seed_state(seeds[snapshot]), 0.0
        for record in range(energies.shape[1]):
            for _ in range(trials):
                one, two = draw_pair(
                    state, occupation, movable, addresses, cells, basis, steps, places, neighbours
                )
                if one == two:
                    continue
                pair[0], pair[1] = one, two
                change = change_of_exchange(tables, addresses, occupation, pair, places, around)
                if change <= 0.0 or uniform(state) < np.exp(-beta * change):
                    gained += change
                    accepted[snapshot] += 1
                else:
                    occupation[one], occupation[two] = occupation[two], occupation[one]
            energies[snapshot, record] = gained
            count_pairs(occupation, addresses, cells, basis, steps, pairs[snapshot, record])
    return accepted


@njit(nogil=True, cache=True, inline="always")
def draw_pair(
    state: np.ndarray,
    occupation: np.ndarray,
    movable: np.ndarray,
    addresses: Addresses,
    cells: Cells,
    basis: Integer,
    steps: np.ndarray,
    places: np.ndarray,
    neighbours: bool,
) -> tuple[np.int64, np.int64]:
    """Two sites to exchange, their coordinates into ``places``; equal sites for none."""
    sites = len(occupation)
    if neighbours:
        one = pick(next64(state), sites)
        place_of(one, cells, basis, places[0])
        two = site_beside(addresses, places[0], steps[pick(next64(state), len(steps))])
        place_of(two, cells, basis, places[1])
        a, b = occupation[one], occupation[two]
        return (one, two) if a != b and movable[a] and movable[b] else (one, one)
    while True:
        one, two = pick(next64(state), sites), pick(next64(state), sites)
        a, b = occupation[one], occupation[two]
        if a != b and movable[a] and movable[b]:
            break
    place_of(one, cells, basis, places[0])
    place_of(two, cells, basis, places[1])
    return one, two


@njit(nogil=True, cache=True)
def change_species(
    tables: LocalTables,
    addresses: Addresses,
    cells: Cells,
    basis: Integer,
    steps: np.ndarray,
    exchanged: np.ndarray,
    potentials: np.ndarray,
    occupations: np.ndarray,
    inverse_temperatures: np.ndarray,
    trials: int,
    seeds: np.ndarray,
    energies: np.ndarray,
    pairs: np.ndarray,
) -> np.ndarray:
    """Metropolis trials of a site that takes another of the ``exchanged`` codes; in place.

    The law of the energy less ``Σ potential · count``. A site of another species, drawn by chance,
    is a trial without effect. ``potentials`` ``(count, codes)``, eV; else as
    :func:`exchange_atoms`.
    """
    count, sites = occupations.shape
    accepted = np.zeros(count, np.int64)
    around = np.zeros(len(tables.shifted), np.uint64)
    place = np.zeros(3, np.int64)
    number = np.full(len(tables.point), -1, np.int64)
    for k in range(len(exchanged)):
        number[exchanged[k]] = k
    for snapshot in range(count):
        occupation, beta = occupations[snapshot], inverse_temperatures[snapshot]
        state, gained = seed_state(seeds[snapshot]), 0.0
        for record in range(energies.shape[1]):
            for _ in range(trials):
                site = pick(next64(state), sites)
                before = np.uint64(occupation[site])
                if number[before] < 0:
                    continue
                other = number[before] + 1 + pick(next64(state), len(exchanged) - 1)
                after = np.uint64(exchanged[other % len(exchanged)])
                place_of(site, cells, basis, place)
                read_surroundings(occupation, addresses, tables.shifted, place, around)
                change = change_of_species(tables, around, before, after)
                less = change - potentials[snapshot, after] + potentials[snapshot, before]
                if less <= 0.0 or uniform(state) < np.exp(-beta * less):
                    occupation[site] = after
                    gained += change
                    accepted[snapshot] += 1
            energies[snapshot, record] = gained
            count_pairs(occupation, addresses, cells, basis, steps, pairs[snapshot, record])
    return accepted


@njit(nogil=True, cache=True)
def count_pairs(
    occupation: np.ndarray,
    addresses: Addresses,
    cells: Cells,
    basis: Integer,
    steps: np.ndarray,
    pairs: np.ndarray,
) -> None:
    """Counts of first neighbours by species into ``pairs``, each pair from both of its ends."""
    pairs[:] = 0
    place = np.zeros(3, np.int64)
    for site in range(len(occupation)):
        place_of(site, cells, basis, place)
        for direction in range(len(steps)):
            other = site_beside(addresses, place, steps[direction])
            pairs[occupation[site], occupation[other]] += 1
