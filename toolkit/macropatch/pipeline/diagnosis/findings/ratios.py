"""Is ``λ`` right, and what did it take to know it?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from macropatch.pipeline.diagnosis.findings.finding import Finding, beyond, percent
from macropatch.report.numbers import number, with_error

OFF = 0.1
"""A ``λ`` that is off by this share makes standard deviations that are off by half of it."""


def of_ratios(data: xr.Dataset, used: float | None) -> list[Finding]:
    """``used`` is the ``λ`` of one patch that the fit took, ``None`` where it is calibrated."""
    found = []
    for condition in data["condition"].values.tolist():
        here = data.isel(dt=0).sel(condition=condition)
        where = f" at {condition}" if condition else ""
        values = here["variance_ratio"].values.tolist()
        errors = here["variance_ratio_error"].values.tolist()
        names = here["component"].values.tolist()
        if not np.isfinite(values).all():
            text = f"Too few of the snapshots are{where or ' here'} to measure λ."
            found.append(Finding("lambda", text, warning=True))
            continue
        each = zip(names, values, errors, strict=True)
        said = ", ".join(f"{with_error(value, error)} for {name}" for name, value, error in each)
        found.append(Finding("lambda", f"λ{where} is {said}; K = {data.attrs['K']}."))
        if used is None:
            continue
        for name, value, error in zip(names, values, errors, strict=True):
            if beyond(value / used - 1.0, error / used, OFF):
                text = (
                    f"The fit took λ = {used:g} for {name}{where}, so that it predicts about "
                    f"{number(np.sqrt(value / used))} times its standard deviation: set [sde] "
                    'lambda = "calibrated".'
                )
                found.append(Finding("lambda", text, warning=True))
    return found


def of_cost(data: xr.Dataset) -> list[Finding]:
    """How many whole systems it took."""
    whole = int(data["whole_systems"])
    if not data.attrs["calibrated"]:
        return [Finding("lambda", f"It was measured here, by {whole} whole systems.")]
    text = (
        f"The run's own calibration evolved {whole} whole systems for one dt: "
        f"{percent(data['calibration_share_of_events'])} of all that its method simulated, in "
        "sites times time."
    )
    return [Finding("lambda", text)]
