"""Equilibrium of an alloy on its lattice: exchanges of atoms, and exchange with a reservoir."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase.units import kB
from jaxtyping import Float, Int, Int8, UInt64

from macropatch_alloy.kernels.monte_carlo import change_species, exchange_atoms
from macropatch_alloy.kernels.sites import Cells
from macropatch_alloy.lattices import BASIS
from macropatch_alloy.local_energy import LocalEnergy


@dataclass(frozen=True, eq=False)
class Sampled:
    """What a Monte Carlo run of several supercells gives.

    Attributes
    ----------
    occupations : ``(count, sites)``, at the end
    energies : ``(count, records)``, eV, without the expansion's constant
    pairs : ``(count, records, pairs)``, first-neighbour pairs as :func:`pair_counts` counts them
    acceptance : ``(count,)``, share of the trials that were accepted
    """

    occupations: Int8[np.ndarray, "count sites"]
    energies: Float[np.ndarray, "count records"]
    pairs: Int[np.ndarray, "count records pairs"]
    acceptance: Float[np.ndarray, " count"]


def swap_monte_carlo(
    energy: LocalEnergy,
    occupations: Int8[np.ndarray, "count sites"],
    temperatures: Float[np.ndarray, " count"],
    trials: int,
    seeds: UInt64[np.ndarray, " count"],
    *,
    records: int = 1,
    fixed: Sequence[int] = (),
    neighbours_only: bool = False,
) -> Sampled:
    """Canonical Monte Carlo: exchanges of unlike atoms, the composition exact.

    Parameters
    ----------
    energy : expansion and supercell
    occupations : left as they are
    temperatures : K
    trials : between two records; a pair of like atoms is drawn anew and is none, but is one with
        ``neighbours_only``
    seeds : by :func:`macropatch.lattice.draw_seeds`
    records : how often energies and pairs are noted, ``records · trials`` trials in all
    fixed : codes whose sites stay as they are, such as ``(0,)`` for fixed vacancies
    neighbours_only : exchange first neighbours only

    Raises
    ------
    ValueError
        for arrays that do not fit together, a temperature of 0 K or less, an unknown species, or
        a supercell without two species to exchange; says where.
    """
    codes = len(energy.tables.point)
    before = _checked(energy, occupations, temperatures, seeds, trials, records)
    movable = np.ones(codes, np.int64)
    movable[list(fixed)] = 0
    for number, occupation in enumerate(before):
        present = np.unique(occupation)
        if movable[present].sum() < 2:
            raise ValueError(
                f"occupations[{number}]: only codes {present.tolist()}, of which {list(fixed)} are "
                "fixed: two species that may move are needed to exchange atoms"
            )
    energies, pairs = _space(before, records, codes)
    after = before.copy()
    accepted = exchange_atoms(
        energy.tables, energy.addresses, *_geometry(energy), movable, after,
        1.0 / (kB * temperatures), trials, seeds, energies, pairs, neighbours_only,
    )  # fmt: skip
    energies += energy.total(before)[:, None]
    return Sampled(after, energies, _unordered(pairs), accepted / (trials * records))


def semi_grand_monte_carlo(
    energy: LocalEnergy,
    occupations: Int8[np.ndarray, "count sites"],
    temperatures: Float[np.ndarray, " count"],
    potentials: Float[np.ndarray, "count codes"],
    trials: int,
    seeds: UInt64[np.ndarray, " count"],
    *,
    species: Sequence[int],
    records: int = 1,
) -> Sampled:
    """Semi-grand-canonical Monte Carlo: sites change species, their number stays.

    Samples ``exp(−(E − Σ_i μ_i N_i) / k_B T)``; only differences of potentials matter.

    Parameters
    ----------
    potentials : ``μ``, eV, by code
    species : codes that turn into one another; sites of others stay
    energy, occupations, temperatures, trials, seeds, records :
        as in :func:`swap_monte_carlo`, a site of another species being a trial without effect

    Raises
    ------
    ValueError
        as :func:`swap_monte_carlo`, and for fewer than two species.
    """
    codes = len(energy.tables.point)
    before = _checked(energy, occupations, temperatures, seeds, trials, records)
    if potentials.shape != (len(before), codes):
        raise ValueError(
            f"potentials have the shape {potentials.shape}, but {len(before)} supercells and "
            f"{codes} codes need {(len(before), codes)}"
        )
    exchanged = np.array(sorted(set(species)), np.int64)
    least = 0 if energy.vacancies else 1
    if len(exchanged) < 2 or exchanged.min() < least or exchanged.max() >= codes:
        raise ValueError(
            f"species: {list(species)} are not two or more of codes {least} to {codes - 1}"
        )
    energies, pairs = _space(before, records, codes)
    after = before.copy()
    accepted = change_species(
        energy.tables, energy.addresses, *_geometry(energy), exchanged, potentials, after,
        1.0 / (kB * temperatures), trials, seeds, energies, pairs,
    )  # fmt: skip
    energies += energy.total(before)[:, None]
    return Sampled(after, energies, _unordered(pairs), accepted / (trials * records))


def _checked(
    energy: LocalEnergy,
    occupations: np.ndarray,
    temperatures: np.ndarray,
    seeds: np.ndarray,
    trials: int,
    records: int,
) -> Int8[np.ndarray, "count sites"]:
    count, sites = len(occupations), energy.lattice.sites
    if occupations.shape != (count, sites):
        raise ValueError(f"occupations have the shape {occupations.shape}, not (count, {sites})")
    for name, array in (("temperatures", temperatures), ("seeds", seeds)):
        if array.shape != (count,):
            raise ValueError(
                f"{name} have the shape {array.shape}, not {(count,)}: one a supercell"
            )
    if not (np.isfinite(temperatures) & (temperatures > 0.0)).all():
        raise ValueError(f"temperatures: {temperatures.min()} K; each must be above 0 K")
    if min(trials, records) < 1:
        raise ValueError(f"trials = {trials}, records = {records}: both must be 1 or more")
    codes = len(energy.tables.point)
    least = 0 if energy.vacancies else 1
    if occupations.min() < least or occupations.max() >= codes:
        raise ValueError(
            f"occupations have codes {occupations.min()} to {occupations.max()}, but the expansion "
            f"knows {least} to {codes - 1}"
        )
    return np.ascontiguousarray(occupations, np.int8)


def _space(occupations: np.ndarray, records: int, codes: int) -> tuple[np.ndarray, np.ndarray]:
    count = len(occupations)
    return np.zeros((count, records)), np.zeros((count, records, codes, codes), np.int64)


def _unordered(pairs: np.ndarray) -> np.ndarray:
    """Pairs of two species in one number, each pair once instead of from both of its ends."""
    one, two = np.triu_indices(pairs.shape[-1])
    return np.where(one == two, pairs[..., one, two] // 2, pairs[..., one, two])


def _geometry(energy: LocalEnergy) -> tuple[Cells, int, np.ndarray]:
    return energy.lattice.cells, len(BASIS[energy.lattice.structure]), energy.steps
