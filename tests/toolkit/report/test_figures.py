import inspect
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from macropatch.contract.results import Metric
from macropatch.report.figures import NothingToDrawError, to_svg
from macropatch.report.plugin import macropatch_figures

EVERY = {record.name: record for record in macropatch_figures()}
ELSEWHERE = {"scaling_laws", "finite_size_collapse", "snapshots"}
"""Tested with results of their own in ``test_critical_figures``, ``test_snapshots_figure``."""

RECORDS = {name: record for name, record in EVERY.items() if name not in ELSEWHERE}
OF_AN_OBSERVABLE = sorted(
    name
    for name, record in RECORDS.items()
    if "observable" in inspect.signature(record.factory()).parameters
)
OF_ONE = sorted(set(RECORDS) - {"phase_portrait"})
"""Figures that one observable is enough for."""


def draw(name, *args, **kwargs):
    return EVERY[name].factory()(*args, **kwargs)


def texts(axes):
    """All text of an axes and its insets."""
    found = [axes.get_xlabel(), axes.get_ylabel(), axes.get_title(loc="left")]
    for panel in (axes, *axes.child_axes):
        found += [panel.get_xlabel(), panel.get_ylabel()]
        legend = panel.get_legend()
        found += [text.get_text() for text in legend.get_texts()] if legend else []
        found += [label.get_text() for label in panel.get_xticklabels()]
    return found


@pytest.mark.parametrize("name", OF_ONE)
def test_draws_its_own_figure(results, name):
    svg = to_svg(draw(name, results))
    assert svg.count("<svg") == 1
    assert "<dc:date>" not in svg


@pytest.mark.parametrize("name", OF_ONE)
def test_draws_on_given_axes(results, name):
    axes = Figure().subplots()
    assert draw(name, results, ax=axes) is axes


@pytest.mark.parametrize("name", RECORDS)
def test_one_patch_size_draws_without_a_sweep(small_results, name):
    to_svg(draw(name, small_results))


@pytest.mark.parametrize("name", OF_AN_OBSERVABLE)
def test_further_observables(small_results, name):
    first = to_svg(draw(name, small_results))
    assert to_svg(draw(name, small_results, observable="walls")) != first
    with pytest.raises(ValueError, match="no observable 'spin'; there are: m, walls"):
        draw(name, small_results, observable="spin")


@pytest.mark.parametrize("name", RECORDS)
def test_equal_results_give_equal_svg(small_results, name):
    assert to_svg(draw(name, small_results)) == to_svg(draw(name, small_results))


@pytest.mark.parametrize("name", EVERY)
def test_empty_results_have_nothing_to_draw(results, name):
    empty = replace(results, evaluations=(), metrics=(), functions=(), seconds={})
    with pytest.raises(NothingToDrawError):
        draw(name, empty)


def test_test_error_shows_schemes_floor_and_published_values(results):
    axes = draw("test_error", results)
    entries = [text.get_text() for text in axes.get_legend().get_texts()]
    assert entries[:3] == ["partial", "published", "naive"]
    assert entries[3:] == ["hollow: published value", "statistical floor"]
    assert axes.get_yscale() == "log"
    hollow = [line for line in axes.lines if line.get_label() == "_published"]
    assert sorted(hollow[0].get_ydata()) == [4.05e-4, 7.85e-4, 1.06e-3, 4.38e-3]
    more = draw("test_error", results, trajectories=60)
    assert "means of 60 trajectories" in more.get_title(loc="left")


def test_a_lambda_that_follows_from_patch_size_does_not_break_lines_up(results):
    metrics = tuple(
        replace(m, labels={**m.labels, "lambda": 4000.0 / m.labels["patch_size"]})
        for m in results.metrics
        if m.name == "test_error"
    )
    axes = draw("test_error", replace(results, metrics=metrics))
    assert [text.get_text() for text in axes.get_legend().get_texts()][:3] == [
        "partial",
        "published",
        "naive",
    ]


def test_exact_functions_are_named_an_oracle(results):
    axes = draw("drift_and_diffusion", results)
    assert "exact, not used in training" in texts(axes)
    assert any("attempts per site" in text for text in texts(axes))


def test_values_that_are_not_finite_are_left_out(results):
    labels = {"observable": "m", "scheme": "partial", "patch_size": 64, "trajectories": 20}
    broken = Metric("test_error", float("nan"), None, labels)
    to_svg(draw("test_error", replace(results, metrics=(*results.metrics, broken))))


def test_tuples_of_edges_are_sizes(results):
    metrics = tuple(
        replace(m, labels={**m.labels, "patch_size": (int(np.sqrt(m.labels["patch_size"])),) * 2})
        for m in results.metrics
        if m.name == "test_error"
    )
    axes = draw("test_error", replace(results, metrics=metrics))
    axes.get_figure().draw_without_rendering()
    assert "8 × 8" in texts(axes)


def test_drawing_leaves_global_settings_alone():
    code = (
        "import sys, matplotlib; before = matplotlib.rcParams.copy();"
        "from macropatch.report.figures import draw_cost, to_svg;"
        "from macropatch.contract.results import Results;"
        "to_svg(draw_cost(Results('x', (), (), (), {}, '', {'fit': 1.0})));"
        "assert matplotlib.rcParams.copy() == before;"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_listing_imports_no_heavy_module():
    code = (
        "import sys, macropatch.report.plugin as plugin; list(plugin.macropatch_figures());"
        "heavy = {'torch', 'numba', 'xarray', 'scipy', 'matplotlib', 'jinja2'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
