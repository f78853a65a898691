"""What kernels are called with: counts of attempts, seeds and room for results.

Every operation first draws its numbers of attempts, then its seeds, so that one patch that covers
the lattice sees the very events that the lattice would.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from macropatch.contract import Surroundings
from macropatch.lattice.environments import count_environments
from macropatch.lattice.fixed_events import ABSORBED
from macropatch.lattice.fixed_events import evolve_flips as flip_kernel
from macropatch.lattice.geometry import Edges, pieces, window
from macropatch.lattice.patches import evolve_windows
from macropatch.lattice.random import draw_seeds
from macropatch.lattice.rates import RateTables
from macropatch.lattice.tiling import join
from macropatch.lattice.whole import evolve_whole

Levels = tuple[int, int]


def vertical_of(grid: np.ndarray) -> int:
    """1 for lattices with neighbours above and below, 0 for a single row."""
    return int(grid.shape[1] > 1)


def environments(grid: np.ndarray, levels: Levels) -> np.ndarray:
    """Number of sites in each environment, ``(count, 2, environments)``."""
    return np.asarray(count_environments(grid, levels[0], vertical_of(grid)))


def checked_pairs(pairs: np.ndarray, snapshots: int, patches: int) -> np.ndarray:
    """``pairs`` as int64; ``ValueError`` if one is outside the batch (kernels do not look)."""
    pairs = np.ascontiguousarray(pairs, dtype=np.int64)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"pairs have shape {pairs.shape}: give (P, 2), snapshot and patch")
    if pairs.size and ((pairs < 0) | (pairs >= (snapshots, patches))).any():
        raise ValueError(
            f"pairs reach {pairs.max(axis=0).tolist()} (least {pairs.min(axis=0).tolist()}), but "
            f"there are {snapshots} snapshots of {patches} patches, counted from 0"
        )
    return pairs


def _check_rows(rates: RateTables, grid: np.ndarray) -> None:
    if len(rates.table_of) != len(grid):
        raise ValueError(
            f"{len(rates.table_of)} rows of conditions for {len(grid)} snapshots: give one each"
        )


def evolve(
    grid: np.ndarray,
    levels: Levels,
    rates: RateTables,
    duration: float,
    rng: np.random.Generator,
    patch: Edges | None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Evolved lattices; with ``patch`` also each patch's flips ``(count, K, 2, environments)``."""
    _check_rows(rates, grid)
    count, rows, columns = grid.shape
    attempts = rng.poisson(rows * columns * rates.attempt_rates() * duration)
    seeds = draw_seeds(rng, count)
    owners = pieces((rows, columns), patch, "patch") if patch else 0
    events = np.zeros((count, owners, *rates.rates.shape[1:]), np.int64)
    evolved = np.empty_like(grid)
    evolve_whole(
        grid, evolved, levels, vertical_of(grid), rates.thresholds, rates.table_of, attempts,
        seeds, patch or (1, 1), events,
    )  # fmt: skip
    return evolved, events if patch else None


def evolve_flips(
    grid: np.ndarray, levels: Levels, rates: RateTables, flips: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Lattices after ``flips`` flips, and the time that these took."""
    _check_rows(rates, grid)
    evolved = np.empty_like(grid)
    attempts = flip_kernel(
        grid, evolved, levels, vertical_of(grid), rates.thresholds, rates.table_of, flips,
        draw_seeds(rng, len(grid)),
    )  # fmt: skip
    if (attempts == ABSORBED).any():
        first = int(np.argmax(attempts == ABSORBED))
        raise ValueError(
            f"snapshot {first} came to rest before {flips} flips: all its rates are zero"
        )
    rate = rates.attempt_rates() * grid[0].size
    return evolved, rng.standard_gamma(attempts) / np.where(rate > 0, rate, 1.0)


@dataclass(frozen=True)
class PatchOutcome:
    """Flips and time spent (site × time), ``(P, 2, environments)`` each, and the patches after."""

    events: np.ndarray
    residence: np.ndarray | None
    after: np.ndarray | None


def evolve_patches(
    grid: np.ndarray,
    levels: Levels,
    rates: RateTables,
    pairs: np.ndarray,
    patch: Edges,
    surroundings: Surroundings,
    dt: np.ndarray,
    rng: np.random.Generator,
    residence: bool,
    cells: bool,
) -> PatchOutcome:
    """Evolve the patches of all pairs in their surroundings."""
    _check_rows(rates, grid)
    area = window((grid.shape[1], grid.shape[2]), patch, surroundings)
    attempts = rng.poisson(area.evolving * rates.attempt_rates()[pairs[:, 0]] * dt)
    seeds = draw_seeds(rng, len(pairs))
    kinds = rates.rates.shape[1:]
    events = np.zeros((len(pairs), *kinds), np.int64)
    occupation = np.zeros((len(pairs) if residence else 0, *kinds), np.int64)
    after = np.empty((len(pairs) if cells else 0, *patch), np.int8)
    evolve_windows(
        grid, pairs, levels, vertical_of(grid), rates.thresholds, rates.table_of, attempts, seeds,
        patch, area.shape, area.extent, area.ring, area.lead, events, occupation, after,
    )  # fmt: skip
    spent = occupation * (dt / (attempts + 1))[:, None, None] if residence else None
    return PatchOutcome(events, spent, after if cells else None)


def tile(grid: np.ndarray, picks: np.ndarray, whole: Edges, rng: np.random.Generator) -> np.ndarray:
    """Join lattices of the pool to ``(count, *whole)``."""
    picks = np.ascontiguousarray(picks, dtype=np.int64)
    small = (grid.shape[1], grid.shape[2])
    parts = pieces(whole, small, "a snapshot of the pool")
    if picks.ndim != 2 or picks.shape[1] != parts:
        raise ValueError(f"picks have shape {picks.shape}: {whole} takes {parts} parts of {small}")
    if picks.size and (picks.min() < 0 or picks.max() >= len(grid)):
        raise ValueError(f"picks reach {picks.max()}, but the pool has {len(grid)} snapshots")
    part_shifts = rng.integers(0, small, (*picks.shape, 2))
    part_shifts[(picks == picks[:, :1]).all(axis=1)] = 0
    shifts = rng.integers(0, whole, (len(picks), 2))
    joined = np.empty((len(picks), *whole), np.int8)
    join(grid, picks, part_shifts, shifts, joined)
    return joined
