"""Curie–Weiss: every spin feels the mean of all others.

Spin ``i`` flips at rate ``1/(1 + exp(ΔH/T))``, ``ΔH = 2 sᵢ (m_excl + h)``, with
``m_excl = Σ_{j≠i} sⱼ/n`` (arXiv 2511.12842, Curie–Weiss). Sites are exchangeable: given ``m`` every
arrangement is equally likely, so tiling ends with a random permutation and a patch is any block of
sites.
"""

from __future__ import annotations

import numpy as np
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
from macropatch.lattice import checked_pairs, draw_seeds
from macropatch_ising import curie_weiss_kernels as kernels
from macropatch_ising.conditions import conditions_of, temperature_and_field
from macropatch_ising.settings import CurieWeissSettings, SpinStart
from macropatch_ising.starts import share_up


class CurieWeiss(MicroscopicSystem):
    """Mean-field spins; a state is ``spins``, ``(count, n)`` of ±1."""

    def __init__(self, settings: CurieWeissSettings) -> None:
        self._settings = settings

    @property
    def observables(self) -> tuple[Quantity, ...]:
        """Magnetisation per spin."""
        return (Quantity("m", "magnetisation per spin", low=-1.0, high=1.0),)

    @property
    def conditions(self) -> tuple[Quantity, ...]:
        """Those of temperature and field that the settings name."""
        return conditions_of(self._settings)

    @property
    def time_unit(self) -> str:
        """One attempt a spin."""
        return "attempts per site"

    def state_spec(self, size: Size) -> dict[str, ArraySpec]:
        """One array ``spins`` of ±1."""
        return {"spins": ArraySpec((self.sites(size),), "int8", ("site",), levels=(-1, 1))}

    def sites(self, size: Size) -> int:
        """The number of spins; sizes have one edge."""
        if len(size) != 1:
            raise ValueError(f"size {size}: mean-field spins have one edge, their number")
        return int(size[0])

    def initial(
        self,
        size: Size,
        count: int,
        c: Float[np.ndarray, "count conditions"],
        start: SpinStart,  # type: ignore[override]
        rng: np.random.Generator,
    ) -> States:
        """Spins of the given magnetisation, arranged at random."""
        n = self.sites(size)
        up = np.rint(n * share_up(start, count, rng))
        spins = np.where(np.arange(n) < up[:, None], 1, -1).astype(np.int8)
        kernels.shuffle(spins, draw_seeds(rng, count))
        return {"spins": spins}

    def evolve(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        duration: float,
        rng: np.random.Generator,
        credit: Geometry | None = None,
    ) -> Evolution:
        """Exact Glauber dynamics of whole systems."""
        spins = np.array(states["spins"], order="C")
        count, n = spins.shape
        tables, table_of = self._tables(n, c, count)
        attempts = rng.poisson(n * duration, count)
        kernels.evolve(spins, tables, table_of, attempts, draw_seeds(rng, count))
        if credit is None:
            return Evolution({"spins": spins})
        # A patch's own flips make up the whole change of its sum: no ledger of events is needed.
        blocks = (count, self.patch_count((n,), credit.patch), self.sites(credit.patch))
        change = spins.astype(np.int16) - states["spins"]
        return Evolution({"spins": spins}, change.reshape(blocks).sum(axis=2)[..., None] / n)

    def patch_count(self, size: Size, patch: Size) -> int:
        """``n / n_s``, which must be whole."""
        n, n_s = self.sites(size), self.sites(patch)
        if n % n_s:
            near = [k for k in range(1, n + 1) if n % k == 0]
            raise ValueError(f"a patch of {n_s} spins does not divide {n}; these do: {near}")
        return n // n_s

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
        """Evolve patches; the others follow their drift (``slaved``), or are frozen (``halo`` 0).

        Slaved patches change as the evolving one does on average: by the path integral of its exact
        rate, which the kernel knows from its spins. Were they to follow its change, its noise would
        count ``K``-fold in the field and bias the drift through the curvature of the rates.
        """
        spins = np.ascontiguousarray(states["spins"])
        n, n_s = spins.shape[1], self.sites(geometry.patch)
        pairs = checked_pairs(pairs, len(spins), self.patch_count((n,), geometry.patch))
        slaved = self._is_slaved(surroundings)
        elapsed = np.array(np.broadcast_to(dt, len(pairs)), dtype=np.float64)
        shared = (
            spins, kernels.count_up(spins), pairs, n_s, *self._tables(n, c, len(spins)),
            rng.poisson(n_s * elapsed), elapsed, draw_seeds(rng, len(pairs)),
        )  # fmt: skip
        if slaved:
            change, drift = kernels.evolve_slaved(*shared)
        else:
            change, drift = kernels.evolve_frozen(*shared, martingale)
        credited = 2.0 * change[:, None] / n
        compensated = credited - 2.0 * drift[:, None] / n if martingale else None
        return PatchEvolution(credited, elapsed, martingale=compensated)

    @staticmethod
    def _is_slaved(surroundings: Surroundings) -> bool:
        if surroundings.kind not in {"slaved", "halo"}:
            raise ValueError(f"surroundings {surroundings.kind!r}: use 'slaved', or 'halo' 0")
        if surroundings.kind == "halo" and surroundings.width:
            raise ValueError(
                "mean-field spins have no neighbours: use slaved surroundings or halo 0"
            )
        return surroundings.kind == "slaved"

    def observe(self, states: States) -> Float[np.ndarray, "count d"]:
        """``m`` of each snapshot."""
        n = states["spins"].shape[1]
        return np.asarray((2 * kernels.count_up(states["spins"]) - n) / n)[:, None]

    def tile(
        self,
        pool: States,
        picks: Int[np.ndarray, "count parts"],
        size: Size,
        rng: np.random.Generator,
    ) -> States:
        """Join pool snapshots and permute all spins at random."""
        spins = pool["spins"][picks].reshape(len(picks), -1)
        if spins.shape[1] != self.sites(size):
            raise ValueError(f"{picks.shape[1]} parts make {spins.shape[1]} spins, not {size}")
        kernels.shuffle(spins, draw_seeds(rng, len(spins)))
        return {"spins": spins}

    def cut(self, states: States, pairs: Int[np.ndarray, "pairs 2"], geometry: Geometry) -> States:
        """Blocks of spins."""
        count, n = states["spins"].shape
        patches = self.patch_count((n,), geometry.patch)
        pairs = checked_pairs(pairs, count, patches)
        blocks = states["spins"].reshape(count, patches, -1)
        return {"spins": blocks[pairs[:, 0], pairs[:, 1]]}

    def evolve_events(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        events: int,
        rng: np.random.Generator,
    ) -> tuple[States, Float[np.ndarray, " count"]]:
        """Exact dynamics up to a number of flips; the time is that of all attempts.

        Raises
        ------
        ValueError
            if no spin can flip any more (next to zero temperature); names the snapshot.
        """
        spins = np.array(states["spins"], order="C")
        count, n = spins.shape
        tables, table_of = self._tables(n, c, count)
        attempts = kernels.evolve_events(spins, tables, table_of, events, draw_seeds(rng, count))
        return {"spins": spins}, _waited(attempts, n, events, rng)

    def evolve_alone(
        self,
        states: States,
        pairs: Int[np.ndarray, "pairs 2"],
        geometry: Geometry,
        c: Float[np.ndarray, "count conditions"],
        events: int,
        rng: np.random.Generator,
    ) -> tuple[States, Float[np.ndarray, " pairs"]]:
        """Patches after so many of their own flips in the field of the whole, the rest frozen."""
        spins = np.ascontiguousarray(states["spins"])
        n, n_s = spins.shape[1], self.sites(geometry.patch)
        pairs = checked_pairs(pairs, len(spins), self.patch_count((n,), geometry.patch))
        patches = np.empty((len(pairs), n_s), np.int8)
        attempts = kernels.evolve_alone(
            spins, kernels.count_up(spins), pairs, *self._tables(n, c, len(spins)), events,
            draw_seeds(rng, len(pairs)), patches,
        )  # fmt: skip
        return {"spins": patches}, _waited(attempts, n_s, events, rng)

    def drift_and_diffusion(
        self, states: States, c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "count d"], Float[np.ndarray, "count d d"]]:
        """The generator applied to ``m`` and ``m²``: a sum over up and down spins."""
        spins = states["spins"]
        n = spins.shape[1]
        up = kernels.count_up(spins)
        rising = (n - up) * self._rate(n, c, up, -1)
        falling = up * self._rate(n, c, up, 1)
        drift = 2.0 * (rising - falling) / n
        diffusion = 4.0 * (rising + falling) / n**2
        return drift[:, None], diffusion[:, None, None]

    def _rate(
        self, n: int, c: Float[np.ndarray, "count conditions"], up: np.ndarray, spin: int
    ) -> np.ndarray:
        """Flip rate of a spin when ``up`` of ``n`` spins (itself included) point up."""
        temperature, field = temperature_and_field(self._settings, c)
        others = (2.0 * up - n - spin) / n
        x = spin * (others + field) / temperature
        return np.asarray(0.5 * (1.0 - np.tanh(x)))

    def _tables(
        self, n: int, c: Float[np.ndarray, "count conditions"], count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Acceptance thresholds ``(tables, 2(n + 1))``, and which table each snapshot has."""
        c = np.asarray(c, dtype=np.float64)
        if c.shape != (count, len(self._settings.conditions)):
            raise ValueError(
                f"conditions have shape {c.shape}: give one row for each of {count} snapshots, "
                f"with {list(self._settings.conditions)}"
            )
        rows, table_of = np.unique(c, axis=0, return_inverse=True)
        up = np.arange(n + 1)
        tables = np.empty((len(rows), n + 1, 2), np.uint64)
        for row, values in enumerate(rows):
            given = np.broadcast_to(values, (n + 1, len(values)))
            for value, spin in enumerate((-1, 1)):
                tables[row, :, value] = np.rint(self._rate(n, given, up, spin) * 2.0**32)
        return tables.reshape(len(rows), 2 * (n + 1)), table_of.reshape(-1)


def _waited(
    attempts: np.ndarray, sites: int, events: int, rng: np.random.Generator
) -> Float[np.ndarray, " count"]:
    """The time of so many attempts of ``sites`` spins.

    Raises
    ------
    ValueError
        if one of them came to rest; names it.
    """
    if (attempts == kernels.ABSORBED).any():
        first = int(np.argmax(attempts == kernels.ABSORBED))
        raise ValueError(
            f"snapshot {first} came to rest before {events} flips: no spin can flip any more. "
            "Raise [system] temperature."
        )
    return np.asarray(rng.standard_gamma(attempts) / sites)
