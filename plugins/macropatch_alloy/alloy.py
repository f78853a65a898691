"""Substitutional alloys that vacancies move, as a microscopic system: a patch is one vacancy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
from ase.units import kB
from jaxtyping import Float, Int

from macropatch.contract import (
    ArraySpec,
    Evolution,
    Geometry,
    MicroscopicSystem,
    PatchEvolution,
    Quantity,
    Size,
    States,
    Surroundings,
)
from macropatch.lattice import draw_seeds
from macropatch_alloy.compositions import random_alloys
from macropatch_alloy.exact_counts import counts_of, with_vacancies
from macropatch_alloy.kernels.exact_rates import sum_over_jumps
from macropatch_alloy.kinetics import VacancyKinetics
from macropatch_alloy.lattices import BASIS, CubicLattice, first_neighbours
from macropatch_alloy.local_energy import LocalEnergy
from macropatch_alloy.materials import NBMOTA, Material, load_material
from macropatch_alloy.monte_carlo import swap_monte_carlo
from macropatch_alloy.order import pair_counts, short_range_order, warren_cowley
from macropatch_alloy.settings import AlloySettings, AlloyStart
from macropatch_alloy.structure_files import read_occupations
from macropatch_alloy.structures import to_atoms
from macropatch_alloy.supercells import pair_table
from macropatch_alloy.tiling import blocks_of, tile
from macropatch_alloy.time_unit import TimeUnit, load_time_unit, residence_times

OCCUPATION, VACANCIES = "occupation", "vacancies"
COLDEST = 50.0
"""Temperature, K: below it waiting times exceed what numbers can hold."""

MEASURED = Path(__file__).parent / "data" / "time_units.json"
"""Time units of the shipped barriers, by ``python -m macropatch_alloy.measure_time_units``."""


def make_alloy(settings: AlloySettings) -> Alloy:
    """The alloy of settings. Raises ``ValueError`` if its files are none or do not fit."""
    material = load_material(settings.barriers)
    if settings.jumps != "measured":
        unit = residence_times(material.barriers, settings.frequency, settings.jumps)
    elif settings.barriers in NBMOTA:
        unit = load_time_unit(MEASURED, settings.barriers).scaled(1e13 / settings.frequency)
    else:
        unit = residence_times(material.barriers, settings.frequency)
    return Alloy(settings, material, unit)


class Alloy(MicroscopicSystem):
    """Atoms on a cubic lattice; a state has the species of each site and the vacancies' sites.

    A size is in cubic cells, ``occupation`` int8 ``(x, y, z, sites of a cell)``, ``vacancies``
    int64 ``(K,)``. A halo of a width lets the vacancies within so many lattice constants jump too.

    Parameters
    ----------
    material : barriers, and the energies that exchanges by Monte Carlo go by
    unit : seconds of a time unit
    """

    def __init__(self, settings: AlloySettings, material: Material, unit: TimeUnit) -> None:
        self._settings, self._material, self._unit = settings, material, unit
        self._model = material.barriers
        atoms = self._model.species[1:]
        self._composition = settings.composition or (1.0 / len(atoms),) * len(atoms)
        if len(self._composition) != len(atoms):
            raise ValueError(
                f"composition = {list(self._composition)}: list {len(atoms)} shares, of "
                f"{', '.join(atoms)}"
            )
        self._pairs = tuple(combinations_with_replacement(range(len(atoms)), 2))
        self._kinetics = lru_cache(maxsize=None)(self._make_kinetics)
        self._energy = lru_cache(maxsize=None)(self._make_energy)

    @property
    def species(self) -> tuple[str, ...]:
        """Symbols by code; the vacancy is the first."""
        return self._model.species

    @property
    def observables(self) -> tuple[Quantity, ...]:
        """Short-range order of each pair of species, the first-named one at the centre."""
        symbol = "δ" if self._settings.order == "delta" else "α"
        names = ("".join(self.species[1 + code] for code in pair) for pair in self._pairs)
        return tuple(Quantity(name, f"{symbol} {name}") for name in names)

    @property
    def independent(self) -> tuple[str, ...]:
        """Pairs of unlike species: those of like ones follow, as each atom has its neighbours."""
        both = zip(self.observables, self._pairs, strict=True)
        return tuple(quantity.name for quantity, (i, j) in both if i != j)

    @property
    def conditions(self) -> tuple[Quantity, ...]:
        """The temperature."""
        return (Quantity("temperature", "temperature", "K", low=COLDEST),)

    @property
    def time_unit(self) -> str:
        """A reduced time; see :meth:`physical_time`."""
        return "reduced time"

    @property
    def physical_unit(self) -> str:
        """Seconds."""
        return "s"

    def physical_time(
        self, c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, " count"]:
        """Seconds of a time unit."""
        return self._unit(c[:, 0])

    def lattice(self, size: Size) -> CubicLattice:
        """The supercell. Raises ``ValueError`` if barriers would reach around it."""
        if len(size) != 3:
            raise ValueError(f"{list(size)}: give three edges, in cubic cells")
        a, b, c = size
        lattice = CubicLattice(self._model.structure, self._model.constant, (a, b, c))
        lattice.check_holds(self._model.radius, f"the surroundings that {self._model.name} reads,")
        return lattice

    def counts(self, size: Size) -> tuple[int, ...]:
        """Numbers of sites by code, vacancies first."""
        sites = self.lattice(size).sites
        return counts_of(sites, self._settings.sites_per_vacancy, self._composition)

    def state_spec(self, size: Size) -> dict[str, ArraySpec]:
        """Occupation and vacancies."""
        shape = (*size, len(BASIS[self._model.structure]))
        codes = tuple(range(len(self.species)))
        return {
            OCCUPATION: ArraySpec(shape, "int8", ("x", "y", "z", "basis"), levels=codes),
            VACANCIES: ArraySpec((self.counts(size)[0],), "int64", ("vacancy",)),
        }

    def sites(self, size: Size) -> int:
        """Number of sites."""
        return self.lattice(size).sites

    def conserved(self, states: States) -> Float[np.ndarray, "count q"]:
        """Shares of the sites of each species."""
        flat = states[OCCUPATION].reshape(len(states[OCCUPATION]), -1)
        codes = range(len(self.species))
        return np.stack([(flat == code).mean(axis=1) for code in codes], axis=1)

    def initial(
        self,
        size: Size,
        count: int,
        c: Float[np.ndarray, "count conditions"],
        start: Any,
        rng: np.random.Generator,
    ) -> States:
        """Random alloys, or structures of a file; with ``swaps``, brought towards equilibrium.

        Raises
        ------
        ValueError
            if the file's structures are none of this alloy and size.
        """
        begin: AlloyStart = start
        if begin.file is None:
            occupation, vacancies = random_alloys(self.lattice(size), self.counts(size), count, rng)
            states = self._states(size, occupation, vacancies)
        else:
            states = self._read(begin.file, size, count, rng)
        return self.equilibrate(states, c, begin.swaps, rng) if begin.swaps else states

    def check_start(self, size: Size, start: Any) -> None:
        """Refuse a file that is missing, or whose structures are none of this alloy and size."""
        begin: AlloyStart = start
        if begin.file is not None:
            lattice, found = self._structures(begin.file, size)
            for one in found:
                with_vacancies(
                    lattice, one, self.counts(size), self.species, np.random.default_rng(0)
                )

    def evolve(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        duration: float,
        rng: np.random.Generator,
        credit: Geometry | None = None,
    ) -> Evolution:
        """All vacancies jump."""
        size, occupation, vacancies = self._arrays(states, copy=True)
        if credit is not None:
            self.patch_count(size, credit.patch)
        done = self._kinetics(size).evolve(
            occupation, vacancies, c[:, 0], rng, duration=duration * self.physical_time(c)
        )
        evolved = self._states(size, occupation, vacancies)
        return Evolution(evolved, done.ledger @ self._per_pair(size) if credit else None)

    def patch_count(self, size: Size, patch: Size) -> int:
        """``K``, the number of vacancies."""
        own = self.sites(patch)
        if own != self._settings.sites_per_vacancy:
            raise ValueError(
                f"a patch of {list(patch)} cubic cells has {own} sites: a patch is one vacancy, "
                f"with sites_per_vacancy = {self._settings.sites_per_vacancy}"
            )
        return self.counts(size)[0]

    def evolve_patches(
        self,
        states: States,
        pairs: Int[np.ndarray, "pairs 2"],
        geometry: Geometry,
        c: Float[np.ndarray, "count conditions"],
        dt: Float[np.ndarray, " pairs"],
        surroundings: Surroundings,
        rng: np.random.Generator,
        martingale: bool = False,
    ) -> PatchEvolution:
        """One vacancy jumps, and those within the halo of it."""
        if surroundings.kind != "halo" or surroundings.width < 0:
            raise ValueError(f"{surroundings}: vacancies have a 'halo' of width 0 or more")
        size, occupation, vacancies = self._arrays(states, copy=False)
        self.patch_count(size, geometry.patch)
        pairs = np.asarray(pairs, dtype=np.int64)
        elapsed = np.array(np.broadcast_to(dt, len(pairs)), dtype=np.float64)
        done = self._kinetics(size).evolve_one_vacancy(
            occupation,
            vacancies,
            pairs,
            c[:, 0],
            rng,
            duration=elapsed * self.physical_time(c)[pairs[:, 0]],
            halo=surroundings.width * self._model.constant,
        )
        return PatchEvolution(done.ledger @ self._per_pair(size), elapsed)

    def observe(self, states: States) -> Float[np.ndarray, "count d"]:
        """Short-range order of first neighbours."""
        size, occupation, _ = self._arrays(states, copy=False)
        found = pair_counts(self.lattice(size), occupation, len(self.species))
        measure = short_range_order if self._settings.order == "delta" else warren_cowley
        counts = np.tile(np.array(self.counts(size)), (len(found), 1))
        return np.asarray(measure(found, counts, self._coordination))

    def tile(
        self,
        pool: States,
        picks: Int[np.ndarray, "count parts"],
        size: Size,
        rng: np.random.Generator,
    ) -> States:
        """Supercells side by side: copies of one without seams, or different ones, shifted."""
        small, occupation, vacancies = self._arrays(pool, copy=False)
        lattices = self.lattice(small), self.lattice(size)
        parts = int(np.prod(blocks_of(*lattices)))
        if picks.ndim != 2 or picks.shape[1] != parts:
            raise ValueError(f"picks have shape {picks.shape}: {size} takes {parts} of {small}")
        return self._states(size, *tile(*lattices, occupation, vacancies, picks, rng))

    def relax(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        duration: float,
        rng: np.random.Generator,
    ) -> States:
        """Vacancies jump; or, so set, as many sweeps of exchanges as the duration says."""
        if self._settings.relaxation == "vacancies":
            return self.evolve(states, c, duration, rng).states
        return self.equilibrate(states, c, max(1, round(duration)), rng)

    def equilibrate(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        sweeps: int,
        rng: np.random.Generator,
    ) -> States:
        """Exchanges of any two sites by Monte Carlo, vacancies too; a sweep is one a site.

        They go by the cluster expansion, also where barriers are the network's.
        """
        size, occupation, _ = self._arrays(states, copy=False)
        lattice = self.lattice(size)
        seeds = draw_seeds(rng, len(occupation))
        found = swap_monte_carlo(
            self._energy(size), occupation, c[:, 0], sweeps * lattice.sites, seeds
        ).occupations
        places = np.nonzero(found == 0)[1].reshape(len(found), -1).astype(np.int64)
        return self._states(size, found, places)

    def drift_and_diffusion(
        self, states: States, c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "count d"], Float[np.ndarray, "count d d"]]:
        """Sums over all possible jumps."""
        size, occupation, vacancies = self._arrays(states, copy=False)
        kinetics, per_pair = self._kinetics(size), self._per_pair(size)
        count, pairs = len(occupation), len(per_pair)
        first, second = np.zeros((count, pairs)), np.zeros((count, pairs, pairs))
        sum_over_jumps(
            occupation, vacancies, kinetics.supercell, self._model.compiled, self._model.tables,
            self._settings.frequency, kB * c[:, 0], first, second,
        )  # fmt: skip
        seconds = self.physical_time(c)
        diffusion = np.einsum("npq,pi,qj->nij", second, per_pair, per_pair)
        return first @ per_pair * seconds[:, None], diffusion * seconds[:, None, None]

    def to_atoms(self, states: States, index: int) -> Any:
        """A snapshot with its vacancies as atoms ``X``."""
        size, occupation, _ = self._arrays(states, copy=False)
        return to_atoms(self.lattice(size), occupation[index], self.species)

    @property
    def _coordination(self) -> int:
        return len(first_neighbours(self._model.structure))

    def _per_pair(self, size: Size) -> Float[np.ndarray, "pairs d"]:
        """What one more pair of each kind adds to the observables."""
        codes, counts = len(self.species), self.counts(size)
        table = pair_table(codes)
        found = np.zeros((int(table.max()) + 1, len(self._pairs)))
        for column, (i, j) in enumerate(self._pairs):
            change = (2.0 if i == j else 1.0) / counts[1 + i]
            if self._settings.order == "warren-cowley":
                change /= -self._coordination * counts[1 + j] / sum(counts[1:])
            found[table[1 + i, 1 + j], column] = change
        return found

    def _make_kinetics(self, size: Size) -> VacancyKinetics:
        return VacancyKinetics(self.lattice(size), self._model, self._settings.frequency)

    def _make_energy(self, size: Size) -> LocalEnergy:
        return LocalEnergy.of(self._material.expansion, self.lattice(size))

    def _arrays(
        self, states: Mapping[str, np.ndarray], copy: bool
    ) -> tuple[Size, np.ndarray, np.ndarray]:
        """Size, and the arrays as kernels take them: ``(count, sites)`` and ``(count, K)``."""
        occupation, vacancies = states[OCCUPATION], states[VACANCIES]
        size: Size = occupation.shape[1:4]
        flat = np.ascontiguousarray(occupation, dtype=np.int8).reshape(len(occupation), -1)
        places = np.ascontiguousarray(vacancies, dtype=np.int64)
        return (size, flat.copy(), places.copy()) if copy else (size, flat, places)

    def _states(self, size: Size, occupation: np.ndarray, vacancies: np.ndarray) -> States:
        return {OCCUPATION: occupation.reshape(len(occupation), *size, -1), VACANCIES: vacancies}

    def _read(self, path: str, size: Size, count: int, rng: np.random.Generator) -> States:
        lattice, found = self._structures(path, size)
        counts = self.counts(size)
        occupation = np.stack(
            [
                with_vacancies(lattice, found[row], counts, self.species, rng)
                for row in rng.integers(0, len(found), count)
            ]
        )
        places = np.nonzero(occupation == 0)[1].reshape(count, -1).astype(np.int64)
        return self._states(size, occupation, places)

    def _structures(self, path: str, size: Size) -> tuple[CubicLattice, np.ndarray]:
        model = self._model
        lattice, found = read_occupations(path, model.structure, self.species, model.constant)
        if lattice.cells != tuple(size):
            raise ValueError(
                f"{path}: its structures have {list(lattice.cells)} cubic cells, the system has "
                f"{list(size)}"
            )
        return lattice, found
