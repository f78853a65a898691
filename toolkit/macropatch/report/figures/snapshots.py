"""Snapshots as pictures: two layers of each structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from scipy.spatial import cKDTree

from macropatch.contract.results import Results
from macropatch.report.figures.appearance import (
    INK,
    PALETTE,
    NothingToDrawError,
    axes_or_new,
    plain,
    styled,
)

if TYPE_CHECKING:
    from ase import Atoms

COLUMNS = 3
GAP = 0.04
"""Between panels, as a share of the figure's width."""

BETWEEN_LAYERS = 0.2
"""Atoms are of two layers where no atom lies in between for so long, Å."""

DIAMETER = 0.95
"""Of an atom, in distances between nearest neighbours."""

VACANCY = 0
"""Atomic number of ASE's ``X``."""

DOTS_PER_INCH = 200
RING: dict[str, Any] = {
    "color": INK,
    "linestyle": "none",
    "marker": "o",
    "markeredgewidth": 1.4,
    "markerfacecolor": "none",
    "markersize": 7.0,
}
"""Of a vacancy."""


@styled
def draw_snapshots(results: Results, ax: Axes | None = None) -> Axes:
    """Two neighbouring layers of each structure from above, atoms coloured by species.

    Layers lie across the third axis: those with most vacancies, which are ringed, else the
    uppermost. Atoms are drawn as pixels, so that the file stays small. ``ax`` only gives the place:
    panels are insets.
    """
    if not results.structures:
        raise NothingToDrawError("the results hold no structures")
    structures = {label: _layers(atoms) for label, atoms in results.structures.items()}
    columns = min(COLUMNS, len(structures))
    rows = -(-len(structures) // columns)
    axes = axes_or_new(ax, 2.9 * columns, 3.2 * rows)
    if ax is None and (figure := axes.get_figure(root=True)) is not None:
        figure.set_dpi(DOTS_PER_INCH)
    axes.set_axis_off()
    numbers = sorted({int(n) for atoms in structures.values() for n in atoms.numbers} - {VACANCY})
    width, height = (1.0 - GAP * (columns - 1)) / columns, 1.0 / rows
    for order, (label, atoms) in enumerate(structures.items()):
        row, column = divmod(order, columns)
        place = (column * (width + GAP), 1.0 - height * (row + 1), width, 0.84 * height)
        panel = axes.inset_axes(place)
        _draw_atoms(panel, atoms, numbers)
        panel.set_title(plain(label), loc="left", pad=3)
    _draw_key(axes, structures, numbers, rows)
    return axes


def _layers(atoms: Atoms) -> Atoms:
    """The two layers to draw, the upper one last."""
    order = np.argsort(atoms.positions[:, 2], kind="stable")
    heights = atoms.positions[order, 2]
    layer = np.concatenate([[0], np.cumsum(np.diff(heights) > BETWEEN_LAYERS)])
    vacancies = np.bincount(layer, atoms.numbers[order] == VACANCY)
    both = vacancies[:-1] + vacancies[1:]
    lower = len(both) - 1 - int(np.argmax(both[::-1])) if len(both) else 0
    drawn: Atoms = atoms[order[(layer == lower) | (layer == lower + 1)]]
    return drawn


def _draw_atoms(panel: Axes, atoms: Atoms, numbers: list[int]) -> None:
    present = atoms.numbers != VACANCY
    places: Float[np.ndarray, "atoms 2"] = atoms.positions[:, :2]
    species: Int[np.ndarray, " atoms"] = np.searchsorted(numbers, atoms.numbers[present])
    diameter = _diameter(atoms.positions)
    panel.add_collection(
        EllipseCollection(
            widths=diameter,
            heights=diameter,
            angles=0.0,
            units="xy",
            offsets=places[present],
            offset_transform=panel.transData,
            facecolors=[PALETTE[index % len(PALETTE)] for index in species],
            edgecolors="white",
            linewidths=0.2,
            rasterized=True,
        )
    )
    panel.plot(*places[~present].T, **RING)
    low, high = places.min(axis=0) - diameter, places.max(axis=0) + diameter
    panel.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal", xticks=[], yticks=[])
    panel.set_xlabel(f"{float(np.linalg.norm(atoms.cell[0])) or high[0] - low[0]:.3g} Å")
    panel.grid(visible=False)
    for spine in panel.spines.values():
        spine.set_visible(False)


def _diameter(positions: Float[np.ndarray, "atoms 3"]) -> float:
    if len(positions) < 2:
        return DIAMETER
    apart, _ = cKDTree(positions).query(positions, k=2)
    return DIAMETER * float(np.median(apart[:, 1]))


def _draw_key(axes: Axes, structures: dict[str, Atoms], numbers: list[int], rows: int) -> None:
    symbols = {
        int(number): symbol
        for atoms in structures.values()
        for number, symbol in zip(atoms.numbers, atoms.get_chemical_symbols(), strict=True)
    }
    for index, number in enumerate(numbers):
        axes.plot(
            [],
            [],
            color=PALETTE[index % len(PALETTE)],
            label=symbols[number],
            linestyle="none",
            marker="o",
            markersize=8.0,
        )
    if VACANCY in symbols:
        axes.plot([], [], label="vacancy", **RING)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0 - 0.06 / rows), ncols=len(numbers) + 1)
