"""Which tables a report has: the records that it is read for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from macropatch.contract.results import Metric, Results
from macropatch.measures.variance_ratio import expected_sd_ratio
from macropatch.report.labels import shown, telling_apart, without_single_seeds
from macropatch.report.numbers import number, seconds
from macropatch.report.tables import Cell, Table, by_source, compared, listed

EXPECTED = "expected √(K/λ)"
SPACES = {"observables": " of the observables", "all": " of observables and closures"}
"""Spaces of an MMD in words; they have no common scale and no common table."""

BY_SOURCE = {
    "delta": (
        "Short-range order",
        "pair",
        "temperature",
        "Excess of neighbours in equilibrium. swap: exchanges by Monte Carlo; kmc, pool: jumps of "
        "vacancies in the large and the small system.",
    ),
}
"""Name of records → title, label of which each table has one value, label along its rows, note."""


def headline_tables(results: Results) -> list[Table]:
    """Test errors and ratios of standard deviations, then MMD, likelihood, λ and cost."""
    return metric_tables(results.metrics)


def metric_tables(metrics: Iterable[Metric]) -> list[Table]:
    """The headline tables of any records. Of several seeds they show the means over them."""
    everything = list(metrics)
    metrics = without_single_seeds(everything)
    tables: list[Table] = []
    for key, group in _grouped(metrics, "test_error", ("observable", "trajectories")).items():
        note = "Relative squared error of mean trajectories. Floor: direct simulation against "
        title = f"Test error of {key[0]}, means of {key[1]} trajectories"
        tables.append(compared(title, note + "itself.", group))
    for key, group in _grouped(metrics, "sd_ratio", ("observable",)).items():
        note = "Equilibrium standard deviation, predicted over direct simulation; 1 is right."
        expected = [expected_sd_ratio(everything, metric.labels) for metric in group]
        note += " A wrong λ is expected to give √(K/λ)." if any(expected) else ""
        title = f"Standard deviation of {key[0]}, ratio"
        tables.append(compared(title, note, group, {EXPECTED: expected}))
    tables += _discrepancies(metrics)
    for name, (title, label, along, note) in BY_SOURCE.items():
        for key, group in _grouped(metrics, name, (label,)).items():
            tables.append(by_source(f"{title}: {key[0]}", note, group, along))
    for group in _grouped(metrics, "held_out_log_likelihood", ("space",)).values():
        if _tells_closures_apart(group):
            note = "Of a pair's change of the observables alone, in nats: the higher, the more "
            title = "Held-out log-likelihood by closure"
            tables.append(compared(title, note + "a closure knows.", group))
    for group in _grouped(metrics, "lambda_calibrated", ()).values():
        note = "Variance of one patch's noise over that of the whole system, as measured."
        tables.append(listed("Calibrated variance ratio λ", note, group))
    for group in _grouped(metrics, "control_variate", ()).values():
        note = "Coefficient of an observable's martingale in what the drift was fitted to; with 1 "
        note += "that is the path integral of the exact drift."
        tables.append(listed("Control variate", note, group))
    for group in _grouped(metrics, "control_variate_left", ()).values():
        note = "Variance of what the drift was fitted to over that of the increments, both given z."
        tables.append(listed("Noise that the control variate leaves", note, group))
    for group in _grouped(metrics, "cost_seconds", ()).values():
        tables.append(_cost(group))
    return tables


def _discrepancies(metrics: Sequence[Metric]) -> list[Table]:
    tables = []
    for key, group in _grouped(metrics, "mmd", ("space",)).items():
        title = f"Discrepancy of distributions (MMD){SPACES.get(key[0], '')}"
        note = "Maximum mean discrepancy of the trajectories, averaged over time and starts."
        note += " It has no common scale for different closures." if key[0] == "all" else ""
        tables.append(compared(title, note, group))
    for key, group in _grouped(metrics, "mmd_difference", ("space",)).items():
        title = f"Difference in MMD{SPACES.get(key[0], '')} between values of λ"
        note = "At lambda less at than, seed by seed: what a seed does to both cancels."
        table = listed(title, note, group, ("lambda", "than"))
        rows = zip(table.rows, group, strict=True)
        told = tuple((*row[:-1], _in_errors(row[-1], metric)) for row, metric in rows)
        tables.append(replace(table, rows=told))
    return tables


def _in_errors(cell: Cell, metric: Metric) -> Cell:
    if not metric.uncertainty:
        return cell
    return replace(cell, detail=f"{number(metric.value / metric.uncertainty, 2)} standard errors")


def _tells_closures_apart(metrics: Sequence[Metric]) -> bool:
    of_observables = metrics[0].labels.get("space") == "observables"
    return of_observables and bool({"closure", "closure.name"} & set(telling_apart(metrics)))


def _grouped(
    metrics: Sequence[Metric], name: str, keys: tuple[str, ...]
) -> dict[tuple[str, ...], list[Metric]]:
    groups: dict[tuple[str, ...], list[Metric]] = {}
    for metric in metrics:
        if metric.name == name:
            group = tuple(shown(metric.labels.get(key)) for key in keys)
            groups.setdefault(group, []).append(metric)
    return groups


def _cost(metrics: list[Metric]) -> Table:
    table = listed("Cost", "Core seconds, on the machine that ran this.", metrics)
    rows = tuple(
        (*row[:-1], Cell(number(metric.value), seconds(metric.value)))
        for row, metric in zip(table.rows, metrics, strict=True)
    )
    return replace(table, columns=(*table.columns[:-1], "core seconds"), rows=rows)
