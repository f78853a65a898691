"""Maximum mean discrepancy at each time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import matplotlib as mpl
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from macropatch.contract.results import Evaluation, Results
from macropatch.measures.mmd import mmd_at_times
from macropatch.measures.variance_ratio import numeric_lambda
from macropatch.report.figures.appearance import (
    FLOOR,
    PALETTE,
    axes_or_new,
    plain,
    style_of,
    styled,
    with_unit,
)
from macropatch.report.figures.floor import FLOOR_NAME
from macropatch.report.figures.headline import alike_but, headline_evaluation, spaced
from macropatch.report.labels import same_settings, shown

MOST_RECORDS = 40
MOST_LAMBDAS = 7
NOTHING = 1e-9
"""Starts that are equal for all runs have no discrepancy, which a logarithmic axis cannot show."""

Seeds = dict[Any, Evaluation]
"""Seed → evaluation."""


@styled
def draw_mmd_over_time(results: Results, ax: Axes | None = None) -> Axes:
    """MMD of the observables at each time, the mean over initial states and seeds.

    One line a ``λ`` under the headline's other settings, one for each other scheme, and the floor:
    direct simulation against itself.
    """
    first = headline_evaluation(results)
    ours, rivals = _lines(results.evaluations, first)
    records = spaced(first.truth.sizes["time"], MOST_RECORDS)
    time = np.asarray(first.truth["time"].values)[records]
    floor = _over_seeds(next(iter(ours.values())), records, again=True)
    axes = axes_or_new(ax, height=4.4)
    axes.set_yscale("log")
    axes.fill_between(time, 0.0, floor, color=FLOOR, alpha=0.3, linewidth=0)
    axes.plot(time, floor, color=FLOOR, linewidth=1.4, label=FLOOR_NAME)
    lowest = [floor]
    for (name, seeds), look in zip(ours.items(), _looks(ours.values()), strict=True):
        lowest.append(_over_seeds(seeds, records))
        axes.plot(time, lowest[-1], label=plain(name), **look)
    for index, (scheme, seeds) in enumerate(rivals.items()):
        look = {"color": style_of(index, scheme)["color"], "linestyle": (0, (5, 2))}
        axes.plot(time, _over_seeds(seeds, records), label=plain(scheme), **look)
    axes.set_ylim(bottom=0.5 * min(float(np.nanmedian(values)) for values in lowest))
    axes.set_xlim(time[0], time[-1])
    axes.set_xlabel(with_unit("time", results.time_unit))
    axes.set_ylabel("MMD of the observables")
    count = len(next(iter(ours.values())))
    axes.set_title(f"means of {count} seeds" if count > 1 else "", loc="left")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=4, columnspacing=1.2)
    return axes


def _lines(
    evaluations: Iterable[Evaluation], first: Evaluation
) -> tuple[dict[str, Seeds], dict[str, Seeds]]:
    """Evaluations by ``λ`` at the headline's settings, and of other schemes, each by seed."""
    ours: dict[str, Seeds] = {}
    rivals: dict[str, Seeds] = {}
    scheme = shown(first.labels.get("scheme"))
    for one in evaluations:
        seed, its_scheme = one.labels.get("seed"), shown(one.labels.get("scheme"))
        if alike_but(("lambda", "seed"), one.labels, first.labels):
            lambda_ = one.labels.get("lambda")
            equals = "" if numeric_lambda(one.labels) is None else "= "
            ours.setdefault(f"λ {equals}{shown(lambda_)}", {})[seed] = one
        elif its_scheme != scheme and same_settings(one.labels, first.labels):
            rivals.setdefault(its_scheme, {}).setdefault(seed, one)
    if len(ours) == 1:
        return {scheme: next(iter(ours.values()))}, rivals
    names = sorted(ours, key=lambda name: _number(ours[name]))  # what is no number comes first
    return {names[i]: ours[names[i]] for i in spaced(len(names), MOST_LAMBDAS)}, rivals


def _number(seeds: Seeds) -> float:
    """``λ``, or 0 where it is no number."""
    return numeric_lambda(next(iter(seeds.values())).labels) or 0.0


def _looks(lines: Iterable[Seeds]) -> list[dict[str, Any]]:
    """Numbers along a scale of colours, from small to large; others in the headline's own."""
    numbers = [_number(seeds) for seeds in lines]
    swept = sum(number > 0.0 for number in numbers)
    shades = iter(mpl.colormaps["viridis_r"](np.linspace(0.12, 0.95, max(swept, 1))))
    own = {"color": PALETTE[0], "linewidth": 2.4}
    return [
        {"color": next(shades), "linewidth": 1.5} if number > 0.0 and len(numbers) > 1 else own
        for number in numbers
    ]


def _over_seeds(
    seeds: Seeds, records: np.ndarray, again: bool = False
) -> Float[np.ndarray, " records"]:
    curves = []
    for one in seeds.values():
        compared = one.truth_again if again else one.predicted
        curves.append(mmd_at_times(compared.values, one.truth.values, records))
    mean = np.mean(curves, axis=0)
    return np.where(mean > NOTHING, mean, np.nan)
