from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from order_evaluations import PAIRS, orders
from order_results import FITTED, order_results

from macropatch.contract.results import Metric
from macropatch.measures import relaxation_time
from macropatch.report.figures import NothingToDrawError, to_svg
from macropatch.report.gallery import draw_all
from macropatch_alloy.figures.order_by_size import draw_order_by_size
from macropatch_alloy.figures.order_by_temperature import draw_order_by_temperature
from macropatch_alloy.figures.order_paths import draw_order_paths
from macropatch_alloy.figures.points import SOURCES, UNSETTLED, order_records
from macropatch_alloy.plugin import FIGURES, macropatch_figures

ALL = [draw_order_by_temperature, draw_order_by_size, draw_order_paths]


@pytest.fixture(scope="module")
def results():
    return order_results()


def marks(panel, marker, colour=None):
    """Places and values of what is drawn with a marker, grey or not."""
    found = [
        np.column_stack([line.get_xdata(), line.get_ydata()]).astype(float)
        for line in panel.lines
        if line.get_marker() == marker and colour in (None, line.get_color())
    ]
    return np.concatenate(found) if found else np.empty((0, 2))


def test_registered_figures_draw_their_names_the_same_each_time(results):
    told = []
    drawn = draw_all(results, macropatch_figures(), warn=told.append)
    assert list(drawn) == list(FIGURES)
    assert not told
    assert drawn["order_by_temperature"] == to_svg(draw_order_by_temperature(results))


@pytest.mark.parametrize("draw", ALL)
def test_draws_on_given_axes(draw, results):
    axes = Figure().subplots()
    assert draw(results, ax=axes) is axes


@pytest.mark.parametrize("draw", ALL)
def test_results_without_order_have_nothing_to_draw(draw, results):
    with pytest.raises(NothingToDrawError):
        draw(replace(results, evaluations=(), metrics=(Metric("mean", 1.0),)))


def test_each_pair_against_temperature(results):
    axes = draw_order_by_temperature(results)
    panels = axes.child_axes
    assert [panel.get_ylabel() for panel in panels] == [f"δ {pair}" for pair in PAIRS]
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == [*SOURCES.values(), UNSETTLED]
    for index, panel in enumerate(panels):
        ours, cited = marks(panel, "o"), marks(panel, "D")
        expected = np.array([orders(temperature)[index] for temperature in FITTED])
        np.testing.assert_array_equal(ours[:, 0], FITTED)
        np.testing.assert_allclose(ours[:, 1], expected, atol=0.01)
        np.testing.assert_allclose(cited[:, 1], 0.9 * expected)


def test_what_is_in_no_equilibrium_is_grey(results):
    grey = [
        set(marks(draw_order_by_temperature(results).child_axes[4], marker, "#9aa5b1")[:, 0])
        for marker in "os^x"
    ]
    assert grey == [set(), {1000.0}, {700.0, 1000.0}, set()]


def test_first_size_and_scheme_against_temperature(results):
    records = order_records(results, "delta")
    assert {tuple(one.labels["large.size"]) for one in records} == {(8192,)}
    other = [replace(m, labels={**m.labels, "scheme": "naive"}) for m in results.metrics]
    both = replace(results, metrics=(*results.metrics, *other))
    assert order_records(both, "delta") == records


def test_of_several_seeds_the_means():
    labels = {"pair": "NbMo", "temperature": 1.0, "source": "sde"}
    single = [Metric("delta", value, 0.1, {**labels, "seed": value}) for value in (1.0, 3.0)]
    mean = Metric("delta", 2.0, 0.1, {**labels, "seeds": 2})
    results = replace(order_results((8192,)), metrics=(*single, mean))
    assert order_records(results, "delta") == [mean]


def test_against_size_at_the_temperature_with_most_published(results):
    axes = draw_order_by_size(results)
    assert axes.get_title(loc="left") == "At 1600 K"  # all are alike: the middle one
    only = tuple(
        replace(m, published=m.published if m.labels.get("temperature") == 3000.0 else None)
        for m in results.metrics
    )
    axes = draw_order_by_size(replace(results, metrics=only))
    assert axes.get_title(loc="left") == "At 3000 K"
    assert draw_order_by_size(results, temperature=1200.0).get_title(loc="left") == "At 1200 K"
    with pytest.raises(NothingToDrawError, match="two sizes at 700 K"):
        draw_order_by_size(results, temperature=700.0)
    with pytest.raises(NothingToDrawError, match="two sizes"):
        draw_order_by_size(order_results((8192,)))


def test_spread_falls_with_the_root_of_size(results):
    panels = draw_order_by_size(results, temperature=2000.0).child_axes
    means, spreads = marks(panels[0], "o"), marks(panels[3], "o")
    np.testing.assert_allclose(means[:, 1], orders(2000.0)[0], atol=0.01)
    np.testing.assert_allclose(spreads[:, 1], 0.5 / np.sqrt([8192, 65536]), rtol=0.1)
    (law,) = [line for line in panels[3].lines if line.get_linestyle() == "--"]
    x, y = (np.asarray(some, dtype=float) for some in law.get_data())
    np.testing.assert_allclose(y * np.sqrt(x), 0.5, rtol=0.06)


def test_paths_in_seconds_with_the_time_to_nine_tenths(results):
    axes = draw_order_paths(results)
    panels = axes.child_axes
    assert len(panels) == 6  # of seven temperatures
    assert panels[0].get_title(loc="left") == "1000 K, not in equilibrium"
    assert marks(panels[0], "o").size == 0
    assert panels[-1].get_title(loc="left") == "3000 K"
    assert panels[-1].get_xlabel() == "time (s)"
    (evaluation, *_), pair = results.evaluations, PAIRS.index("MoMo")
    seconds = float(evaluation.truth["physical_time"].values[-1])
    times = seconds * evaluation.truth["time"].values
    expected = [
        relaxation_time(runs.values[-1, ..., pair], times).value
        for runs in (evaluation.predicted, evaluation.truth)
    ]
    for marker, value in zip("os", expected, strict=True):
        assert marks(panels[-1], marker)[pair, 0] == pytest.approx(value)
    # e-fold in one time unit: ln 10 of them, give or take the noise
    np.testing.assert_allclose(expected, np.log(10.0) * seconds, rtol=0.1)


def test_paths_from_the_least_ordered_start(results):
    (first, *_) = results.evaluations
    truth = first.truth.isel(start=[6, 6])
    truth = truth.copy(data=truth.values + np.array([0.3, 0.0])[:, None, None, None])
    predicted = first.predicted.isel(start=[6, 6])
    both = replace(first, truth=truth, predicted=predicted)
    (panel,) = draw_order_paths(replace(results, evaluations=(both,))).child_axes
    dashed = [line for line in panel.lines if line.get_linestyle() == "--"]
    assert len(dashed) == len(PAIRS)
    np.testing.assert_allclose(dashed[0].get_ydata(), truth.values[1, :, 1:, 0].mean(axis=0))
