"""Metric records as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from macropatch.contract.results import Metric, Results
from macropatch.report.labels import shown, telling_apart, title_of
from macropatch.report.numbers import number, seconds, with_error


@dataclass(frozen=True)
class Cell:
    """Text, and a smaller line below it."""

    text: str
    detail: str = ""


@dataclass(frozen=True)
class Table:
    """Columns and rows; the first ``heads`` columns of a row are its heading."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    heads: int = 1


def headline_tables(results: Results) -> list[Table]:
    """Test errors and ratios of standard deviations by scheme, then λ, MMD and cost."""
    metrics = results.metrics
    tables: list[Table] = []
    for key, group in _grouped(metrics, "test_error", ("observable", "trajectories")).items():
        note = "Relative squared error of mean trajectories. Floor: direct simulation against "
        tables.append(
            _by_scheme(
                f"Test error of {key[0]}, means of {key[1]} trajectories", note + "itself.", group
            )
        )
    for key, group in _grouped(metrics, "sd_ratio", ("observable",)).items():
        note = "Equilibrium standard deviation, predicted over direct simulation; 1 is right."
        tables.append(_by_scheme(f"Standard deviation of {key[0]}, ratio", note, group))
    for group in _grouped(metrics, "mmd", ()).values():
        note = "Maximum mean discrepancy of the trajectories, averaged over time and starts."
        tables.append(_by_scheme("Discrepancy of distributions (MMD)", note, group))
    for group in _grouped(metrics, "held_out_log_likelihood", ("space",)).values():
        if _tells_closures_apart(group):
            note = "Of a pair's change of the observables alone, in nats: the higher, the more "
            tables.append(
                _by_scheme("Held-out log-likelihood by closure", note + "a closure knows.", group)
            )
    for group in _grouped(metrics, "lambda_calibrated", ()).values():
        note = "Variance of one patch's noise over that of the whole system, as measured."
        tables.append(_listed("Calibrated variance ratio λ", note, group))
    for group in _grouped(metrics, "control_variate", ()).values():
        note = "Coefficient of an observable's martingale in what the drift was fitted to; with 1 "
        note += "that is the path integral of the exact drift."
        tables.append(_listed("Control variate", note, group))
    for group in _grouped(metrics, "control_variate_left", ()).values():
        note = "Variance of what the drift was fitted to over that of the increments, both given z."
        tables.append(_listed("Noise that the control variate leaves", note, group))
    for group in _grouped(metrics, "cost_seconds", ()).values():
        tables.append(_cost(group))
    return tables


def _tells_closures_apart(metrics: Sequence[Metric]) -> bool:
    of_observables = metrics[0].labels.get("space") == "observables"
    return of_observables and bool({"closure", "closure.name"} & set(telling_apart(metrics)))


def full_table(results: Results) -> Table:
    """All records, one a row."""
    rows = []
    for metric in results.metrics:
        labels = ", ".join(f"{key} = {shown(value)}" for key, value in metric.labels.items())
        floor = with_error(metric.floor, metric.floor_uncertainty)
        cells = (metric.name, labels, with_error(metric.value, metric.uncertainty), floor)
        cited = (number(metric.reference), number(metric.published))
        rows.append(tuple(Cell(text) for text in cells + cited))
    columns = ("name", "labels", "value", "floor", "reference", "published")
    return Table("All records", "", columns, tuple(rows), heads=2)


def _grouped(
    metrics: Sequence[Metric], name: str, keys: tuple[str, ...]
) -> dict[tuple[str, ...], list[Metric]]:
    groups: dict[tuple[str, ...], list[Metric]] = {}
    for metric in metrics:
        if metric.name == name:
            group = tuple(shown(metric.labels.get(key)) for key in keys)
            groups.setdefault(group, []).append(metric)
    return groups


def _by_scheme(title: str, note: str, metrics: list[Metric]) -> Table:
    """One row a setting, one column a scheme, then the floor."""
    keys = telling_apart(metrics, given=("scheme",))
    schemes = list(dict.fromkeys(shown(metric.labels.get("scheme")) for metric in metrics))
    rows: dict[tuple[str, ...], dict[str, Metric]] = {}
    for metric in metrics:
        setting = tuple(shown(metric.labels.get(key)) for key in keys)
        rows.setdefault(setting, {})[shown(metric.labels.get("scheme"))] = metric
    body = []
    for setting, found in rows.items():
        floors = [metric for metric in found.values() if metric.floor is not None]
        floor = with_error(floors[0].floor, floors[0].floor_uncertainty) if floors else "–"
        cells = [Cell(text) for text in setting]
        cells += [_value(found.get(scheme)) for scheme in schemes]
        body.append((*cells, Cell(floor)))
    columns = (*map(title_of, keys), *schemes, "floor")
    return Table(title, note, columns, tuple(body), heads=len(keys))


def _value(metric: Metric | None) -> Cell:
    if metric is None:
        return Cell("–")
    detail = "" if metric.published is None else f"published {number(metric.published)}"
    return Cell(with_error(metric.value, metric.uncertainty), detail)


def _listed(title: str, note: str, metrics: list[Metric]) -> Table:
    keys = list(dict.fromkeys(key for metric in metrics for key in metric.labels))
    rows = tuple(
        (*(Cell(shown(metric.labels.get(key))) for key in keys), _value(metric))
        for metric in metrics
    )
    return Table(title, note, (*map(title_of, keys), "value"), rows, heads=len(keys))


def _cost(metrics: list[Metric]) -> Table:
    table = _listed("Cost", "Core seconds, on the machine that ran this.", metrics)
    rows = tuple(
        (*row[:-1], Cell(number(metric.value), seconds(metric.value)))
        for row, metric in zip(table.rows, metrics, strict=True)
    )
    return Table(table.title, table.note, (*table.columns[:-1], "core seconds"), rows, table.heads)
