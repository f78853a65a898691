"""Made-up evaluations of an alloy: orders that relax with one memory, at several temperatures."""

from __future__ import annotations

import numpy as np
import xarray as xr

from macropatch.contract.results import Evaluation

PAIRS = ("NbNb", "NbMo", "NbTa", "MoMo", "MoTa", "TaTa")
LIMITS = np.array([-0.16, 0.36, -0.2, -1.36, 0.98, -0.76])
"""Orders at 1,000 K; they fall as 1/T."""

TEMPERATURES = (1000.0, 2000.0, 3000.0)
MEMORY, SPREAD = 0.6, 0.5
"""Of a record on the next; standard deviation times the root of the number of sites."""


def orders(temperature):
    return LIMITS * 1000.0 / temperature


def series(rng, shape, means, sites, ages=None, start=None):
    """Stationary series ``(*shape, records, pairs)``, or such as come from ``start`` at rate 1."""
    records = shape[-1]
    noise = rng.standard_normal((*shape, len(PAIRS)))
    for record in range(1, records):
        noise[..., record, :] *= np.sqrt(1 - MEMORY**2)
        noise[..., record, :] += MEMORY * noise[..., record - 1, :]
    centre = np.broadcast_to(means, (records, len(PAIRS)))
    if ages is not None:
        centre = means + (start - means) * np.exp(-ages)[:, None]
    return centre + noise * SPREAD / np.sqrt(sites)


def evaluation(
    labels=None, sites=8192, fitted=TEMPERATURES, direct=TEMPERATURES, pooled=TEMPERATURES,
    swaps=True, members=True, duration=24.0, sluggish=(), off=(), seed=1,
):  # fmt: skip
    """One with all sources; ``sluggish`` temperatures relax 15 times slower, ``off`` ones are
    off by 0.3 in MoTa where vacancies jump."""
    rng = np.random.default_rng(seed)
    names = {"observable": list(PAIRS)}
    along = {"temperature": ("condition", list(fitted), {"units": "K"}), **names}
    dims = ("condition", "run", "record", "observable")

    def stationary(shape):
        return np.stack([series(rng, shape, orders(T), sites) for T in fitted], axis=len(shape) - 2)

    def wrong(temperature):
        return np.where(np.array(PAIRS) == "MoTa", 0.3 * (temperature in off), 0.0)

    def jumps(runs, records, size):
        ages = np.linspace(0.0, duration, records)
        return [
            series(
                rng, (runs, records), orders(T) + wrong(T), size,
                ages / (15.0 if T in sluggish else 1.0), 0.0 * LIMITS,
            )
            for T in (direct if size == sites else pooled)
        ]  # fmt: skip

    starts = {
        "start": [f"temperature = {T:g}" for T in direct],
        "temperature": ("start", list(direct), {"units": "K"}),
        "physical_time": ("start", [1e-6 * np.exp(6000.0 / T) for T in direct], {"units": "s"}),
        "time": ("time", np.linspace(0.0, duration, 120)),
        **names,
    }

    def truth():
        return xr.DataArray(
            np.stack(jumps(10, 120, sites)), dims=("start", "run", "time", "observable"),
            coords=starts,
        )  # fmt: skip

    small = np.stack(jumps(10, 60, 1024), axis=1)
    pool = xr.DataArray(
        small.reshape(-1, len(PAIRS)),
        dims=("record", "observable"),
        coords={
            "temperature": ("record", np.tile(np.repeat(pooled, 60), 10)),
            "run": ("record", np.repeat(np.arange(10 * len(pooled)), 60)),
            **names,
        },
        attrs={"sites": 1024},
    )
    own = xr.DataArray(stationary((20, 50)), dims=dims, coords=along)
    of_members = None
    if members:
        shifts = 0.004 * np.array([-1.0, 0.0, 1.0])[:, None, None, None, None]
        of_members = xr.concat([own] * 3, dim="member") + shifts
    return Evaluation(
        {"scheme": "partial"} if labels is None else labels,
        truth(), None, truth(), truth(),
        stationary=own, stationary_members=of_members, pool=pool,
        equilibrium=xr.DataArray(stationary((20, 50)), dims=dims, coords=along) if swaps else None,
        conditions=("temperature",), size=(16, 16, 16), sites=sites,
    )  # fmt: skip
