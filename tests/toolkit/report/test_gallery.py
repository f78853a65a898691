import pytest

from macropatch.contract import API_VERSION, FigureRecord
from macropatch.report.gallery import draw_all
from macropatch.report.plugin import macropatch_figures


def failing(results, ax=None):
    raise RuntimeError("no such column")


def returns_nothing(results, ax=None):
    return None


def record(name, draw):
    return FigureRecord(name, "a stranger's", API_VERSION, lambda: draw)


def test_all_built_in_figures(results):
    assert list(draw_all(results, macropatch_figures())) == [
        "test_error",
        "mmd",
        "mmd_over_time",
        "trajectories",
        "standard_deviation",
        "stationary",
        "cost",
        "drift_and_diffusion",
    ]


def test_variants_for_further_observables(small_results):
    drawn = draw_all(small_results, macropatch_figures())
    assert {"trajectories", "trajectories_walls", "phase_portrait", "cost"} <= set(drawn)
    assert "cost_walls" not in drawn


@pytest.mark.parametrize("draw", [failing, returns_nothing])
def test_a_failing_figure_is_reported_and_the_rest_goes_on(results, draw):
    told = []
    records = [record("strange", draw), *macropatch_figures()]
    drawn = draw_all(results, records, providers={"strange": "their-plugin"}, warn=told.append)
    assert len(drawn) == 8
    (message,) = told
    assert message.startswith("figure 'strange' of their-plugin was left out: ")


def test_without_a_provider_the_module_is_named(results):
    with pytest.warns(UserWarning, match=r"figure 'strange' of module '.*test_gallery'"):
        assert draw_all(results, [record("strange", failing)]) == {}


def test_a_factory_that_fails_is_isolated_too(results):
    def factory():
        raise ImportError("no module named plotter")

    told = []
    draw_all(results, [FigureRecord("far", "", API_VERSION, factory)], warn=told.append)
    assert "ImportError: no module named plotter" in told[0]


def test_names_are_fit_for_files(make_results):
    results = make_results(names=("m", "a/../b"), runs=20, sizes=(64,), schemes=("partial",))
    assert all("/" not in name for name in draw_all(results, macropatch_figures()))
