"""Vacancy kinetic Monte Carlo of batches of snapshots.

A vacancy exchanges places with each first neighbour at the rate ``ν exp(−E_b / k_B T)``; barriers
``E_b`` come from a :class:`~macropatch_alloy.barriers.model.BarrierModel`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ase.units import kB
from jaxtyping import Float, Int, Int8, UInt64

from macropatch.lattice import checked_pairs, draw_seeds
from macropatch_alloy.barriers.model import BarrierModel
from macropatch_alloy.kernels.jump_rates import RateCache
from macropatch_alloy.kernels.movers import ALL
from macropatch_alloy.kernels.supercell import Supercell
from macropatch_alloy.kernels.vacancies import evolve_rows
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.supercells import supercell

ATTEMPT_FREQUENCY = 1e13
"""Jumps a second without a barrier, 1/s."""

CACHE_PLACES = 2**15
"""Surroundings of vacancies whose rates are kept, 72 bytes each."""

UNLIMITED = 2**62


@dataclass(frozen=True)
class Jumps:
    """What vacancies did.

    Attributes
    ----------
    elapsed : time that passed, s
    by_species : jumps by the code of the atom that moved
    ledger : changes of the pair counts (``pair_counts``) that each vacancy's own jumps made
    """

    elapsed: Float[np.ndarray, " rows"]
    by_species: Int[np.ndarray, "rows codes"]
    ledger: Int[np.ndarray, "rows *vacancies pairs"]

    @property
    def count(self) -> Int[np.ndarray, " rows"]:
        """Number of jumps."""
        return np.asarray(self.by_species.sum(axis=1))


@dataclass(frozen=True)
class VacancyKinetics:
    """Vacancies on a lattice, whose barriers a model gives.

    Snapshots are ``occupation`` int8 ``(count, sites)``, codes of ``model.species``, and
    ``vacancies`` int64 ``(count, K)``, their sites: each vacancy keeps its place in the row.

    Attributes
    ----------
    lattice : where
    model : barriers
    frequency : attempt frequency, 1/s
    cache_places : rates are kept for so many surroundings, a power of two; 0 for none

    Raises
    ------
    ValueError
        if the model is not for the lattice, or the number of places is no power of two.
    """

    lattice: CubicLattice
    model: BarrierModel
    frequency: float = ATTEMPT_FREQUENCY
    cache_places: int = CACHE_PLACES

    def __post_init__(self) -> None:
        self.model.check_fits(self.lattice)
        if self.cache_places & (self.cache_places - 1) or self.cache_places < 0:
            raise ValueError(f"a cache of {self.cache_places} places: give a power of two, or 0")
        if not 0.0 < self.frequency < np.inf:
            raise ValueError(f"an attempt frequency of {self.frequency}: give a number > 0, 1/s")

    @cached_property
    def supercell(self) -> Supercell:
        """Tables of the lattice, for kernels."""
        return supercell(self.lattice, self.model.offsets, len(self.model.species))

    def evolve(
        self,
        occupation: Int8[np.ndarray, "count sites"],
        vacancies: Int[np.ndarray, "count K"],
        temperature: Float[np.ndarray, " count"] | float,
        rng: np.random.Generator,
        *,
        duration: Float[np.ndarray, " count"] | float | None = None,
        jumps: int | None = None,
    ) -> Jumps:
        """Let all vacancies jump, in place.

        Parameters
        ----------
        occupation, vacancies : the snapshots; changed
        temperature : K
        rng : one seed a snapshot is drawn from it
        duration : s; to record snapshots in between, call again
        jumps : or a number of jumps of each snapshot, all its vacancies together

        Raises
        ------
        ValueError
            for arrays of other shapes, types or codes, vacancies that are none, both or neither
            of ``duration`` and ``jumps``, and vacancies that cannot jump so often.
        """
        self._check(occupation, vacancies)
        every = np.full(len(occupation), ALL)
        rows = np.stack([np.arange(len(occupation)), every], axis=1)
        owners = vacancies.shape[1]
        return self._evolve(
            occupation, vacancies, rows, owners, temperature, rng, duration, jumps, 0.0
        )

    def evolve_one_vacancy(
        self,
        occupation: Int8[np.ndarray, "count sites"],
        vacancies: Int[np.ndarray, "count K"],
        pairs: Int[np.ndarray, "P 2"],
        temperature: Float[np.ndarray, " count"] | float,
        rng: np.random.Generator,
        *,
        duration: Float[np.ndarray, " P"] | float | None = None,
        jumps: int | None = None,
        halo: float = 0.0,
    ) -> Jumps:
        """Let one vacancy of a snapshot jump, and those that begin within ``halo`` (Å) of it.

        All other vacancies stand still. Only the jumps and the ledger ``(P, pairs)`` of the one
        vacancy are returned. Snapshots are as they were afterwards, though not in between: no
        other thread may use them meanwhile. Beyond one look through the snapshots a call, the
        cost does not depend on the number of sites.

        Parameters
        ----------
        pairs : snapshot and vacancy of each pair
        duration : s
        jumps : or a number of jumps of the one vacancy
        rng : one seed a pair is drawn from it

        Raises
        ------
        ValueError
            as :meth:`evolve`, and for pairs or a halo out of range.
        """
        self._check(occupation, vacancies)
        pairs = checked_pairs(pairs, *vacancies.shape)
        if not halo >= 0.0:
            raise ValueError(f"a halo of {halo} Å: give a width >= 0")
        done = self._evolve(
            occupation, vacancies, pairs, 1, temperature, rng, duration, jumps, halo
        )
        return Jumps(done.elapsed, done.by_species, done.ledger[:, 0])

    def _evolve(
        self,
        occupation: Int8[np.ndarray, "count sites"],
        vacancies: Int[np.ndarray, "count K"],
        rows: Int[np.ndarray, "rows 2"],
        owners: int,
        temperature: Float[np.ndarray, " count"] | float,
        rng: np.random.Generator,
        duration: Float[np.ndarray, " rows"] | float | None,
        jumps: int | None,
        halo: float,
    ) -> Jumps:
        """Call the kernel; ``owners`` ledgers a row."""
        codes = len(self.model.species)
        longest, most = _limits(duration, jumps, len(rows))
        thermal, frequency, salt = self._conditions(temperature, len(occupation))
        ledger = np.zeros((len(rows), owners, codes * (codes + 1) // 2), np.int64)
        by_species = np.zeros((len(rows), codes), np.int64)
        width = 2.0 * halo / self.lattice.constant
        elapsed = evolve_rows(
            occupation, vacancies, rows, width**2, self.supercell, self.model.compiled,
            self.model.tables, frequency, thermal, salt, longest, most,
            draw_seeds(rng, len(rows)), self._cache(), ledger, by_species,
        )  # fmt: skip
        if np.isinf(elapsed).any():
            row = int(np.argmax(np.isinf(elapsed)))
            raise ValueError(
                f"row {row}: no vacancy could jump after {int(by_species[row].sum())} of {jumps} "
                "jumps"
            )
        return Jumps(elapsed, by_species, ledger)

    def _cache(self) -> RateCache:
        # Made anew in each call, so that results never depend on what was evolved before.
        rates = np.empty((max(self.cache_places, 1), self.model.directions))
        return RateCache(np.zeros(self.cache_places, np.uint64), rates)

    def _conditions(
        self, temperature: Float[np.ndarray, " count"] | float, count: int
    ) -> tuple[
        Float[np.ndarray, " count"], Float[np.ndarray, " count"], UInt64[np.ndarray, " count"]
    ]:
        """``k_B T`` (eV), attempt frequency, and a word for each distinct temperature."""
        given = np.asarray(temperature, dtype=np.float64)
        if given.shape not in ((), (count,)):
            raise ValueError(f"temperatures have shape {given.shape}: give one, or {count}")
        kelvin = np.full(count, given)
        if not ((kelvin > 0.0) & (kelvin < np.inf)).all():
            raise ValueError(f"temperatures of {kelvin.min()} to {kelvin.max()} K: they are > 0")
        distinct, which = np.unique(kelvin, return_inverse=True)
        words = np.random.default_rng(0).integers(0, 2**64, len(distinct), dtype=np.uint64)
        return kelvin * kB, np.full(count, self.frequency), words[which.reshape(-1)]

    def _check(self, occupation: np.ndarray, vacancies: np.ndarray) -> None:
        """Kernels do not look: refuse what would make them read or write elsewhere."""
        sites, codes = self.lattice.sites, len(self.model.species)
        for name, array, kind in (
            ("occupation", occupation, np.int8),
            ("vacancies", vacancies, np.int64),
        ):
            if array.dtype != kind or array.ndim != 2 or not array.flags.carray:
                raise ValueError(
                    f"{name} is {array.dtype} of shape {array.shape}: give a contiguous, writable "
                    f"{np.dtype(kind)} array with one row a snapshot, which is changed in place"
                )
        if occupation.shape[1] != sites or len(vacancies) != len(occupation):
            raise ValueError(
                f"occupation has shape {occupation.shape} and vacancies {vacancies.shape}: the "
                f"lattice has {sites} sites, and both have one row a snapshot"
            )
        if occupation.size and not 0 <= occupation.min() <= occupation.max() < codes:
            raise ValueError(
                f"occupation has codes {occupation.min()} to {occupation.max()}: "
                f"{self.model.name} knows 0 to {codes - 1}, {self.model.species}"
            )
        if not vacancies.shape[1]:
            raise ValueError("snapshots without vacancies: nothing can jump")
        if vacancies.size and not 0 <= vacancies.min() <= vacancies.max() < sites:
            raise ValueError(f"vacancies reach site {vacancies.max()} of {sites}")
        found = np.zeros_like(occupation, dtype=bool)
        np.put_along_axis(found, vacancies, True, axis=1)
        wrong = ((occupation == 0) != found).any(axis=1) | (found.sum(axis=1) < vacancies.shape[1])
        if wrong.any():
            raise ValueError(
                f"snapshot {int(np.argmax(wrong))}: its vacancies are not its sites of code 0, "
                "each once"
            )


def _limits(
    duration: Float[np.ndarray, " rows"] | float | None, jumps: int | None, rows: int
) -> tuple[Float[np.ndarray, " rows"], int]:
    """Longest time of each row, and most jumps."""
    if (duration is None) == (jumps is None):
        raise ValueError("give either a duration or a number of jumps")
    if jumps is not None:
        if jumps < 0:
            raise ValueError(f"{jumps} jumps: give a number >= 0")
        return np.full(rows, np.inf), jumps
    given = np.asarray(duration, dtype=np.float64)
    if given.shape not in ((), (rows,)):
        raise ValueError(f"durations have shape {given.shape}: give one, or {rows}")
    if not ((given >= 0.0) & (given < np.inf)).all():
        raise ValueError(f"durations of {given.min()} to {given.max()} s: they are >= 0")
    return np.full(rows, given), UNLIMITED
