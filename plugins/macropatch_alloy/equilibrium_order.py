"""Short-range order against temperature of an alloy given as ASE's ``Atoms``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Literal

import numpy as np
import xarray as xr
from ase import Atoms
from jaxtyping import Float, Int8

from macropatch.lattice import draw_seeds
from macropatch_alloy.barriers.nbmota import nbmota_expansion
from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.lattices import first_neighbours
from macropatch_alloy.local_energy import LocalEnergy
from macropatch_alloy.monte_carlo import Sampled, swap_monte_carlo
from macropatch_alloy.order import short_range_order, species_counts, warren_cowley
from macropatch_alloy.structures import TOLERANCE, from_atoms, to_atoms

Order = Literal["delta", "warren-cowley"]


@dataclass(frozen=True, eq=False)
class EquilibriumOrder:
    """Order of first neighbours in equilibrium, and where the walks ended.

    Attributes
    ----------
    data : ``order`` and ``order_error`` ``(temperature, pair)``, ``energy`` and ``energy_error``
        ``(temperature,)`` in eV a site, ``acceptance`` ``(temperature,)``; errors are standard
        errors of the mean over walks
    snapshots : the last state of each walk, by temperature, then walk; ``info`` says which. With
        the expansion's lattice constant, and vacancies as atoms ``X``
    """

    data: xr.Dataset
    snapshots: tuple[Atoms, ...]


def order_against_temperature(
    atoms: Atoms,
    temperatures: Sequence[float] | Float[np.ndarray, " temperatures"],
    expansion: ClusterExpansion | None = None,
    *,
    order: Order = "delta",
    walks: int = 8,
    burn_in: int = 300,
    sweeps: int = 300,
    tolerance: float = TOLERANCE,
    seed: int = 0,
) -> EquilibriumOrder:
    """Short-range order of a composition in equilibrium, by exchanges of atoms.

    Every other walk begins with the atoms where they are, the others with the same atoms shuffled:
    where ``burn_in`` is too short these disagree, and the errors say so.

    Parameters
    ----------
    atoms : a supercell of cubic cells, see :func:`from_atoms`; relaxed structures will do.
        Vacancies are atoms ``X``, or sites without an atom
    temperatures : K
    expansion : energies; without it those of Nb–Mo–Ta that come with the package
    order : ``"delta"``, excess numbers of neighbours (:func:`short_range_order`), or
        ``"warren-cowley"`` (:func:`warren_cowley`); of the species that the structure has
    walks : independent ones at each temperature
    burn_in, sweeps : before and while averages are taken; a sweep is one trial a site
    tolerance : how far atoms may be from their sites, in distances between nearest neighbours

    Raises
    ------
    ValueError
        for a structure that is no supercell of the expansion's crystal and components or too small
        for its clusters, for one of a single species, and for temperatures that are none
    """
    known = nbmota_expansion() if expansion is None else expansion
    space = known.space
    kelvin = np.asarray(temperatures, dtype=np.float64)
    if kelvin.ndim != 1 or not len(kelvin):
        raise ValueError(f"temperatures have the shape {kelvin.shape}: list one or more, in K")
    if walks < 2 or min(burn_in, sweeps) < 1:
        raise ValueError(
            f"walks = {walks}, burn_in = {burn_in}, sweeps = {sweeps}: take 2 walks or more, for "
            "errors, and 1 sweep or more of each"
        )
    lattice, occupation = from_atoms(
        atoms, space.structure, space.components, space.constant, tolerance
    )
    energy = LocalEnergy.of(known, lattice)
    if len(np.unique(occupation[occupation > 0])) < 2:
        raise ValueError(
            f"{atoms.get_chemical_formula()}: short-range order is of two species of atoms or more"
        )
    rng = np.random.default_rng(seed)
    starts, each = _starts(occupation, walks, len(kelvin), rng), np.repeat(kelvin, walks)
    settled = swap_monte_carlo(
        energy, starts, each, burn_in * lattice.sites, draw_seeds(rng, len(each))
    ).occupations
    run = swap_monte_carlo(
        energy, settled, each, lattice.sites, draw_seeds(rng, len(each)), records=sweeps
    )
    snapshots = [to_atoms(lattice, one, space.species) for one in run.occupations]
    for number, (snapshot, own) in enumerate(zip(snapshots, each.tolist(), strict=True)):
        snapshot.info.update(temperature=own, walk=number % walks)
    constant = known.energy_of_empty_cluster
    coordination = len(first_neighbours(space.structure))
    data = _averaged(run, occupation, space.species, kelvin, order, constant, coordination)
    return EquilibriumOrder(data, tuple(snapshots))


def _starts(
    occupation: Int8[np.ndarray, " sites"],
    walks: int,
    temperatures: int,
    rng: np.random.Generator,
) -> Int8[np.ndarray, "count sites"]:
    starts = np.tile(occupation, (temperatures * walks, 1))
    shuffled = np.arange(len(starts)) % walks % 2 == 1
    starts[shuffled] = rng.permuted(starts[shuffled], axis=1)
    return starts


def _averaged(
    run: Sampled,
    occupation: Int8[np.ndarray, " sites"],
    species: tuple[str, ...],
    kelvin: Float[np.ndarray, " temperatures"],
    order: Order,
    constant: float,
    coordination: int,
) -> xr.Dataset:
    """Means over records, then over the walks of each temperature, with their errors."""
    counts = np.tile(species_counts(occupation[None], len(species)), (len(run.pairs), 1))
    measure, symbol = {"delta": (short_range_order, "δ"), "warren-cowley": (warren_cowley, "α")}[
        order
    ]
    with np.errstate(invalid="ignore", divide="ignore"):  # of species that the structure lacks
        found = measure(run.pairs.mean(axis=1), counts, coordination)
    both = list(combinations_with_replacement(range(1, len(species)), 2))
    there = [column for column, pair in enumerate(both) if counts[0, list(pair)].all()]
    names = ["".join(species[code] for code in both[column]) for column in there]
    orders = found[:, there].reshape(len(kelvin), -1, len(there))
    walks = orders.shape[1]
    energies = run.energies.mean(axis=1).reshape(len(kelvin), walks) / len(occupation) + constant

    def error(values: Float[np.ndarray, "temperatures walks *any"]) -> np.ndarray:
        return np.asarray(values.std(axis=1, ddof=1) / np.sqrt(walks))

    by_pair, by_temperature = ("temperature", "pair"), ("temperature",)
    told = {"long_name": f"short-range order {symbol}"}
    per_site = {"units": "eV", "long_name": "energy per site"}
    acceptance = run.acceptance.reshape(len(kelvin), walks).mean(axis=1)
    return xr.Dataset(
        {
            "order": (by_pair, orders.mean(axis=1), told),
            "order_error": (by_pair, error(orders), told),
            "energy": (by_temperature, energies.mean(axis=1), per_site),
            "energy_error": (by_temperature, error(energies), per_site),
            "acceptance": (by_temperature, acceptance),
        },
        coords={"temperature": ("temperature", kelvin, {"units": "K"}), "pair": names},
    )
