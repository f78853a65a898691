"""An epidemic in a well-mixed population: a patch's environment follows it in proportion. Slaved.

A healthy site falls ill at rate ``infection · x + import_rate``, an ill one recovers at rate 1;
``x`` is the share of ill sites.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.contract import (
    ArraySpec,
    Evolution,
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


class EpidemicSettings(PluginSettings):
    infection: float = 1.8
    import_rate: float = 0.1


class EpidemicStart(PluginSettings):
    low: float = 0.1
    high: float = 0.9


@njit(nogil=True, cache=True)
def evolve(ill, x, follow, infection, import_rate, attempts, seeds, patch, gained):
    """Attempts in each row of ``ill``, in place; outside it the ill follow ``follow`` times."""
    top = max(infection + import_rate, 1.0)
    for row in range(len(ill)):
        state, share = seed_state(seeds[row]), x[row]
        for _ in range(attempts[row]):
            site = pick(next64(state), ill.shape[1])
            rate = 1.0 if ill[row, site] else infection * min(max(share, 0.0), 1.0) + import_rate
            if uniform(state) * top < rate:
                step = 1 - 2 * ill[row, site]
                ill[row, site] += step
                share += step * follow
                gained[row, site // patch] += step


class Epidemic(MicroscopicSystem):
    time_unit = "recovery times"
    observables = (Quantity("x", "share of ill sites", low=0, high=1),)

    def __init__(self, settings: EpidemicSettings) -> None:
        self.infection, self.import_rate = settings.infection, settings.import_rate
        self.top = max(settings.infection + settings.import_rate, 1.0)

    def state_spec(self, size):
        return {"ill": ArraySpec(tuple(size), "int8", ("site",), levels=(0, 1))}

    def sites(self, size):
        return int(size[0])

    def initial(self, size, count, c, start: EpidemicStart, rng) -> States:
        share = rng.uniform(start.low, start.high, (count, 1))
        return {"ill": (rng.random((count, *size)) < share).astype(np.int8)}

    def patch_count(self, size, patch):
        if size[0] % patch[0]:
            fit = [k for k in range(1, size[0] + 1) if size[0] % k == 0]
            raise ValueError(f"a patch of {patch[0]} does not divide {size[0]}; these do: {fit}")
        return size[0] // patch[0]

    def _run(self, ill, x, follow, dt, rng, patch):
        gained = np.zeros((len(ill), ill.shape[1] // patch), np.int64)
        attempts = rng.poisson(self.top * ill.shape[1] * dt, len(ill))
        seeds = draw_seeds(rng, len(ill))
        evolve(ill, x, follow, self.infection, self.import_rate, attempts, seeds, patch, gained)
        return gained

    def evolve(self, states, c, duration, rng, credit=None):
        ill = states["ill"].copy()
        n = ill.shape[1]
        x = self.observe(states)[:, 0]
        gained = self._run(ill, x, 1.0 / n, duration, rng, credit.patch[0] if credit else n)
        return Evolution({"ill": ill}, gained[..., None] / n if credit else None)

    def evolve_patches(
        self, states, pairs, geometry, c, dt, surroundings, rng, martingale=False
    ) -> PatchEvolution:
        if surroundings.kind != "slaved":
            raise ValueError(f"surroundings {surroundings.kind!r}: this system has only 'slaved'")
        n, n_s = states["ill"].shape[1], geometry.patch[0]
        blocks = states["ill"].reshape(len(states["ill"]), self.patch_count((n,), (n_s,)), n_s)
        ill = blocks[pairs[:, 0], pairs[:, 1]].copy()
        x = self.observe(states)[pairs[:, 0], 0]
        gained = self._run(ill, x, 1.0 / n_s, dt, rng, n_s)
        return PatchEvolution(gained / n, np.array(dt))

    def observe(self, states):
        return states["ill"].mean(axis=1, dtype=np.float64)[:, None]

    def tile(self, pool, picks, size, rng) -> States:
        return {"ill": rng.permuted(pool["ill"][picks].reshape(len(picks), *size), axis=1)}

    def drift_and_diffusion(self, states, c):
        x = self.observe(states)
        falling_ill = (1 - x) * (self.infection * x + self.import_rate)
        return falling_ill - x, (falling_ill + x)[:, :, None] / states["ill"].shape[1]


RECORD = SystemRecord(
    name="epidemic",
    summary="well-mixed epidemic",
    api_version=1,
    settings=EpidemicSettings,
    start=EpidemicStart,
    capabilities=frozenset({"drift_and_diffusion"}),
    surroundings=("slaved",),
    releases_gil=True,
    factory=Epidemic,
    example=SystemExample(size=(96,), patch=(24,), dt=0.05, surroundings=Surroundings("slaved")),
)
