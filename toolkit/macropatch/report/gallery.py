"""Draws all figures, each on its own: one that fails is reported and the rest goes on."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from warnings import warn as python_warning

from macropatch.contract.records import FigureRecord
from macropatch.contract.results import Results


def draw_all(
    results: Results,
    records: Iterable[FigureRecord],
    *,
    providers: Mapping[str, str] | None = None,
    warn: Callable[[str], None] = python_warning,
) -> dict[str, str]:
    """SVG of each figure by name, in the order of the records.

    A figure whose function takes the keyword ``observable`` is also drawn for every observable
    after the first, as ``NAME_OBSERVABLE``. One that has nothing to draw is left out.

    Parameters
    ----------
    providers : figure name → the distribution that it comes from, for warnings
    warn : called with a message for each figure that fails; by default a Python warning
    """
    from macropatch.report.figures.appearance import NothingToDrawError, to_svg

    drawn: dict[str, str] = {}
    for record in records:
        provider = (providers or {}).get(record.name) or _module_of(record)
        try:
            draw = record.factory()
            for suffix, keywords in _variants(draw, results):
                drawn[_file_name(record.name + suffix)] = to_svg(draw(results, **keywords))
        except NothingToDrawError:
            continue
        except Exception as error:  # noqa: BLE001 - a stranger's code: whatever it raises, the report goes on
            warn(
                f"figure {record.name!r} of {provider} was left out: "
                f"{type(error).__name__}: {error}"
            )
    return drawn


def _variants(draw: Callable[..., object], results: Results) -> list[tuple[str, dict[str, str]]]:
    variants: list[tuple[str, dict[str, str]]] = [("", {})]
    if "observable" in inspect.signature(draw).parameters:
        further = list(results.observables)[1:]
        variants += [(f"_{name}", {"observable": name}) for name in further]
    return variants


def _file_name(name: str) -> str:
    """A name that is safe in a file name and as an anchor."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip(".-") or "figure"


def _module_of(record: FigureRecord) -> str:
    return f"module {getattr(record.factory, '__module__', 'unknown')!r}"
