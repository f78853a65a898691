"""Registers the measures. Their modules are imported when a measure is first used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from macropatch.contract import API_VERSION, MeasureRecord, hookimpl

if TYPE_CHECKING:
    from macropatch.contract.results import Evaluation, Metric

MEASURES = {
    "test_error": "relative error of mean trajectories against the statistical floor",
    "standard_deviation": "standard deviation in equilibrium, and its ratio to direct simulation",
    "mean": "mean in equilibrium, beside direct simulation",
    "relaxation": "distance of mean paths and time to 90 % of the way, from each start",
    "mmd": "maximum mean discrepancy of the trajectories",
    "stationary": "mean and standard deviation of stationary ensembles at each condition",
    "autocorrelation": "integrated autocorrelation times of late predictions and direct runs",
    "critical": "order parameter, susceptibility and Binder cumulant of stationary ensembles",
}
ELSEWHERE = {"stationary": "ensembles", "critical": "ensembles", "autocorrelation": "memory"}
"""Modules of measures that are not in ``evaluations``."""


def _factory(name: str) -> Callable[[], Callable[[Evaluation], list[Metric]]]:
    def load() -> Callable[[Evaluation], list[Metric]]:
        module = import_module(f"macropatch.measures.{ELSEWHERE.get(name, 'evaluations')}")
        measure: Callable[[Evaluation], list[Metric]] = getattr(module, f"measure_{name}")
        return measure

    return load


@hookimpl
def macropatch_measures() -> Iterable[MeasureRecord]:
    """The built-in measures."""
    for name, summary in MEASURES.items():
        of_ensembles = ELSEWHERE.get(name) == "ensembles"
        yield MeasureRecord(name, summary, API_VERSION, _factory(name), stationary=of_ensembles)
