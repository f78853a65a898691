"""Paths in settings: relative ones are those of the settings file's own folder, and saved whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE, KEY = "small", "from"
"""The only key whose value is a path."""


def anchored(document: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The document with its relative paths taken from a folder, also in ``quick`` and ``sweep``."""
    found = dict(document)
    table = found.get(TABLE)
    if isinstance(table, Mapping) and KEY in table:
        found[TABLE] = {**table, KEY: _whole(table[KEY], folder)}
    quick, sweep = found.get("quick"), found.get("sweep")
    if isinstance(quick, Mapping):
        found["quick"] = anchored(quick, folder)
    if isinstance(sweep, Mapping):
        found["sweep"] = _point(sweep, folder)
    elif isinstance(sweep, list):
        found["sweep"] = [_point(one, folder) if isinstance(one, Mapping) else one for one in sweep]
    return found


def _point(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A table of a sweep."""
    path = f"{TABLE}.{KEY}"
    values = table.get(path)
    if not isinstance(values, list):
        return dict(table)
    return {**table, path: [_whole(value, folder) for value in values]}


def _whole(value: Any, folder: Path) -> Any:
    """What is no path is left for validation to refuse."""
    if not isinstance(value, str) or not value or "\0" in value:
        return value
    return os.path.abspath(folder / os.path.expanduser(value))  # noqa: PTH100, PTH111 - never raise
