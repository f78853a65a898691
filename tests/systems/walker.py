"""Vacancies that walk on a ring and exchange with atoms of two species: a patch is one vacancy.

There is one vacancy every ``spacing`` sites; an exchange with a neighbouring atom that makes
``g`` more unlike pairs has the rate ``ν_species exp(J g / 2)``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.contract import (
    ArraySpec,
    Evolution,
    LinearConstraint,
    MicroscopicSystem,
    PatchEvolution,
    PluginSettings,
    Quantity,
    States,
    Surroundings,
    SystemExample,
    SystemRecord,
)
from macropatch.lattice import draw_seeds, next64, pick, seed_state, uniform

# Bonds AA, AB, BB, A-vacancy, B-vacancy, vacancy-vacancy by what sits at their ends (0: vacancy).
BOND = np.array([[5, 3, 4], [3, 0, 1], [4, 1, 2]])
PAIRS = 5


class WalkerSettings(PluginSettings):
    spacing: int = 8
    ordering: float = 0.6
    fast: float = 1.0
    tied: bool = False
    slow: float = 0.5


class WalkerStart(PluginSettings):
    pass


@njit(nogil=True, cache=True)
def jump(ring, site, step, change):
    """Write how exchanging ``site`` and ``site + step`` changes the bond counts."""
    n = len(ring)
    beyond, behind, to = (site + 2 * step) % n, (site - step) % n, (site + step) % n
    change[:] = 0
    change[BOND[ring[behind], ring[site]]] -= 1
    change[BOND[ring[to], ring[beyond]]] -= 1
    change[BOND[ring[behind], ring[to]]] += 1
    change[BOND[ring[site], ring[beyond]]] += 1


@njit(nogil=True, cache=True)
def rate_of(atom, change, rates, ordering):
    """Rate of an exchange with ``atom``; vacancies do not exchange among themselves."""
    return 0.0 if atom == 0 else rates[atom - 1] * np.exp(0.5 * ordering * change[1])


@njit(nogil=True, cache=True)
def walk(ring, vacancies, movers, rates, ordering, top, attempts, state, ledger):
    """Attempts of the ``movers`` among the vacancies of one ring, in place, on a ledger each."""
    change = np.zeros(6, np.int64)
    for _ in range(attempts):
        vacancy = movers[pick(next64(state), len(movers))]
        step = 1 if next64(state) >> np.uint64(63) else -1
        site = vacancies[vacancy]
        to = (site + step) % len(ring)
        jump(ring, site, step, change)
        if uniform(state) * top < rate_of(ring[to], change, rates, ordering):
            ring[site], ring[to] = ring[to], 0
            vacancies[vacancy] = to
            ledger[vacancy] += change


@njit(nogil=True, cache=True)
def evolve_rings(rings, vacancies, rates, ordering, top, attempts, seeds, ledger):
    movers = np.arange(vacancies.shape[1])
    for row in range(len(rings)):
        state = seed_state(seeds[row])
        walk(rings[row], vacancies[row], movers, rates, ordering, top, attempts[row], state,
             ledger[row])  # fmt: skip


@njit(nogil=True, cache=True)
def evolve_vacancies(rings, vacancies, pairs, halo, rates, ordering, top, dt, seeds, ledger):
    """One vacancy and those within ``halo`` of it; each pair copies its (tiny) ring."""
    n, total = rings.shape[1], vacancies.shape[1]
    for p in range(len(pairs)):
        ring, places = rings[pairs[p, 0]].copy(), vacancies[pairs[p, 0]].copy()
        apart = np.abs(places - places[pairs[p, 1]])
        movers = np.flatnonzero(np.minimum(apart, n - apart) <= halo)
        state, own = seed_state(seeds[p]), np.zeros((total, 6), np.int64)
        attempts, time = -1, 0.0
        while time <= dt[p]:
            time -= np.log(1.0 - uniform(state)) / (len(movers) * 2 * top)
            attempts += 1
        walk(ring, places, movers, rates, ordering, top, attempts, state, own)
        ledger[p] = own[pairs[p, 1]]


@njit(nogil=True, cache=True)
def sum_rates(rings, vacancies, rates, ordering, drift, diffusion):
    """Sums over all possible exchanges of rate · change and rate · change changeᵀ."""
    change = np.zeros(6, np.int64)
    for row in range(len(rings)):
        for site in vacancies[row]:
            for step in (-1, 1):
                jump(rings[row], site, step, change)
                atom = rings[row, (site + step) % rings.shape[1]]
                rate = rate_of(atom, change, rates, ordering)
                drift[row] += rate * change[:PAIRS]
                diffusion[row] += rate * np.outer(change[:PAIRS], change[:PAIRS])


class Walker(MicroscopicSystem):
    time_unit = "exchange times"
    observables = tuple(
        Quantity(name, f"{name} bonds a site", low=0, high=1)
        for name in ("AA", "AB", "BB", "AV", "BV")
    )

    def __init__(self, settings: WalkerSettings) -> None:
        self.settings = settings
        self.rates = np.array([settings.fast, settings.slow])
        self.top = self.rates.max() * np.exp(settings.ordering)
        self.atoms = np.array([1] * (settings.spacing // 2), dtype=np.int8)
        self.atoms = np.append(self.atoms, [2] * (settings.spacing - 1 - len(self.atoms)))

    @property
    def independent(self):
        """Three, of two relations; or, wrongly, all of them."""
        every = tuple(quantity.name for quantity in self.observables)
        return every if self.settings.tied else ("AB", "AV", "BV")

    @property
    def constraints(self):
        """Every atom has two bonds."""
        share = [np.mean(self._cell() == species) for species in (1, 2)]
        return (
            LinearConstraint("bonds of A", (2.0, 1.0, 0.0, 1.0, 0.0), 2 * float(share[0])),
            LinearConstraint("bonds of B", (0.0, 1.0, 2.0, 0.0, 1.0), 2 * float(share[1])),
        )

    def _cell(self) -> np.ndarray:
        return np.append(self.atoms, 0).astype(np.int8)

    def state_spec(self, size):
        count = self.patch_count(size, (self.settings.spacing,))
        return {
            "occupation": ArraySpec(tuple(size), "int8", ("site",), levels=(0, 1, 2)),
            "vacancies": ArraySpec((count,), "int64", ("vacancy",)),
        }

    def sites(self, size):
        return int(size[0])

    def conserved(self, states):
        return np.stack([(states["occupation"] == s).mean(axis=1) for s in range(3)], axis=1)

    def initial(self, size, count, c, start: WalkerStart, rng) -> States:
        cells = np.tile(self._cell(), (count, self.patch_count(size, (self.settings.spacing,))))
        rings = rng.permuted(cells, axis=1)
        return {"occupation": rings, "vacancies": np.nonzero(rings == 0)[1].reshape(count, -1)}

    def patch_count(self, size, patch):
        spacing = self.settings.spacing
        if patch[0] != spacing or size[0] % spacing:
            raise ValueError(
                f"patch {patch}, size {size}: a patch is one vacancy and has {spacing} sites, the "
                "size is a multiple of that"
            )
        return size[0] // spacing

    def evolve(self, states, c, duration, rng, credit=None):
        rings, vacancies = states["occupation"].copy(), states["vacancies"].copy()
        ledger = np.zeros((*vacancies.shape, 6), np.int64)
        attempts = rng.poisson(vacancies.shape[1] * 2 * self.top * duration, len(rings))
        evolve_rings(
            rings, vacancies, self.rates, self.settings.ordering, self.top, attempts,
            draw_seeds(rng, len(rings)), ledger,
        )  # fmt: skip
        shares = ledger[..., :PAIRS] / rings.shape[1]
        return Evolution({"occupation": rings, "vacancies": vacancies}, shares if credit else None)

    def evolve_patches(
        self, states, pairs, geometry, c, dt, surroundings, rng, martingale=False
    ) -> PatchEvolution:
        if surroundings.kind != "halo" or surroundings.width < 0:
            raise ValueError(f"{surroundings}: vacancies have a 'halo' of width 0 or more")
        rings = states["occupation"]
        self.patch_count(rings.shape[1:], geometry.patch)
        ledger = np.zeros((len(pairs), 6), np.int64)
        evolve_vacancies(
            rings, states["vacancies"], pairs, surroundings.width, self.rates,
            self.settings.ordering, self.top, np.asarray(dt), draw_seeds(rng, len(pairs)), ledger,
        )  # fmt: skip
        return PatchEvolution(ledger[:, :PAIRS] / rings.shape[1], np.array(dt))

    def observe(self, states):
        rings = states["occupation"]
        bonds = BOND[rings, np.roll(rings, -1, axis=1)]
        return np.stack([(bonds == pair).mean(axis=1) for pair in range(PAIRS)], axis=1)

    def tile(self, pool, picks, size, rng) -> States:
        count, parts = picks.shape
        small, shifts = pool["occupation"].shape[1], rng.integers(0, size[0], (count, 1))
        joined = pool["occupation"][picks].reshape(count, *size)
        rings = joined[np.arange(count)[:, None], (np.arange(*size) - shifts) % size[0]]
        offsets = small * np.arange(parts)[:, None]
        places = (pool["vacancies"][picks] + offsets).reshape(count, -1) + shifts
        return {"occupation": rings, "vacancies": places % size[0]}

    def drift_and_diffusion(self, states, c):
        rings, n = states["occupation"], states["occupation"].shape[1]
        drift = np.zeros((len(rings), PAIRS))
        diffusion = np.zeros((len(rings), PAIRS, PAIRS))
        sum_rates(rings, states["vacancies"], self.rates, self.settings.ordering, drift, diffusion)
        return drift / n, diffusion / n**2


RECORD = SystemRecord(
    name="walker",
    summary="vacancies on a ring of two species",
    api_version=1,
    settings=WalkerSettings,
    start=WalkerStart,
    capabilities=frozenset({"drift_and_diffusion"}),
    surroundings=("halo",),
    releases_gil=True,
    factory=Walker,
    example=SystemExample(size=(32,), patch=(8,), dt=0.04, surroundings=Surroundings("halo", 3)),
)
