"""What this plugin offers."""

from pathlib import Path

from macropatch.contract import (
    ClosureRecord,
    ExperimentRecord,
    FigureRecord,
    MeasureRecord,
    SDERecord,
    Surroundings,
    SystemExample,
    SystemRecord,
    hookimpl,
)
from macropatch_epidemic.settings import (
    EpidemicSettings,
    EpidemicStart,
    PairSettings,
    RidgeSettings,
)


def make_epidemic(settings):
    from macropatch_epidemic.system import Epidemic

    return Epidemic(settings)


def make_pairs(settings):
    from macropatch_epidemic.closure import Pairs

    return Pairs()


def make_ridge(settings, training, dimension, conditions, members):
    from macropatch_epidemic.sde import Ridge

    return Ridge(settings, dimension, conditions, members)


def load_measure():
    from macropatch_epidemic.looks import final_gap

    return final_gap


def load_figure():
    from macropatch_epidemic.looks import draw_last_records

    return draw_last_records


@hookimpl
def macropatch_systems():
    yield SystemRecord(
        name="epidemic",
        summary="contact process with imported cases on a square lattice",
        api_version=1,
        settings=EpidemicSettings,
        start=EpidemicStart,
        capabilities=frozenset({"cells", "cut", "drift_and_diffusion", "martingale"}),
        surroundings=("halo",),
        releases_gil=True,
        factory=make_epidemic,
        example=SystemExample(
            size=(16, 16), patch=(8, 8), cell=(4, 4), dt=0.1, surroundings=Surroundings("halo", 4)
        ),
    )


@hookimpl
def macropatch_closures():
    yield ClosureRecord("pairs", "share of infected pairs", 1, PairSettings, make_pairs)


@hookimpl
def macropatch_sde_models():
    yield SDERecord("ridge", "quadratic drift by ridge regression", 1, RidgeSettings, make_ridge)


@hookimpl
def macropatch_measures():
    yield MeasureRecord("final_gap", "gap of the last record's means", 1, load_measure)


@hookimpl
def macropatch_figures():
    yield FigureRecord("last_records", "Last records, predicted and true.", 1, load_figure)


@hookimpl
def macropatch_experiments():
    path = Path(__file__).parent / "epidemic.toml"
    yield ExperimentRecord("epidemic", "contact process on 32² sites from 8² patches", 1, path)
