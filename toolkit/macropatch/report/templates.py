"""The templates of pages, which share their style."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from macropatch.report.numbers import number


def environment() -> Environment:
    """Templates of this folder; what is filled in is escaped."""
    found = Environment(
        loader=PackageLoader("macropatch.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["number"] = number
    return found
