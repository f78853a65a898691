"""Changes to a parsed document: ``--set table.key=value``, sweep points, the quick form."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from typing import Any

from macropatch.errors import SettingsError


def merge(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy of ``document`` with ``changes`` merged in, table by table."""
    merged = copy.deepcopy(dict(document))
    for key, value in changes.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def parse_override(text: str) -> tuple[str, Any]:
    """Split ``table.key=value``; the value is TOML where it parses, else a string."""
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or "." not in key or not all(key.split(".")):
        raise SettingsError(f"--set {text!r}: write it as table.key=value, e.g. evolve.dt=0.5")
    try:
        parsed = tomllib.loads(f"value = {value.strip()}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return key, value.strip()
    return key, parsed["value"] if set(parsed) == {"value"} else value.strip()


def apply_override(document: dict[str, Any], key: str, value: Any, source: str) -> None:
    """Set ``key`` (``table.key``, deeper for nested tables) of ``document`` in place."""
    *tables, last = key.split(".")
    if not tables:
        raise SettingsError(f"{source}: {key!r}: name a table and a key, e.g. evolve.dt")
    inner: Any = document
    for table in tables:
        inner = inner.setdefault(table, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"{source}: {key!r}: {table!r} is not a table")
    inner[last] = copy.deepcopy(value)
