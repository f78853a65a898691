"""``λ`` by component, condition and ``dt``: noise of one patch over that of the whole system."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from macropatch.learning.normalisation import Normalisation
from macropatch.pipeline.diagnosis.measurement import Measured
from macropatch.stages.calibrate import calibrate

FEWEST = 20
"""Fewer snapshots than this at a condition say nothing about a variance."""


def ratios(
    measured: Measured,
    normal: Normalisation,
    dt: float,
    factors: Sequence[int],
    conditions: Sequence[tuple[tuple[float, ...], str]],
    components: Sequence[str],
    patch_total: int,
) -> xr.Dataset:
    """``variance_ratio`` ``(dt, condition, component)``: ``λ`` of one patch, with its ``_error``.

    Parameters
    ----------
    conditions : values and description of each combination of conditions
    """
    shape = (len(factors), len(conditions), len(components))
    value, error = np.full(shape, np.nan), np.full(shape, np.nan)
    z0, c = normal.inward(measured.z0), measured.c
    patches = measured.own.shape[2]
    for j, (row, _) in enumerate(conditions):
        here = (c == np.array(row)).all(axis=1)
        if here.sum() < FEWEST:
            continue
        start = z0[here]
        for i, factor in enumerate(factors):
            moved = (measured.path[here, factor] - measured.path[here, 0]) / normal.scale
            alone = measured.own[here, i].reshape(-1, len(components)) / normal.scale
            nothing = np.zeros((len(start), 0))
            many = (np.repeat(start, patches, axis=0), np.repeat(nothing, patches, axis=0), alone)
            found = calibrate(many, (start, nothing, moved))
            value[i, j], error[i, j] = found.ratio, found.error
    dims = ("dt", "condition", "component")
    return xr.Dataset(
        {"variance_ratio": (dims, value), "variance_ratio_error": (dims, error)},
        coords={
            "dt": [factor * dt for factor in factors],
            "condition": [text for _, text in conditions],
            "component": list(components),
        },
        attrs={"K": patch_total},
    )
