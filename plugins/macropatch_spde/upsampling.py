"""Snapshots of a small grid made into snapshots of a larger one.

Both grids cover the same stretch of ``x``, with sites in the middle of equal cells: interpolation
stretches profiles. What is shorter than the grain is noise, whose law is one of sites, not of
``x``: it is taken from the small snapshots as it is, side by side.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from scipy.fft import dctn, fftn, idctn, ifftn
from scipy.interpolate import make_interp_spline

from macropatch_spde.windows import Edges

Grids = Float[np.ndarray, "count fields rows columns"]

DEGREES = {"linear": 1, "cubic": 3}
MARGIN = 16
"""Sites continued beyond the ends: a cubic spline feels an end by 0.27 a site."""


def stretch(
    grids: Grids, size: Edges, degree: int, periodic: bool
) -> Float[np.ndarray, "count fields large_rows large_columns"]:
    """Interpolate to ``size`` by splines, between the middles of cells."""
    for axis, edge in zip((2, 3), size, strict=True):
        small = grids.shape[axis]
        if small == 1:
            grids = np.repeat(grids, edge, axis=axis)
            continue
        margin = [(0, 0)] * 4
        margin[axis] = (MARGIN, MARGIN)
        continued = np.pad(grids, margin, mode="wrap" if periodic else "symmetric")
        spline = make_interp_spline(
            np.arange(-MARGIN, small + MARGIN), continued, degree, axis=axis
        )
        grids = spline((np.arange(edge) + 0.5) * (small / edge) - 0.5)
    return np.ascontiguousarray(grids)


def smooth_part(grids: Grids, grain: float, periodic: bool) -> Grids:
    """What has wavelengths of at least ``grain`` sites, by Fourier or cosine series."""
    waves = []
    for edge in grids.shape[2:]:
        index = np.arange(edge)
        waves.append(np.minimum(index, edge - index) / edge if periodic else index / (2 * edge))
    long = np.hypot(waves[0][:, None], waves[1]) * grain <= 1.0
    if periodic:
        return np.ascontiguousarray(ifftn(fftn(grids, axes=(2, 3)) * long, axes=(2, 3)).real)
    series = dctn(grids, axes=(2, 3), norm="ortho")
    return np.asarray(idctn(series * long, axes=(2, 3), norm="ortho"))


def side_by_side(
    grids: Grids,
    picks: Int[np.ndarray, "picked parts"],
    size: Edges,
    periodic: bool,
    rng: np.random.Generator,
) -> Float[np.ndarray, "picked fields large_rows large_columns"]:
    """Join ``grids[picks]`` in row-major order.

    On a periodic grid parts that differ and the whole are rolled at random. Between closed ends
    every other part is mirrored, so that one that is repeated has no seams.
    """
    small: Edges = grids.shape[2:]
    down, across = size[0] // small[0], size[1] // small[1]
    parts = grids[picks]
    if periodic:
        alike = (picks == picks[:, :1]).all(axis=1)[:, None, None]
        shifts = np.where(alike, 0, rng.integers(0, small, (*picks.shape, 2)))
        parts = _rolled(parts, shifts)
    parts = parts.reshape(len(picks), down, across, *grids.shape[1:])
    if not periodic:
        parts[:, 1::2] = parts[:, 1::2, :, :, ::-1].copy()
        parts[:, :, 1::2] = parts[:, :, 1::2, :, :, ::-1].copy()
    joined = parts.transpose(0, 3, 1, 4, 2, 5).reshape(len(picks), grids.shape[1], *size)
    if periodic:
        joined = _rolled(joined, rng.integers(0, size, (len(picks), 2)))
    return np.ascontiguousarray(joined)


def _rolled(
    grids: Float[np.ndarray, "*leading fields rows columns"], shifts: Int[np.ndarray, "*leading 2"]
) -> Float[np.ndarray, "*leading fields rows columns"]:
    """Each grid rolled by its own shifts."""
    rows, columns = grids.shape[-2:]
    row = (np.arange(rows) - shifts[..., :1]) % rows
    column = (np.arange(columns) - shifts[..., 1:]) % columns
    rolled = np.take_along_axis(grids, row[..., None, :, None], axis=-2)
    return np.take_along_axis(rolled, column[..., None, None, :], axis=-1)
