"""A microscopic system out of a declaration: fields on a grid of one or two dimensions."""

from __future__ import annotations

from typing import Any

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
from macropatch.lattice import checked_pairs, edges, pieces, split
from macropatch_spde.declaration import ReactionDiffusion
from macropatch_spde.evolution import Dynamics
from macropatch_spde.settings import FieldSettings
from macropatch_spde.upsampling import DEGREES, side_by_side, smooth_part, stretch
from macropatch_spde.windows import Edges


class FieldSystem(MicroscopicSystem):
    """Fields with reaction, diffusion and noise; a state has one array, float64, for each field.

    Sites own their updates, so that a patch is credited with what its own sites change. It has the
    capabilities ``cells`` (fields are channels), ``cut``, ``drift_and_diffusion`` and
    ``martingale``.

    Raises
    ------
    ValueError
        if the time step is beyond the stability limit, or numba cannot compile the declaration.
    """

    def __init__(self, settings: FieldSettings, model: ReactionDiffusion) -> None:
        self._settings, self._model = settings, model
        self._periodic = settings.boundary == "periodic"
        self._dynamics = Dynamics(settings, model)

    @property
    def observables(self) -> tuple[Quantity, ...]:
        """The mean of each field."""
        return self._model.fields

    @property
    def time_unit(self) -> str:
        """As declared."""
        return self._model.time_unit

    @property
    def time_step(self) -> float:
        """The longest step of integration."""
        return self._settings.time_step

    def state_spec(self, size: Size) -> dict[str, ArraySpec]:
        """One array for each field."""
        self._edges(size)
        names = ("site",) if self._settings.dimension == 1 else ("row", "column")
        spec = ArraySpec(tuple(size), "float64", names)
        return {field.name: spec for field in self._model.fields}

    def sites(self, size: Size) -> int:
        """The product of the edges."""
        rows, columns = self._edges(size)
        return rows * columns

    def initial(
        self,
        size: Size,
        count: int,
        c: Float[np.ndarray, "count conditions"],
        start: Any,
        rng: np.random.Generator,
    ) -> States:
        """What the declaration's ``profile`` gives."""
        self._edges(size)
        axes = [(np.arange(edge) + 0.5) / edge for edge in size]
        x = tuple(np.meshgrid(*axes, indexing="ij", sparse=True))
        profiles = self._model.profile(x, count, start, rng)
        return {
            field.name: np.array(np.broadcast_to(profile, (count, *size)), np.float64, order="C")
            for field, profile in zip(self._model.fields, profiles, strict=True)
        }

    def evolve(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        duration: float,
        rng: np.random.Generator,
        credit: Geometry | None = None,
    ) -> Evolution:
        """Time steps of whole grids."""
        grids = self._grids(states)
        patch = self._patch(states, credit) if credit is not None else None
        whole: Edges = grids.shape[2:]
        pairs = np.stack([np.arange(len(grids)), np.zeros(len(grids), np.int64)], axis=1)
        found = self._dynamics.evolve(
            grids, pairs, whole, Surroundings("halo"), np.full(len(grids), float(duration)), rng
        )
        evolved = self._states(found.after)
        if patch is None:
            return Evolution(evolved)
        before, after = (split_fields(fields, patch) for fields in (grids, found.after))
        return Evolution(evolved, (after - before).sum(axis=(3, 4)) / (whole[0] * whole[1]))

    def patch_count(self, size: Size, patch: Size) -> int:
        """``K``, the number of tiles."""
        whole = self._edges(size)
        return pieces(whole, edges(patch, self._settings.dimension, "patch"), "patch")

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
        """Patches that evolve with a halo of any width; with ``K = 1``, draw for draw ``evolve``.

        The martingale is the noise of the patch's own sites: its compensator integrates the drift
        by the rule of the stepper.
        """
        grids, patch = self._grids(states), self._patch(states, geometry)
        pairs = checked_pairs(pairs, len(grids), pieces(grids.shape[2:], patch, "patch"))
        n = grids[0, 0].size
        elapsed = np.array(np.broadcast_to(dt, len(pairs)), dtype=np.float64)
        cells = geometry.cell is not None
        found = self._dynamics.evolve(
            grids, pairs, patch, surroundings, elapsed, rng, martingale, cells
        )
        noise = found.noise / n if martingale else None
        if geometry.cell is None:
            return PatchEvolution(found.change / n, elapsed, martingale=noise)
        before = split_fields(grids, patch)[pairs[:, 0], pairs[:, 1]]
        before, after = (self._cells(x, geometry.cell) for x in (before, found.after))
        return PatchEvolution(found.change / n, elapsed, before, after, noise)

    def observe(self, states: States) -> Float[np.ndarray, "count d"]:
        """Means of the fields."""
        return np.stack(
            [
                states[f.name].reshape(len(states[f.name]), -1).mean(axis=1)
                for f in self.observables
            ],
            axis=1,
        )

    def tile(
        self,
        pool: States,
        picks: Int[np.ndarray, "count parts"],
        size: Size,
        rng: np.random.Generator,
    ) -> States:
        """Stretch the first pick, with the grain of all of them; or join them, if so set."""
        grids, whole = self._grids(pool), self._edges(size)
        small: Edges = grids.shape[2:]
        picks = np.asarray(picks, dtype=np.int64)
        parts = pieces(whole, small, "a snapshot of the pool")
        if picks.ndim != 2 or picks.shape[1] != parts:
            raise ValueError(f"picks have shape {picks.shape}: {whole} takes {parts} of {small}")
        settings = self._settings
        if settings.upsampling == "join":
            return self._states(side_by_side(grids, picks, whole, self._periodic, rng))
        degree, first = DEGREES[settings.upsampling], picks[:, 0]
        if settings.grain == 0.0:
            return self._states(stretch(grids[first], whole, degree, self._periodic))
        smooth = smooth_part(grids, settings.grain, self._periodic)
        grain = side_by_side(grids - smooth, picks, whole, self._periodic, rng)
        return self._states(stretch(smooth[first], whole, degree, self._periodic) + grain)

    def cells(self, states: States, cell: Size) -> Float[np.ndarray, "count cells channels ..."]:
        """Tiles of the grid, ``(count, cells, fields, *cell)``, in row-major order, as float32."""
        return self._cells(self._grids(states), cell)

    def cut(self, states: States, pairs: Int[np.ndarray, "pairs 2"], geometry: Geometry) -> States:
        """Patches as grids of their own, with ends of the same kind."""
        grids, patch = self._grids(states), self._patch(states, geometry)
        pairs = checked_pairs(pairs, len(grids), pieces(grids.shape[2:], patch, "patch"))
        return self._states(split_fields(grids, patch)[pairs[:, 0], pairs[:, 1]])

    def evolve_events(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        events: int,
        rng: np.random.Generator,
    ) -> tuple[States, Float[np.ndarray, " count"]]:
        """One event is the update of one site: as many whole time steps as take so many."""
        count, n = next((len(a), a[0].size) for a in states.values())
        duration = -(-events // n) * self.time_step
        return self.evolve(states, c, duration, rng).states, np.full(count, duration)

    def drift_and_diffusion(
        self, states: States, c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "count d"], Float[np.ndarray, "count d d"]]:
        """Means of the reaction, and of the squared amplitude over ``n``.

        Diffusion moves what it does not make: over the whole grid it sums to zero.
        """
        grids = self._grids(states)
        rate, amplitude = self._dynamics.local_terms(grids)
        drift = rate.mean(axis=(2, 3))
        variance = (amplitude**2).mean(axis=(2, 3)) / grids[0, 0].size
        return drift, variance[:, :, None] * np.eye(grids.shape[1])

    def _edges(self, size: Size) -> Edges:
        return edges(size, self._settings.dimension)

    def _grids(self, states: States) -> np.ndarray:
        """``(count, fields, rows, columns)``."""
        names = [field.name for field in self._model.fields]
        count, *size = states[names[0]].shape
        stacked = np.stack([states[name] for name in names], axis=1)
        return np.ascontiguousarray(stacked, dtype=np.float64).reshape(
            count, len(names), *self._edges(tuple(size))
        )

    def _states(self, grids: np.ndarray) -> States:
        shape = grids.shape[3:] if self._settings.dimension == 1 else grids.shape[2:]
        return {
            field.name: np.ascontiguousarray(grids[:, index]).reshape(len(grids), *shape)
            for index, field in enumerate(self._model.fields)
        }

    def _patch(self, states: States, geometry: Geometry) -> Edges:
        size = next(iter(states.values())).shape[1:]
        self.patch_count(size, geometry.patch)
        patch = edges(geometry.patch, self._settings.dimension, "patch")
        if geometry.cell is not None:
            pieces(patch, edges(geometry.cell, self._settings.dimension, "cell"), "cell")
        return patch

    def _cells(self, grids: np.ndarray, cell: Size) -> np.ndarray:
        part = edges(cell, self._settings.dimension, "cell")
        pieces(grids.shape[2:], part, "cell")
        cells = split_fields(grids, part).astype(np.float32)
        return cells.reshape(*cells.shape[:3], *cell)


def split_fields(
    grids: Float[np.ndarray, "count fields rows columns"], part: Edges
) -> Float[np.ndarray, "count pieces fields part_rows part_columns"]:
    """Pieces in row-major order, each of all fields."""
    count, fields = grids.shape[:2]
    tiles = split(grids.reshape(count * fields, *grids.shape[2:]), part)
    return tiles.reshape(count, fields, *tiles.shape[1:]).swapaxes(1, 2)
