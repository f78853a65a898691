"""Is ``z`` closed; are drift and spread right?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from macropatch.pipeline.diagnosis.findings.finding import Finding, beyond
from macropatch.report.numbers import number, with_error

COLOURED = 0.03
"""Autocorrelations of residuals below this change no prediction that matters."""

SHIFTED = 0.06
"""Nor do mean residuals below this, in standard deviations of a step."""

SPREAD = 0.1
"""Nor a variance of residuals that is off by less than this."""


def of_whiteness(data: xr.Dataset, observables: Sequence[str]) -> list[Finding]:
    """Sentences on each component; what is wrong with an observable is a warning."""
    found = []
    for name in data["component"].values.tolist():
        here, warns = data.sel(component=name), name in observables
        for text in (_colour(here, name), _shift(here, name), _spread(here, name)):
            found += [Finding("whiteness", text, warns)] if text else []
    if not found:
        largest = number(np.abs(data["autocorrelation"].values).max(), 2)
        text = (
            f"The residuals are white within their errors (largest autocorrelation {largest}): z "
            "is closed at this dt, and its drift and spread are right."
        )
        found.append(Finding("whiteness", text))
    return found


def _colour(here: xr.Dataset, name: str) -> str:
    rho, error = here["autocorrelation"].values, here["autocorrelation_error"].values
    worst = int(np.argmax(np.abs(rho) - error))
    if not beyond(rho[worst], error[worst], COLOURED):
        return ""
    share = float(here["fit_share"]) if "fit_share" in here else 0.0
    own = f" Of this, {number(share, 2)} is the fit's own error." if share > COLOURED / 2 else ""
    return (
        f"The residuals of {name} are correlated: {with_error(rho[worst], error[worst])} at lag "
        f"{worst + 1}; over long times, that of all lags changes its variance by a factor "
        f"{number(1.0 + 2.0 * rho.sum(), 2)}.{own} Either z is not closed (try a closure or "
        "another observable), or the drift is off (more pairs, a more flexible model)."
    )


def _shift(here: xr.Dataset, name: str) -> str:
    mean, error = float(here["residual_mean"]), float(here["residual_mean_error"])
    if not beyond(mean, error, SHIFTED):
        return ""
    steps = here["residual_mean_by_step"].values
    late = np.abs(steps[len(steps) // 2 :].mean()) > 2.0 * np.abs(steps[0])
    cause = (
        "it grows with the steps, so snapshots were not relaxed enough ([upsample] relax)"
        if late
        else "more pairs or a more flexible model mend it"
    )
    return (
        f"The drift of {name} is off: the mean residual is {with_error(mean, error)} of a step's "
        f"standard deviation; {cause}."
    )


def _spread(here: xr.Dataset, name: str) -> str:
    ratio, error = float(here["residual_variance"]), float(here["residual_variance_error"])
    if not beyond(ratio - 1.0, error, SPREAD):
        return ""
    return (
        f"A step of {name} has {with_error(ratio, error)} times the fitted variance (1 is right): "
        "λ or the diffusion is off."
    )
