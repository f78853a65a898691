"""What the result cost."""

from __future__ import annotations

from matplotlib.axes import Axes

from macropatch.contract.results import Results
from macropatch.report.figures.appearance import (
    INK,
    PALETTE,
    NothingToDrawError,
    axes_or_new,
    plain,
    styled,
)
from macropatch.report.labels import description, telling_apart, without_single_seeds

NAMES = {"ours": "our method, total", "direct": "direct simulation"}
COLOURS = {"ours": PALETTE[0], "direct": PALETTE[1]}


@styled
def draw_cost(results: Results, ax: Axes | None = None) -> Axes:
    """Core seconds of each stage, then of all of them beside direct simulation."""
    bars = [
        (plain(stage), seconds, PALETTE[5])
        for stage, seconds in results.seconds.items()
        if seconds > 0.0
    ]
    totals = without_single_seeds(m for m in results.metrics if m.name == "cost_seconds")
    for metric in totals:
        of = str(metric.labels.get("of", "ours"))
        apart = telling_apart([other for other in totals if other.labels.get("of", "ours") == of])
        rest = description(metric.labels, apart)
        name = NAMES.get(of, of) + (f", {rest}" if rest else "")
        if metric.value > 0.0:
            bars.append((plain(name), metric.value, COLOURS.get(of, PALETTE[2])))
    if not bars:
        raise NothingToDrawError("no stage reports its seconds")
    axes = axes_or_new(ax, height=0.9 + 0.34 * len(bars))
    places = range(len(bars))
    axes.barh(places, [seconds for _, seconds, _ in bars], color=[bar[2] for bar in bars])
    axes.set_yticks(places, [name for name, _, _ in bars])
    axes.invert_yaxis()
    axes.set_xlim(0.0, 1.15 * max(seconds for _, seconds, _ in bars))
    for place, (_, seconds, _) in zip(places, bars, strict=True):
        axes.annotate(f" {seconds:.3g}", (seconds, place), va="center", fontsize=9, color=INK)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("core seconds")
    return axes
