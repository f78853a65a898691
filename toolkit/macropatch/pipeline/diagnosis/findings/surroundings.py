"""Is the halo wide enough; what does a longer ``dt`` change?"""

from __future__ import annotations

import xarray as xr

from macropatch.pipeline.diagnosis.findings.finding import SIGNIFICANT, Finding, percent
from macropatch.report.numbers import number, with_error

ENOUGH = 0.01
"""A halo whose drift is known to be within this share of the widest one's is wide enough."""

SPREAD = 0.05
"""A variance that differs by more than this share is worth a sentence."""


def of_halo(data: xr.Dataset) -> list[Finding]:
    """The run's own halo beside the widest one; if it is that, the widest beside the next."""
    own, widths = int(data.attrs["own_halo"]), data["halo"].values.tolist()
    if len(widths) < 2:
        return []
    other = own if own < widths[-1] else widths[-2]
    found = []
    for name in data["observable"].values.tolist():
        found += _of_observable(data.isel(dt=0).sel(halo=other, observable=name), name, data)
    high = data.isel(dt=0).sel(halo=other)["drift_difference_high"].max()
    agree = f"At dt = {float(data['dt'][0]):g}, halo {widths[-1]} and {other}"
    if not found and high <= ENOUGH:
        text = f"{agree} agree within {percent(high)} of the drift: the halo is wide enough."
        found.append(Finding("halo", text))
    elif not found:
        text = (
            f"{agree} cannot be told apart, but their difference is known to {percent(high)} of "
            "the drift only: diagnose with more --snapshots to be sure."
        )
        found.append(Finding("halo", text))
    if widths[0] == 0 and own > 0:
        low, high = (
            data.isel(dt=0, halo=0)[f"drift_difference_{end}"].max() for end in ("low", "high")
        )
        size = f"by at most {percent(high)}"
        if low > 0:
            size = f"by {percent(low)} to {percent(high)}"
        text = f"Without a halo (0) the drift would be off {size}."
        found.append(Finding("halo", text))
    return found


def _of_observable(here: xr.Dataset, name: str, data: xr.Dataset) -> list[Finding]:
    own, widest, other = data.attrs["own_halo"], int(data["halo"][-1]), int(here["halo"])
    found = []
    if float(here["drift_difference_low"]) > ENOUGH:
        off = percent(here["drift_difference"], float(here["drift_difference_error"]))
        remedy = f"widen it ([evolve] halo = {widest})"
        if own == widest:
            remedy = f"compare with a run with [evolve] halo = {2 * widest}"
        text = (
            f"The drift of {name} with halo {other} is {off} off that with halo {widest}, so that "
            f"halo {own} may bias it: {remedy}."
        )
        found.append(Finding("halo", text, warning=True))
    ratio, error = float(here["diffusion_ratio"]), float(here["diffusion_ratio_error"])
    if abs(ratio - 1.0) - SIGNIFICANT * error > SPREAD:
        text = (
            f"Increments of {name} with halo {other} have {with_error(ratio, error)} times the "
            f"variance of those with halo {widest}."
        )
        found.append(Finding("halo", text, warning=own < widest))
    return found


def of_dt(data: xr.Dataset) -> list[Finding]:
    """What evolving for longer changes; it is no fault of the fit, so it never warns."""
    last = data.isel(dt=-1)
    times = round(float(data["dt"][-1] / data["dt"][0]))
    parts = [
        f"the drift of {name} by {percent(last['drift_change'][i])} and its Cov/dt by a factor "
        f"{number(last['diffusion_change'][i])}"
        for i, name in enumerate(data["observable"].values.tolist())
    ]
    text = (
        f"Evolving for {times} dt in the place of one changes {'; '.join(parts)}. The fitted model "
        "is the transition over dt itself, so this is no error of it: it is what fitting over a "
        "longer dt would change, and why predictions step by exactly dt."
    )
    return [Finding("dt", text)]
