"""A chain of coupled Ornstein–Uhlenbeck sites: a real field by Euler–Maruyama. Halo.

``du_i = [−u_i + κ (u_{i−1} + u_{i+1} − 2 u_i)] dt + σ dW_i``.
"""

from __future__ import annotations

import numpy as np

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


class ChainSettings(PluginSettings):
    coupling: float = 0.5
    noise: float = 0.6
    step: float = 0.01


class ChainStart(PluginSettings):
    spread: float = 1.0


class OrnsteinUhlenbeckChain(MicroscopicSystem):
    time_unit = "relaxation times"
    observables = (Quantity("mean", "mean field"), Quantity("square", "mean square", low=0))

    def __init__(self, settings: ChainSettings) -> None:
        self.settings = settings

    def state_spec(self, size):
        return {"u": ArraySpec(tuple(size), "float64", ("site",))}

    def sites(self, size):
        return int(size[0])

    def initial(self, size, count, c, start: ChainStart, rng) -> States:
        middle = start.spread * rng.standard_normal((count, 1))
        return {"u": middle + 0.3 * rng.standard_normal((count, *size))}

    def patch_count(self, size, patch):
        if size[0] % patch[0]:
            fit = [k for k in range(1, size[0] + 1) if size[0] % k == 0]
            raise ValueError(f"a patch of {patch[0]} does not divide {size[0]}; these do: {fit}")
        return size[0] // patch[0]

    def _force(self, u: np.ndarray) -> np.ndarray:
        beside = np.roll(u, 1, axis=1) + np.roll(u, -1, axis=1) - 2.0 * u
        return -u + self.settings.coupling * beside

    def _steps(self, u: np.ndarray, moving: slice, dt: np.ndarray, rng) -> np.ndarray:
        """Evolve the ``moving`` sites of rows ``u`` for ``dt`` each."""
        return self._steps_and_noise(u, moving, dt, rng)[0]

    def _steps_and_noise(self, u: np.ndarray, moving: slice, dt: np.ndarray, rng) -> tuple:
        """Also what noise has added to ``u`` and to ``u²`` of each site, ``(2, *u.shape)``."""
        steps = int(np.ceil(dt.max(initial=0.0) / self.settings.step))
        h = dt[:, None] / max(steps, 1)
        u, total = u.copy(), np.zeros((2, *u.shape))
        for _ in range(steps):
            noise = self.settings.noise * np.sqrt(h) * rng.standard_normal(u.shape)
            drifted = u + h * self._force(u)
            total[0] += noise
            total[1] += 2.0 * drifted * noise + noise**2 - self.settings.noise**2 * h
            u[:, moving] = (drifted + noise)[:, moving]
        return u, total

    @staticmethod
    def _terms(u: np.ndarray) -> np.ndarray:
        """Sums of the local terms over the last axis."""
        return np.stack([u.sum(axis=-1), (u**2).sum(axis=-1)], axis=-1)

    def evolve(self, states, c, duration, rng, credit=None):
        u = states["u"]
        n = u.shape[1]
        later = self._steps(u, slice(None), np.full(len(u), float(duration)), rng)
        if credit is None:
            return Evolution({"u": later})
        shape = (len(u), self.patch_count((n,), credit.patch), credit.patch[0])
        return Evolution(
            {"u": later}, (self._terms(later.reshape(shape)) - self._terms(u.reshape(shape))) / n
        )

    def evolve_patches(
        self, states, pairs, geometry, c, dt, surroundings, rng, martingale=False
    ) -> PatchEvolution:
        if surroundings.kind != "halo" or surroundings.width < 0:
            raise ValueError(f"{surroundings}: this chain has a 'halo' of width 0 or more")
        u, n_s, halo = states["u"], geometry.patch[0], surroundings.width
        n = u.shape[1]
        self.patch_count((n,), (n_s,))
        first = pairs[:, 1] * n_s
        if n_s + 2 * halo >= n:
            index, moving, lead = np.arange(n) + first[:, None], slice(None), 0
        else:
            index = np.arange(-halo - 1, n_s + halo + 1) + first[:, None]
            moving, lead = slice(1, -1), halo + 1
        window = u[pairs[:, :1], index % n]
        later, noise = self._steps_and_noise(window, moving, np.asarray(dt), rng)
        own = slice(lead, lead + n_s)
        before, after = (w[:, own] for w in (window, later))
        cells = [
            None if geometry.cell is None else self.cells({"u": w}, geometry.cell)
            for w in (before, after)
        ]
        change = (self._terms(after) - self._terms(before)) / n
        compensated = noise[..., own].sum(axis=-1).T / n if martingale else None
        return PatchEvolution(change, np.array(dt), *cells, compensated)

    def observe(self, states):
        return self._terms(states["u"]) / states["u"].shape[1]

    def tile(self, pool, picks, size, rng) -> States:
        joined = pool["u"][picks].reshape(len(picks), *size)
        shifts = rng.integers(0, size[0], len(picks))
        return {"u": joined[np.arange(len(picks))[:, None], (np.arange(*size) - shifts[:, None])]}

    def cells(self, states, cell):
        u = states["u"]
        return u.reshape(len(u), -1, 1, *cell)

    def drift_and_diffusion(self, states, c):
        u, variance = states["u"], self.settings.noise**2
        n = u.shape[1]
        force = self._force(u)
        drift = np.stack([force.mean(axis=1), (2 * u * force).mean(axis=1) + variance], axis=1)
        slopes = np.stack([np.ones_like(u), 2 * u])
        return drift, variance * np.einsum("asi,bsi->sab", slopes, slopes) / n**2

    def reflect(self, states) -> States:
        return {"u": -states["u"]}

    def reflect_cells(self, cells):
        return -cells


RECORD = SystemRecord(
    name="ornstein-uhlenbeck-chain",
    summary="coupled Ornstein–Uhlenbeck sites",
    api_version=1,
    settings=ChainSettings,
    start=ChainStart,
    capabilities=frozenset({"cells", "drift_and_diffusion", "martingale", "reflect"}),
    surroundings=("halo",),
    releases_gil=False,
    factory=OrnsteinUhlenbeckChain,
    example=SystemExample(
        size=(20,), patch=(5,), cell=(5,), dt=0.05, surroundings=Surroundings("halo", 1)
    ),
)
