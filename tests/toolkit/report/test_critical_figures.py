from dataclasses import replace

import numpy as np
import pytest
from ensemble_records import CRITICAL, EDGES, ensemble_metrics, ensemble_results
from matplotlib.figure import Figure

from macropatch.contract.results import Metric
from macropatch.report.figures import (
    NothingToDrawError,
    draw_finite_size_collapse,
    draw_scaling_laws,
    to_svg,
)
from macropatch.report.gallery import draw_all
from macropatch.report.plugin import macropatch_figures

BOTH = [draw_scaling_laws, draw_finite_size_collapse]
SLOPES = (0.631, 1.282, 1.830, 2.844)


@pytest.fixture(scope="module")
def metrics():
    return ensemble_metrics()


def legend_of(panel):
    return [text.get_text().replace("\u00a0", " ") for text in panel.get_legend().get_texts()]


def drawn_points(panel, container):
    """Positions and values of the error bars drawn so many-th."""
    line = panel.containers[container].lines[0]
    return np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)


def test_both_are_drawn_by_name_where_there_are_records(metrics):
    drawn = draw_all(ensemble_results(metrics), macropatch_figures())
    assert list(drawn) == ["scaling_laws", "finite_size_collapse"]


@pytest.mark.parametrize("draw", BOTH)
def test_draws_on_given_axes_the_same_each_time(draw, metrics):
    axes = Figure().subplots()
    assert draw(ensemble_results(metrics), ax=axes) is axes
    once, again = (to_svg(draw(ensemble_results(metrics))) for _ in range(2))
    assert once == again


@pytest.mark.parametrize("draw", BOTH)
def test_results_of_other_studies_have_nothing_to_draw(draw, results):
    with pytest.raises(NothingToDrawError):
        draw(results)


def test_four_sources_beside_one_another(metrics):
    axes = draw_scaling_laws(ensemble_results(metrics))
    assert axes.get_title(loc="left") == "At T = 2.269185"
    order, chi, slope = axes.child_axes
    assert legend_of(order) == [
        "ours, exponent −0.115 ± 0.020",
        "direct simulation, exponent −0.115 ± 0.020",
        "published, exponent −0.1200",
        "exact, exponent −0.1250",
    ]
    assert legend_of(chi)[2:] == ["published, exponent 1.792", "exact, exponent 1.750"]
    assert legend_of(slope)[2:] == ["published, exponent 1.055", "exact, exponent 1.000"]


def test_points_are_interpolated_to_the_critical_temperature(metrics):
    order, _, slope = draw_scaling_laws(ensemble_results(metrics)).child_axes
    edges, values = drawn_points(order, 0)
    np.testing.assert_allclose(edges, EDGES, rtol=0.02)
    np.testing.assert_allclose(values, np.array(EDGES) ** -0.125, rtol=0.01)
    # 128 has one temperature: drawn pale, and no slope
    assert drawn_points(order, 1)[1].size == 1
    assert order.containers[1].lines[0].get_alpha() < 1.0
    _, slopes = drawn_points(slope, 0)
    np.testing.assert_allclose(slopes, 0.09 * np.array(EDGES) / CRITICAL, rtol=0.15)


def test_exponents_without_records_are_fitted(metrics):
    bare = [metric for metric in metrics if metric.name != "exponent"]
    axes = draw_scaling_laws(ensemble_results(bare), critical_temperature=CRITICAL)
    ours, direct = legend_of(axes.child_axes[1])
    assert ours.startswith("ours, exponent 1.7")
    assert direct.startswith("direct simulation, exponent 1.7")
    assert "±" in ours
    # without a word on the critical temperature, the median one
    assert draw_scaling_laws(ensemble_results(bare)).get_title(loc="left") == "At T = 2.27"


def test_cited_figures_are_points_of_their_own(metrics):
    slopes = [
        Metric("binder_slope", -value, 0.01, {"size": edge, "source": "sde"}, published=-value)
        for edge, value in zip(EDGES, SLOPES, strict=True)
    ]
    slope = draw_scaling_laws(ensemble_results([*metrics, *slopes])).child_axes[2]
    assert [text.split(",")[0] for text in legend_of(slope)] == [
        "ours",
        "direct simulation",
        "published",
        "exact",
    ]
    # each source is drawn twice, at the critical temperature and near it
    np.testing.assert_allclose(drawn_points(slope, 4)[1], SLOPES)
    np.testing.assert_allclose(drawn_points(slope, 0)[1], SLOPES)


def test_tuples_of_edges_and_further_labels_make_series():
    def relabelled(metric, scheme, bias):
        ratio = bias + metric.labels["size"][0] * metric.labels["temperature"]
        return replace(metric, labels={**metric.labels, "scheme": scheme, "lambda": ratio})

    points = [m for m in ensemble_metrics(("sde",), tuples=True) if m.name != "exponent"]
    partial = [relabelled(metric, "partial", 0.0) for metric in points]
    naive = [relabelled(metric, "naive", 1.0) for metric in points]
    axes = draw_scaling_laws(ensemble_results([*partial, *naive]))
    assert [name.split(", exp")[0] for name in legend_of(axes.child_axes[0])][:2] == [
        "ours, partial",
        "ours, naive",
    ]
    np.testing.assert_allclose(drawn_points(axes.child_axes[0], 0)[0], EDGES, rtol=0.02)


def test_collapsed_points_lie_on_one_curve(metrics):
    axes = draw_finite_size_collapse(ensemble_results(metrics))
    order, chi, binder = axes.child_axes
    assert order.get_ylabel() == "⟨|m|⟩ · $L^{0.125}$"
    assert chi.get_ylabel() == "χ · $L^{-1.75}$"
    assert binder.get_ylabel() == "U"
    for edge in range(len(EDGES)):
        x, y = drawn_points(order, edge)
        np.testing.assert_allclose(y, 1.0 - 0.45 * x - 0.08 * x**2, rtol=0.013)
    assert legend_of(order)[-2:] == ["ours", "direct simulation"]
    quality = order.get_title(loc="right")
    assert quality.startswith("ours: χ²/16 = ")


def test_the_wrong_exponents_show_in_the_quality(metrics):
    wrong = [
        replace(m, value=1.2) if m.labels.get("observable") == "chi" else m
        for m in metrics
        if m.labels.get("source") != "exact" or m.labels.get("observable") == "chi"
    ]
    chi = draw_finite_size_collapse(ensemble_results(wrong)).child_axes[1]
    assert float(chi.get_title(loc="right").split(" = ")[1].split(",")[0]) > 10.0


def test_without_exponents_there_is_no_collapse(metrics):
    bare = [metric for metric in metrics if metric.name != "exponent"]
    with pytest.raises(NothingToDrawError, match="no curve whose exponents are known"):
        draw_finite_size_collapse(ensemble_results(bare))


def test_values_that_are_not_finite_are_left_out(metrics):
    labels = {"size": 16, "temperature": 2.26, "source": "sde"}
    broken = [Metric(name, float("nan"), None, labels) for name in ("abs_m", "chi", "binder")]
    for draw in BOTH:
        to_svg(draw(ensemble_results([*metrics, *broken])))
