"""Fitted drift and diffusion along each observable, beside the exact ones where they are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from macropatch.measures import jackknife_error
from macropatch.pipeline.model import FitStage
from macropatch.pipeline.tiles import joined
from macropatch.runs.stage import Workplace

GRID = 61
EXACT_SNAPSHOTS = 2000


def fitted_functions(fit: FitStage, root: Path, rng: np.random.Generator) -> xr.Dataset:
    """``drift`` and ``covariance`` on a grid of each observable, the others at their mean.

    Conditions are at their mean too. ``exact_drift`` and ``exact_covariance`` are those of
    snapshots (``dt → 0``) where the system knows them and the observable is all of ``z``.
    """
    fitted = fit.fitted(root)
    normal = fitted.normalisation
    system = fit.pairs.snapshots.source.make()
    names = list(system.independent)
    values = np.linspace(normal.low, normal.high, GRID).T[: len(names)]
    arrays: dict[str, list[np.ndarray]] = {
        key: [] for key in ("drift", "drift_error", "covariance", "covariance_error")
    }
    for i, grid in enumerate(values):
        z = np.tile(normal.mean, (GRID, 1))
        z[:, i] = grid
        drift, covariance = fitted.coefficients(z, np.tile(normal.c_mean, (GRID, 1)))
        for key, members in (("drift", drift[..., i]), ("covariance", covariance[..., i, i])):
            arrays[key].append(members.mean(axis=0))
            if len(members) > 1:
                arrays[f"{key}_error"].append(
                    np.array([jackknife_error(column) for column in members.T])
                )
    dims = ("observable", "grid")
    data = {key: (dims, np.stack(rows)) for key, rows in arrays.items() if rows}
    if "drift_and_diffusion" in fit.pairs.snapshots.source.record.capabilities and (
        fit.pairs.dimension == 1 and not system.conditions
    ):
        exact = _exact(fit, values[0], Workplace(root, rng, lambda share: None, root))
        data["exact_drift"], data["exact_covariance"] = ((dims, row[None]) for row in exact)
    return xr.Dataset(data, coords={"observable": names, "value": (dims, values)})


def _exact(fit: FitStage, grid: np.ndarray, place: Workplace) -> tuple[np.ndarray, np.ndarray]:
    """Exact drift and variance of some snapshots, interpolated along their only observable."""
    snapshots = fit.pairs.snapshots
    system = snapshots.source.make()
    ends = (0, snapshots.tasks - 1)
    every, c = joined([snapshots.states_of(task, place) for task in ends])
    rows = np.unique(np.linspace(0, len(c) - 1, min(len(c), EXACT_SNAPSHOTS)).astype(int))
    chosen = {name: array[rows] for name, array in every.items()}
    drift, diffusion = system.drift_and_diffusion(chosen, c[rows])
    m, index = np.unique(system.observe(chosen)[:, 0], return_index=True)
    return np.interp(grid, m, drift[index, 0]), np.interp(grid, m, diffusion[index, 0, 0])
