"""Fitted drift and diffusion, beside the exact ones where they are known."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from macropatch.contract.results import Results
from macropatch.report.figures.appearance import (
    INK,
    NothingToDrawError,
    axes_or_new,
    plain,
    style_of,
    styled,
    with_unit,
)
from macropatch.report.figures.headline import headline_and_rivals, named
from macropatch.report.figures.series import first_observable

ORACLE = "exact, not used in training"


@styled
def draw_drift_and_diffusion(
    results: Results, ax: Axes | None = None, *, observable: str | None = None
) -> Axes:
    """Drift (above) and diffusion (below) along an observable, the others at their mean.

    Shown are the headline evaluation, with the error of its ensemble, and other schemes under the
    same settings. ``ax`` only gives the place: the two panels are insets of it.

    Parameters
    ----------
    observable : by default the first that the SDE is fitted to
    """
    name = first_observable(results, observable)
    shown = [index for index in headline_and_rivals(results) if index < len(results.functions)]
    if not shown:
        raise NothingToDrawError("the results hold no fitted functions")
    fitted = [str(one) for one in results.functions[shown[0]]["observable"].values]
    if observable is None and name not in fitted:
        name = fitted[0]
    elif name not in fitted:
        raise NothingToDrawError(f"{name} is reconstructed, not fitted")
    axes = axes_or_new(ax, height=5.6)
    axes.set_axis_off()
    above = axes.inset_axes((0.0, 0.54, 1.0, 0.46))
    below = axes.inset_axes((0.0, 0.0, 1.0, 0.46), sharex=above)
    for order, index in enumerate(shown):
        functions = results.functions[index].sel(observable=name)
        style = style_of(order, str(results.evaluations[index].labels.get("scheme")))
        label = plain(named(results.evaluations[index]))
        for panel, quantity in ((above, "drift"), (below, "covariance")):
            _draw_curve(panel, functions, quantity, style["color"], label, first=order == 0)
    exact = results.functions[shown[0]].sel(observable=name)
    for panel, quantity in ((above, "exact_drift"), (below, "exact_covariance")):
        if quantity in exact:
            values = np.asarray(exact[quantity].values)
            panel.plot(_grid(exact), values, color=INK, lw=1.2, ls=(0, (4, 2)), label=plain(ORACLE))
    label, unit = results.observables[name]
    above.tick_params(labelbottom=False)
    above.axhline(0.0, color=INK, linewidth=0.6)
    rate = f"({results.time_unit})"
    above.set_ylabel(plain(f"drift of {name}\n{unit or 1} / {rate}"))
    below.set_ylabel(plain(f"diffusion of {name}\n{unit + '²' if unit else 1} / {rate}"))
    below.set_xlabel(with_unit(label, unit))
    below.ticklabel_format(axis="y", scilimits=(-2, 3))
    above.legend()
    return axes


def _grid(functions: xr.Dataset) -> np.ndarray:
    """Values along the grid: ``value`` by observable, or the grid's own coordinate."""
    return np.asarray(functions["value" if "value" in functions else "grid"].values)


def _draw_curve(
    axes: Axes, functions: xr.Dataset, quantity: str, colour: str, label: str, *, first: bool
) -> None:
    grid, values = _grid(functions), np.asarray(functions[quantity].values)
    axes.plot(grid, values, color=colour, label=label, linewidth=1.9 if first else 1.2)
    error = f"{quantity}_error"
    if error in functions:
        width = np.asarray(functions[error].values)
        axes.fill_between(grid, values - width, values + width, color=colour, alpha=0.18, lw=0)
