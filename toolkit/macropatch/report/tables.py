"""Metric records as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from macropatch.contract.results import Metric, Results
from macropatch.report.labels import over_how_many, shown, telling_apart, title_of
from macropatch.report.numbers import number, with_error

SOURCES = {"sde": "ours", "direct": "direct simulation"}
"""Values of the label ``source`` as column headings, where they are no words themselves."""


@dataclass(frozen=True)
class Cell:
    """Text, and a smaller line below it."""

    text: str
    detail: str = ""


@dataclass(frozen=True)
class Table:
    """Columns and rows; the first ``heads`` columns of a row are its heading.

    ``metric`` is the name of the records that it shows, if it shows those of one name.
    """

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    heads: int = 1
    metric: str = ""


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


def compared(
    title: str,
    note: str,
    metrics: list[Metric],
    further: Mapping[str, Sequence[float | None]] | None = None,
) -> Table:
    """One row a setting and one column a scheme where each setting has all, else one row a record.

    Then come ``further`` columns, given by record, and the floor.
    """
    schemes = list(dict.fromkeys(shown(metric.labels.get("scheme")) for metric in metrics))
    keys = telling_apart(metrics, given=("scheme",))
    crossed = len({_setting(metric, keys) for metric in metrics}) * len(schemes) == len(metrics)
    if not crossed:
        schemes, keys = ["value"], telling_apart(metrics)
    if not keys and "patch_size" in metrics[0].labels:
        keys = ["patch_size"]  # a row needs a heading
    rows: dict[tuple[str, ...], dict[str, int]] = {}
    for index, metric in enumerate(metrics):
        column = shown(metric.labels.get("scheme")) if crossed else "value"
        rows.setdefault(_setting(metric, keys), {})[column] = index
    more = {name: some for name, some in (further or {}).items() if any(some)}
    body = []
    for setting, found in rows.items():
        cells = [Cell(text) for text in setting]
        cells += [_value(metrics[found[s]] if s in found else None) for s in schemes]
        for some in more.values():
            known = [some[index] for index in found.values() if some[index] is not None]
            cells.append(Cell(number(known[0] if known else None)))
        floors = [metrics[i] for i in found.values() if metrics[i].floor is not None]
        floor = with_error(floors[0].floor, floors[0].floor_uncertainty) if floors else "–"
        body.append((*cells, Cell(floor)))
    columns = (*map(title_of, keys), *schemes, *more, "floor")
    return Table(title, _told(note, metrics), columns, tuple(body), len(keys), metrics[0].name)


def by_source(title: str, note: str, metrics: list[Metric], along: str) -> Table:
    """One row a value of the label ``along`` and one column a source, then what is published.

    Of the first scheme, and of several settings the first. A record whose label ``settled`` is
    false says so.
    """
    scheme = metrics[0].labels.get("scheme")
    rows: dict[float, dict[str, Metric]] = {}
    for metric in metrics:
        if metric.labels.get("scheme") == scheme:
            source = shown(metric.labels.get("source"))
            rows.setdefault(metric.labels[along], {}).setdefault(source, metric)
    sources = list(dict.fromkeys(source for found in rows.values() for source in found))
    body = []
    for value, found in sorted(rows.items()):
        cited = [one.published for one in found.values() if one.published is not None]
        cells = [_of_source(found.get(source)) for source in sources]
        body.append((Cell(shown(value)), *cells, Cell(number(cited[0] if cited else None))))
    columns = (title_of(along), *(SOURCES.get(one, one) for one in sources), "published")
    return Table(title, _told(note, metrics), columns, tuple(body), metric=metrics[0].name)


def _of_source(metric: Metric | None) -> Cell:
    if metric is None:
        return Cell("–")
    unsettled = metric.labels.get("settled", True) is False
    text = with_error(metric.value, metric.uncertainty)
    return Cell(text, "not in equilibrium" if unsettled else "")


def _setting(metric: Metric, keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(shown(metric.labels.get(key)) for key in keys)


def _told(note: str, metrics: Sequence[Metric]) -> str:
    over = over_how_many(metrics)
    return f"{note} {over[0].upper()}{over[1:]} with their standard errors." if over else note


def _value(metric: Metric | None) -> Cell:
    if metric is None:
        return Cell("–")
    detail = "" if metric.published is None else f"published {number(metric.published)}"
    return Cell(with_error(metric.value, metric.uncertainty), detail)


def listed(
    title: str, note: str, metrics: list[Metric], always: Sequence[str] | None = None
) -> Table:
    """One row a record, with all its labels, or with what tells it apart and the ``always``."""
    keys = list(dict.fromkeys(key for metric in metrics for key in metric.labels))
    if always is not None:
        keys = [*telling_apart(metrics, but=always), *always]
    rows = tuple((*map(Cell, _setting(metric, keys)), _value(metric)) for metric in metrics)
    columns = (*map(title_of, keys), "value")
    return Table(title, _told(note, metrics), columns, rows, len(keys), metrics[0].name)
