"""Which closure earns its place?"""

from __future__ import annotations

import numpy as np
import xarray as xr

from macropatch.pipeline.diagnosis.findings.finding import Finding
from macropatch.report.numbers import with_error

EARNED = 3.0
"""Standard errors by which a closure must raise the likelihood."""


def of_closures(data: xr.Dataset) -> list[Finding]:
    """A sentence a closure, beside none."""
    names = data["closure"].values.tolist()
    if len(names) < 2:
        text = (
            "The run compares no closures: sweep over them to see which earns its place, e.g. "
            '[[sweep]] "closure.name" = ["none", "correlations"].'
        )
        return [Finding("closures", text)]
    found = []
    for name in names:
        here = data.sel(closure=name)
        gain, error = float(here["held_out_gain"]), float(here["held_out_gain_error"])
        if name == "none" or not np.isfinite(gain):
            continue
        verdict = "it earns its place" if gain > EARNED * error else "it does not earn its place"
        text = (
            f"Closure {name} changes the held-out log-likelihood of the observables' increments by "
            f"{with_error(gain, error)} a pair over none, on the same pairs: {verdict}."
        )
        found.append(Finding("closures", text))
    if not found:
        text = (
            "The sweep has no fit with closure none, so closures are compared by likelihoods of "
            "different pairs, whose noise does not cancel."
        )
        found.append(Finding("closures", text))
    return found
