"""`LatticeSystem`: a whole plugin out of one function of local rates."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
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
from macropatch.lattice import operations
from macropatch.lattice.geometry import Edges, edges, pieces, split
from macropatch.lattice.observables import (
    LatticeObservable,
    ObservableTables,
    tabulate_observables,
)
from macropatch.lattice.rates import RateTables, tabulate_rates
from macropatch.lattice.tiling import gather

SITES = "sites"
"""Name of the only array of a state."""


class LatticeSystem(MicroscopicSystem):
    """A periodic lattice of two-level sites, in one or two dimensions, whose sites flip.

    A state is ``sites``, int8, ``(count, L)`` or ``(count, rows, columns)``; edges are at least 2.
    A subclass gives :attr:`terms`, :meth:`local_rate`, :meth:`initial` and ``time_unit``, and, if
    they are not 2 and (−1, 1), :attr:`dimension` and :attr:`levels`; with conditions also
    :meth:`parameters`. Everything else follows, with the capabilities ``cells``, ``cut``,
    ``drift_and_diffusion`` and ``martingale``; :meth:`exchange_levels` is a ready ``reflect``,
    which :meth:`reflect_cells` goes with.

    Dynamics are exact: sites attempt at the largest of their rates and accept in proportion.
    Rates and observables are tabulated over the environments (value, upper neighbours).
    """

    dimension: int = 2
    levels: tuple[int, int] = (-1, 1)

    @property
    @abstractmethod
    def terms(self) -> tuple[LatticeObservable, ...]:
        """The observables, by their site and bond terms."""

    @abstractmethod
    def local_rate(self, value: int, neighbours: int, parameters: Any) -> float:
        """Rate at which a site flips, in events a unit of ``time_unit``.

        Parameters
        ----------
        value : the site's level
        neighbours : how many of its neighbours (2 a dimension) are at the upper level
        parameters : what :meth:`parameters` gives
        """

    def parameters(self, c_row: Float[np.ndarray, " conditions"]) -> Any:
        """What :meth:`local_rate` needs to know of one row of conditions; by default the row."""
        return c_row

    @property
    def observables(self) -> tuple[Quantity, ...]:
        """The quantities of :attr:`terms`."""
        return tuple(term.quantity for term in self.terms)

    def state_spec(self, size: Size) -> dict[str, ArraySpec]:
        """One array, ``sites``."""
        edges(size, self.dimension)
        names = ("site",) if self.dimension == 1 else ("row", "column")
        return {SITES: ArraySpec(tuple(size), "int8", names, levels=self.levels)}

    def sites(self, size: Size) -> int:
        """The product of the edges."""
        rows, columns = edges(size, self.dimension)
        return rows * columns

    def scatter(
        self, size: Size, share: Float[np.ndarray, " count"], rng: np.random.Generator
    ) -> States:
        """Snapshots with ``round(share · n)`` upper sites each, arranged at random."""
        n = self.sites(size)
        upper = np.arange(n) < np.rint(n * np.asarray(share, dtype=np.float64))[:, None]
        sites = np.where(upper, *(np.int8(level) for level in self.levels[::-1]))
        return {SITES: rng.permuted(sites, axis=1).reshape(len(sites), *size)}

    def evolve(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        duration: float,
        rng: np.random.Generator,
        credit: Geometry | None = None,
    ) -> Evolution:
        """Exact dynamics of whole lattices."""
        grid = self._grid(states)
        patch = self._patch(states, credit) if credit is not None else None
        evolved, events = operations.evolve(grid, self.levels, self._rates(c), duration, rng, patch)
        result = {SITES: evolved.reshape(states[SITES].shape)}
        if events is None:
            return Evolution(result)
        return Evolution(result, self._credited(events, grid))

    def patch_count(self, size: Size, patch: Size) -> int:
        """``K``, the number of tiles."""
        whole = edges(size, self.dimension, least=2)
        return pieces(whole, edges(patch, self.dimension, "patch"), "patch")

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

        The martingale takes the path integral of the drift at the mean holding times given the
        attempts, which keeps its mean of zero.
        """
        grid, patch, rates = self._grid(states), self._patch(states, geometry), self._rates(c)
        pairs = operations.checked_pairs(pairs, len(grid), self._patches(states, patch))
        elapsed = np.array(np.broadcast_to(dt, len(pairs)), dtype=np.float64)
        outcome = operations.evolve_patches(
            grid, self.levels, rates, pairs, patch, surroundings, elapsed, rng, martingale,
            geometry.cell is not None,
        )  # fmt: skip
        change = self._credited(outcome.events, grid)
        compensated = before = after = None
        if outcome.residence is not None:
            drift = rates.rates[rates.table_of[pairs[:, 0]]] * outcome.residence
            compensated = change - self._credited(drift, grid)
        if geometry.cell is not None and outcome.after is not None:
            before = self._cells(gather(grid, pairs, patch), geometry.cell)
            after = self._cells(outcome.after, geometry.cell)
        return PatchEvolution(change, elapsed, before, after, compensated)

    def observe(self, states: States) -> Float[np.ndarray, "count d"]:
        """Averages of the terms."""
        grid = self._grid(states)
        counts = operations.environments(grid, self.levels)
        return np.asarray(np.tensordot(counts, self._tables.share, 2) / grid[0].size)

    def tile(
        self,
        pool: States,
        picks: Int[np.ndarray, "count parts"],
        size: Size,
        rng: np.random.Generator,
    ) -> States:
        """Parts in row-major order, each rolled at random if they differ, and the whole."""
        grid = self._grid(pool)
        joined = operations.tile(grid, picks, edges(size, self.dimension, least=2), rng)
        return {SITES: joined.reshape(len(joined), *size)}

    def cells(self, states: States, cell: Size) -> Float[np.ndarray, "count cells channels ..."]:
        """Tiles of the lattice, ``(count, cells, 1, *cell)``, in row-major order, as float32."""
        return self._cells(self._grid(states), cell)

    def cut(self, states: States, pairs: Int[np.ndarray, "pairs 2"], geometry: Geometry) -> States:
        """Patches as periodic lattices of their own."""
        grid, patch = self._grid(states), self._patch(states, geometry)
        pairs = operations.checked_pairs(pairs, len(grid), self._patches(states, patch))
        return {SITES: gather(grid, pairs, patch).reshape(len(pairs), *geometry.patch)}

    def evolve_events(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        events: int,
        rng: np.random.Generator,
    ) -> tuple[States, Float[np.ndarray, " count"]]:
        """Whole lattices up to ``events`` flips; the time is the sum of all attempts' waits."""
        grid = self._grid(states)
        evolved, elapsed = operations.evolve_flips(grid, self.levels, self._rates(c), events, rng)
        return {SITES: evolved.reshape(states[SITES].shape)}, elapsed

    def drift_and_diffusion(
        self, states: States, c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "count d"], Float[np.ndarray, "count d d"]]:
        """Sums over sites of rate · δz and rate · δz δzᵀ."""
        grid, rates = self._grid(states), self._rates(c)
        counts = operations.environments(grid, self.levels) * rates.rates[rates.table_of]
        step = self._tables.change / grid[0].size
        drift = np.tensordot(counts, step, 2)
        return drift, np.einsum("svk,vka,vkb->sab", counts, step, step)

    def exchange_levels(self, states: States) -> States:
        """Every site at its other level: a ``reflect`` where rates are symmetric."""
        lower, upper = self.levels
        return {SITES: np.asarray(lower + upper - states[SITES], dtype=np.int8)}

    def reflect_cells(
        self, cells: Float[np.ndarray, "count channels ..."]
    ) -> Float[np.ndarray, "count channels ..."]:
        """:meth:`exchange_levels` of cells; override it where ``reflect`` is another symmetry."""
        lower, upper = self.levels
        return np.asarray(lower + upper - cells)

    @cached_property
    def _tables(self) -> ObservableTables:
        return tabulate_observables(self.terms, self.levels, self.dimension)

    def _rates(self, c: Float[np.ndarray, "count conditions"]) -> RateTables:
        def rate(row: np.ndarray, value: int, neighbours: int) -> float:
            return self.local_rate(value, neighbours, self.parameters(row))

        return tabulate_rates(rate, self.levels, self.dimension, c)

    def _credited(self, events: np.ndarray, grid: np.ndarray) -> np.ndarray:
        return np.asarray(np.tensordot(events, self._tables.change, 2) / grid[0].size)

    def _grid(self, states: States) -> np.ndarray:
        sites = states[SITES]
        whole = edges(sites.shape[1:], self.dimension, least=2)
        return np.ascontiguousarray(sites, dtype=np.int8).reshape(len(sites), *whole)

    def _patches(self, states: States, patch: Edges) -> int:
        return pieces(edges(states[SITES].shape[1:], self.dimension), patch, "patch")

    def _patch(self, states: States, geometry: Geometry) -> Edges:
        self.patch_count(states[SITES].shape[1:], geometry.patch)
        patch = edges(geometry.patch, self.dimension, "patch")
        if geometry.cell is not None:
            pieces(patch, edges(geometry.cell, self.dimension, "cell"), "cell")
        return patch

    def _cells(self, grid: np.ndarray, cell: Size) -> np.ndarray:
        part = edges(cell, self.dimension, "cell")
        count = pieces((grid.shape[1], grid.shape[2]), part, "cell")
        shape = (len(grid), count, 1, *cell)
        return split(grid, part).astype(np.float32).reshape(shape)
