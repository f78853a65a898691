"""Drift and diffusion of patches by width of the halo, and by ``dt``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from macropatch.pipeline.diagnosis.measurement import Measured
from macropatch.pipeline.diagnosis.regression import Basis, Blocks, Root

DIMENSIONS = {
    "drift": ("dt", "observable"),
    "drift_difference": ("dt", "halo", "observable"),
    "drift_change": ("dt", "observable"),
    "diffusion_ratio": ("dt", "halo", "observable"),
    "diffusion_change": ("dt", "observable"),
    "covariance": ("dt", "halo", "observable", "other"),
}


def by_surroundings(
    measured: Measured,
    dts: Sequence[float],
    widths: Sequence[int],
    own: int,
    observables: Sequence[str],
) -> xr.Dataset:
    """Conditional drift and residual covariance of patches.

    Parameters
    ----------
    own : the run's own width

    Returns
    -------
    ``drift`` ``(dt, observable)``: root mean square over snapshots, at the widest halo;
    ``drift_difference`` ``(dt, halo, observable)``: of the drift from that at the widest halo, root
    mean square relative to ``drift``; ``diffusion_ratio``: variance of the increments' residuals
    over that at the widest halo; ``drift_change``, ``diffusion_change`` ``(dt, observable)``: the
    same from the shortest ``dt``, at the run's own halo; ``covariance``: of the residuals, over
    ``dt``. All with ``_error``, roots also with ``_low`` and ``_high``.
    """
    blocks = Blocks.of(measured.z0, measured.c, measured.block)
    place = list(widths).index(own)
    step = np.array(dts)
    # The mean over the patches of a snapshot, per unit time: (N, dt, halo, observable).
    rate = measured.drift.mean(axis=3) / step[:, None, None]
    roots = {
        "drift": _root(blocks, rate[:, :, -1], None),
        "drift_difference": _root(blocks, rate - rate[:, :, -1:], rate[:, :, -1:]),
        "drift_change": _root(blocks, rate[:, :, place] - rate[:, :1, place], rate[:, :1, place]),
    }

    def covariance(basis: Basis, rows: np.ndarray) -> np.ndarray:
        found = [
            [_covariance(basis.residuals(measured.change[rows, i, j])) for j in range(len(widths))]
            for i in range(len(dts))
        ]
        return np.asarray(np.array(found) / step[:, None, None, None])

    def ratio(basis: Basis, rows: np.ndarray) -> np.ndarray:
        variance = np.diagonal(covariance(basis, rows), axis1=-2, axis2=-1)
        return np.asarray(variance / variance[:, -1:])

    def growth(basis: Basis, rows: np.ndarray) -> np.ndarray:
        variance = np.diagonal(covariance(basis, rows), axis1=-2, axis2=-1)[:, place]
        return np.asarray(variance / variance[:1])

    found = {name: vars(root) for name, root in roots.items()}
    for name, figure in (
        ("diffusion_ratio", ratio), ("diffusion_change", growth), ("covariance", covariance)
    ):  # fmt: skip
        value, error = blocks.jackknife(figure)
        found[name] = {"value": value, "error": error}
    arrays = {
        name if part == "value" else f"{name}_{part}": (DIMENSIONS[name], array)
        for name, parts in found.items()
        for part, array in parts.items()
    }
    names = list(observables)
    coordinates = {"dt": list(dts), "halo": list(widths), "observable": names, "other": names}
    return xr.Dataset(arrays, coords=coordinates, attrs={"own_halo": own})


def _root(blocks: Blocks, target: np.ndarray, unit: np.ndarray | None) -> Root:
    """Root mean square of the conditional mean of ``target`` ``(N, ...)``, relative to ``unit``'s.

    The error is the larger one of the jackknife's over the blocks, which are few, and that of
    independent noise.
    """

    def square(basis: Basis, rows: np.ndarray, of: np.ndarray) -> np.ndarray:
        flat = of[rows].reshape(len(rows), -1)
        return basis.mean_square(flat).reshape(of.shape[1:])

    def figure(basis: Basis, rows: np.ndarray) -> np.ndarray:
        found = square(basis, rows, target)
        return found if unit is None else np.asarray(found / square(basis, rows, unit))

    value, error = blocks.jackknife(figure)
    noise = blocks.bases[0].mean_square_error(target.reshape(len(target), -1))
    noise = noise.reshape(target.shape[1:])
    if unit is not None:
        noise = noise / square(blocks.bases[0], blocks.rows[0], unit)
    return Root.of(value, np.maximum(error, noise))


def _covariance(rest: np.ndarray) -> np.ndarray:
    """Of ``(rows, p, k)``."""
    flat = rest.reshape(-1, rest.shape[2])
    return np.asarray(flat.T @ flat / len(flat))
