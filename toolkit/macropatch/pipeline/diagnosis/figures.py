"""The panels of a diagnosis, drawn."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from macropatch.report.figures.appearance import (
    FLOOR,
    INK,
    RC,
    name_ticks,
    plain,
    style_of,
    to_svg,
    with_unit,
)

NUDGE = 0.12
"""Points of different series are set so far apart, in widths of the halo."""

MOST_COLUMNS = 4

SHORT = 14
"""Longer names of closures are set at an angle."""


def drawings(data: xr.Dataset) -> dict[str, str]:
    """Panel → SVG, for all that the data hold."""
    found: dict[str, str] = {}
    with mpl.rc_context(RC):
        if "drift_difference" in data and data.sizes["halo"] > 1:
            found["halo"] = to_svg(_halo(data))
        if "drift_change" in data:
            found["dt"] = to_svg(_dt(data))
        if "variance_ratio" in data:
            found["lambda"] = to_svg(_ratios(data))
        if data.sizes["closure"] > 1:
            found["closures"] = to_svg(_closures(data))
        found["whiteness"] = to_svg(_whiteness(data))
    return found


def _halo(data: xr.Dataset) -> Axes:
    names = data["observable"].values.tolist()[:MOST_COLUMNS]
    grid = _grid(2, len(names))
    widths = data["halo"].values.tolist()
    for column, name in enumerate(names):
        upper, lower = grid[0][column], grid[1][column]
        here = data.sel(observable=name)
        _differences(upper, here)
        _lines(lower, here, "diffusion_ratio", "halo", "dt", widths)
        lower.axhline(1.0, color=INK, linewidth=0.8)
        upper.set_title(plain(name))
        lower.set_xlabel("width of the halo")
    grid[0][0].set_ylabel("drift: difference from\nthe widest halo (%)")
    grid[1][0].set_ylabel("Cov/dt: ratio to that of\nthe widest halo")
    grid[1][-1].legend(title="dt")
    return grid[0][0]


def _differences(axes: Axes, data: xr.Dataset) -> None:
    """Relative differences in drift on a logarithmic axis; upper limits where one may be zero."""
    narrower = data.isel(halo=slice(0, -1))
    widths = narrower["halo"].values.astype(float)
    axes.set_yscale("log")
    for index in range(data.sizes["dt"]):
        value, low, high = (
            100.0 * narrower[f"drift_difference{end}"].isel(dt=index).values
            for end in ("", "_low", "_high")
        )
        error = 100.0 * narrower["drift_difference_error"].isel(dt=index).values
        places = widths + NUDGE * (index - 0.5 * (data.sizes["dt"] - 1))
        seen, style = low > 0.0, style_of(index)
        bars = error[seen].clip(max=0.9 * value[seen])
        axes.errorbar(places[seen], value[seen], yerr=[bars, error[seen]], capsize=2.5, **style)
        below = {**style, "marker": "v", "markerfacecolor": "white", "linestyle": "none"}
        axes.plot(places[~seen], high[~seen], **below)
    name_ticks(axes, widths.tolist(), [f"{width:g}" for width in widths])
    axes.grid(color=FLOOR, alpha=0.3)


def _dt(data: xr.Dataset) -> Axes:
    left, right = _grid(1, 2)[0]
    times = data["dt"].values.tolist()
    _lines(left, data, "drift_change", "dt", "observable", times, 100.0)
    _lines(right, data, "diffusion_change", "dt", "observable", times)
    for axes in (left, right):
        axes.set_xlabel(with_unit("duration", data.attrs["time_unit"]))
    left.set_ylabel("drift: difference\nfrom that over dt (%)")
    right.set_ylabel("Cov/duration:\nratio to that over dt")
    left.set_ylim(bottom=0.0)
    left.legend()
    return left


def _ratios(data: xr.Dataset) -> Axes:
    conditions = data["condition"].values.tolist()[:MOST_COLUMNS]
    row = _grid(1, len(conditions))[0]
    total = float(data.attrs["K"])
    for axes, condition in zip(row, conditions, strict=True):
        here = data.sel(condition=condition)
        _lines(axes, here, "variance_ratio", "dt", "component", data["dt"].values, 1.0 / total)
        axes.axhline(1.0, color=INK, linewidth=0.8)
        axes.set_xlabel(with_unit("duration", data.attrs["time_unit"]))
        axes.set_title(plain(condition))
    row[0].set_ylabel("λ / K")
    row[-1].legend()
    return row[0]


def _closures(data: xr.Dataset) -> Axes:
    names = data["closure"].values.tolist()
    gains = np.isfinite(data["held_out_gain"].values).all()
    name = "held_out_gain" if gains else "held_out_log_likelihood"
    axes = _grid(1, 1)[0][0]
    places = list(range(len(names)))
    axes.errorbar(
        places, data[name].values, yerr=data[f"{name}_error"].values, linestyle="none",
        capsize=3, **style_of(0),
    )  # fmt: skip
    name_ticks(axes, [float(place) for place in places], names)
    axes.set_xlim(-0.5, len(names) - 0.5)
    if max(map(len, names)) > SHORT:
        axes.tick_params(axis="x", labelrotation=20)
    axes.set_ylabel(
        "log-likelihood a pair\n" + ("over closure none" if gains else "of the observables")
    )
    return axes


def _whiteness(data: xr.Dataset) -> Axes:
    left, right = _grid(1, 2)[0]
    _lines(left, data, "autocorrelation", "lag", "component", data["lag"].values)
    _lines(right, data, "residual_mean_by_step", "step", "component", data["step"].values)
    for axes in (left, right):
        axes.axhline(0.0, color=INK, linewidth=0.8)
    left.set_xlabel("lag (steps of dt)")
    left.set_ylabel("autocorrelation\nof residuals")
    right.set_xlabel("step from a training snapshot")
    right.set_ylabel("mean residual\n(standard deviations)")
    left.legend()
    return left


def _lines(
    axes: Axes, data: xr.Dataset, name: str, along: str, each: str, places: Any, scale: float = 1.0
) -> None:
    """One line with error bars for each entry of a dimension, set a little apart."""
    entries = data[each].values.tolist()
    spacing = 0.02 * (float(np.max(places)) - float(np.min(places)))
    for index, entry in enumerate(entries):
        values, errors = (
            scale * data[key].sel({each: entry}).transpose(along).values
            for key in (name, f"{name}_error")
        )
        nudge = spacing * (index - 0.5 * (len(entries) - 1))
        axes.errorbar(
            np.asarray(places) + nudge, values, yerr=errors, capsize=2.5, elinewidth=1.1,
            label=plain(f"{entry:g}" if isinstance(entry, float) else entry), **style_of(index),
        )  # fmt: skip
    if along == "halo":
        name_ticks(axes, [float(place) for place in places], [str(place) for place in places])
    axes.grid(color=FLOOR, alpha=0.3)


def _grid(rows: int, columns: int) -> list[list[Axes]]:
    size = (max(5.8, 3.1 * columns + 0.6), 2.5 * rows + 0.7)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    return [list(row) for row in axes]
