"""Substitutional alloys that vacancies move, as a microscopic system: a patch is one vacancy."""

from __future__ import annotations

from functools import lru_cache
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
from macropatch_alloy.exact_counts import counts_of
from macropatch_alloy.kernels.exact_rates import sum_over_jumps
from macropatch_alloy.kinetics import VacancyKinetics
from macropatch_alloy.lattices import BASIS, CubicLattice, first_neighbours
from macropatch_alloy.local_energy import LocalEnergy
from macropatch_alloy.materials import NBMOTA, Material, load_material
from macropatch_alloy.monte_carlo import swap_monte_carlo
from macropatch_alloy.observables import AlloyObservables
from macropatch_alloy.order import pair_counts, species_counts
from macropatch_alloy.settings import AlloySettings, AlloyStart
from macropatch_alloy.snapshots import OCCUPATION, VACANCIES, arrays_of, states_of
from macropatch_alloy.starts import check_structures, occupations_of_file
from macropatch_alloy.structures import to_atoms
from macropatch_alloy.tiling import blocks_of, tile
from macropatch_alloy.time_unit import TimeUnit, load_time_unit, residence_times

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
        self._observables = AlloyObservables(
            self._model.species,
            len(first_neighbours(self._model.structure)),
            settings.order,
            settings.energy,
        )
        self._kinetics = lru_cache(maxsize=None)(self._make_kinetics)
        self._energy = lru_cache(maxsize=None)(self._make_energy)

    @property
    def species(self) -> tuple[str, ...]:
        """Symbols by code; the vacancy is the first."""
        return self._model.species

    @property
    def observables(self) -> tuple[Quantity, ...]:
        """Short-range order of each pair of species, the first-named one at the centre."""
        return self._observables.quantities

    @property
    def independent(self) -> tuple[str, ...]:
        """Pairs of unlike species: those of like ones follow, as each atom has its neighbours."""
        return self._observables.independent

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
        _, occupation, _ = arrays_of(states, copy=False)
        counts = species_counts(occupation, len(self.species))
        return np.asarray(counts / occupation.shape[1])

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
        lattice, counts = self.lattice(size), self.counts(size)
        if begin.file is None:
            states = states_of(size, *random_alloys(lattice, counts, count, rng))
        else:
            found = occupations_of_file(begin.file, lattice, counts, self.species, count, rng)
            states = states_of(size, found)
        return self.equilibrate(states, c, begin.swaps, rng) if begin.swaps else states

    def check_start(self, size: Size, start: Any) -> None:
        """Refuse a file that is missing, or whose structures are none of this alloy and size."""
        begin: AlloyStart = start
        if begin.file is not None:
            check_structures(begin.file, self.lattice(size), self.counts(size), self.species)

    def evolve(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        duration: float,
        rng: np.random.Generator,
        credit: Geometry | None = None,
    ) -> Evolution:
        """All vacancies jump."""
        size, occupation, vacancies = arrays_of(states, copy=True)
        if credit is not None:
            self.patch_count(size, credit.patch)
        done = self._kinetics(size).evolve(
            occupation, vacancies, c[:, 0], rng, duration=duration * self.physical_time(c)
        )
        evolved = states_of(size, occupation, vacancies)
        own = self._observables.changes(done, self.counts(size)) if credit else None
        return Evolution(evolved, own)

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
        size, occupation, vacancies = arrays_of(states, copy=False)
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
        return PatchEvolution(self._observables.changes(done, self.counts(size)), elapsed)

    def observe(self, states: States) -> Float[np.ndarray, "count d"]:
        """Short-range order of first neighbours, and the energy if it is an observable."""
        size, occupation, _ = arrays_of(states, copy=False)
        found, energies = pair_counts(self.lattice(size), occupation, len(self.species)), None
        if self._settings.energy:
            constant = self._material.expansion.energy_of_empty_cluster * self.sites(size)
            energies = self._energy(size).total(occupation) + constant
        return self._observables.measure(found, self.counts(size), energies)

    def tile(
        self,
        pool: States,
        picks: Int[np.ndarray, "count parts"],
        size: Size,
        rng: np.random.Generator,
    ) -> States:
        """Supercells side by side: copies of one without seams, or different ones, shifted."""
        small, occupation, vacancies = arrays_of(pool, copy=False)
        lattices = self.lattice(small), self.lattice(size)
        parts = int(np.prod(blocks_of(*lattices)))
        if picks.ndim != 2 or picks.shape[1] != parts:
            raise ValueError(f"picks have shape {picks.shape}: {size} takes {parts} of {small}")
        return states_of(size, *tile(*lattices, occupation, vacancies, picks, rng))

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
        size, occupation, _ = arrays_of(states, copy=False)
        lattice = self.lattice(size)
        seeds = draw_seeds(rng, len(occupation))
        found = swap_monte_carlo(
            self._energy(size), occupation, c[:, 0], sweeps * lattice.sites, seeds
        ).occupations
        return states_of(size, found)

    def drift_and_diffusion(
        self, states: States, c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "count d"], Float[np.ndarray, "count d d"]]:
        """Sums over all possible jumps."""
        size, occupation, vacancies = arrays_of(states, copy=False)
        kinetics, weights = self._kinetics(size), self._observables.weights(self.counts(size))
        count, columns = len(occupation), len(weights)
        first, second = np.zeros((count, columns)), np.zeros((count, columns, columns))
        sum_over_jumps(
            occupation, vacancies, kinetics.supercell, self._model.compiled, self._model.tables,
            self._settings.frequency, kB * c[:, 0], first, second,
        )  # fmt: skip
        seconds = self.physical_time(c)
        diffusion = np.einsum("npq,pi,qj->nij", second, weights, weights)
        return first @ weights * seconds[:, None], diffusion * seconds[:, None, None]

    def to_atoms(self, states: States, index: int) -> Any:
        """A snapshot with its vacancies as atoms ``X``."""
        size, occupation, _ = arrays_of(states, copy=False)
        return to_atoms(self.lattice(size), occupation[index], self.species)

    def _make_kinetics(self, size: Size) -> VacancyKinetics:
        return VacancyKinetics(
            self.lattice(size),
            self._model,
            self._settings.frequency,
            energies=self._settings.energy,
        )

    def _make_energy(self, size: Size) -> LocalEnergy:
        return LocalEnergy.of(self._material.expansion, self.lattice(size))
