from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure

from macropatch.report.figures import NothingToDrawError, draw_snapshots, to_svg
from macropatch.report.figures.appearance import PALETTE
from macropatch.report.gallery import draw_all
from macropatch.report.page import inline
from macropatch.report.plugin import macropatch_figures


def crystal(cells=4, vacancies=()):
    """Body-centred cubic, Nb at the corners and Mo in the middles."""
    atoms = bulk("Nb", "bcc", 3.3, cubic=True).repeat((cells, cells, cells))
    atoms.symbols[1::2] = "Mo"
    atoms.symbols[list(vacancies)] = "X"
    return atoms


def drawn(panel):
    (circles,) = [one for one in panel.collections if isinstance(one, EllipseCollection)]
    return circles


@pytest.fixture
def pictured(results):
    return replace(results, structures={"cold": crystal(), "hot $1": crystal(vacancies=(0, 9))})


def test_one_panel_a_structure_with_two_layers(pictured):
    axes = draw_snapshots(pictured)
    assert [panel.get_title(loc="left") for panel in axes.child_axes] == ["cold", r"hot \$1"]
    (circles, panel) = (drawn(axes.child_axes[0]), axes.child_axes[0])
    assert len(circles.get_offsets()) == 2 * 16
    halves = np.rint(np.asarray(circles.get_offsets()) / 1.65)
    assert np.all(halves % 2 == 0, axis=1).sum() == np.all(halves % 2 == 1, axis=1).sum() == 16
    assert circles.get_rasterized()
    np.testing.assert_allclose(circles.get_widths(), 0.95 * 3.3 * np.sqrt(3) / 2)
    assert panel.get_xlabel() == "13.2 Å"


def test_a_species_has_one_colour_in_all_panels(pictured):
    only = replace(pictured, structures={"both": crystal(), "Nb": crystal()[::2]})
    axes = draw_snapshots(only)
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["Nb", "Mo"]  # by atomic number 41, 42
    for panel, count in zip(axes.child_axes, (2, 1), strict=True):
        colours = {tuple(colour) for colour in drawn(panel).get_facecolors()}
        assert len(colours) == count
    shared = drawn(axes.child_axes[1]).get_facecolors()[0]
    blue = tuple(int(PALETTE[0][i : i + 2], 16) / 255 for i in (1, 3, 5))
    np.testing.assert_allclose(shared[:3], blue)


def test_layers_with_most_vacancies_are_shown_and_those_ringed(pictured):
    panel = draw_snapshots(pictured).child_axes[1]
    (rings,) = panel.lines
    vacancies = crystal(vacancies=(0, 9)).positions[[0, 9]]  # heights 0 and half a cell
    np.testing.assert_allclose(np.column_stack(rings.get_data()), vacancies[:, :2])
    assert len(drawn(panel).get_offsets()) == 2 * 16 - 2
    legend = [text.get_text() for text in draw_snapshots(pictured).get_legend().get_texts()]
    assert legend[-1] == "vacancy"


def test_a_structure_without_layers_and_a_single_atom(results):
    rng = np.random.default_rng(0)
    melt = Atoms("Nb60", positions=10.0 * rng.random((60, 3)), cell=[10.0] * 3)
    melt.positions[:, 2] = 0.15 * np.arange(60)  # nowhere a gap
    both = replace(results, structures={"melt": melt, "one": Atoms("Ta", cell=[3.0] * 3)})
    first, second = draw_snapshots(both).child_axes
    assert len(drawn(first).get_offsets()) == 60
    assert len(drawn(second).get_offsets()) == 1


def test_files_are_small_and_the_same_each_time(pictured):
    svg = to_svg(draw_snapshots(pictured))
    assert svg == to_svg(draw_snapshots(pictured))
    big = to_svg(draw_snapshots(replace(pictured, structures={"big": crystal(20)})))
    assert len(big) < 4e5
    assert "data:image/png" in inline(big, "snapshots")


def test_left_out_without_structures(results, pictured):
    with pytest.raises(NothingToDrawError):
        draw_snapshots(results)
    figure = [one for one in macropatch_figures() if one.name == "snapshots"]
    assert list(draw_all(results, figure)) == []
    assert list(draw_all(pictured, figure)) == ["snapshots"]
    axes = Figure().subplots()
    assert draw_snapshots(pictured, ax=axes) is axes
