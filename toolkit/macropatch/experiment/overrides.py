"""Changes to a parsed document: ``--set table.key=value``, sweep points, the quick form."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from macropatch.errors import SettingsError

MAX_DEPTH = 32
"""Tables within tables: no settings file needs nearly as many, and recursion has an end."""


def check_depth(value: Any, source: str) -> None:
    """Raise ``SettingsError`` for tables nested too deeply to be copied."""
    level = [value]
    for _ in range(MAX_DEPTH):
        inner = [item.values() if isinstance(item, Mapping) else item for item in level]
        level = [x for items in inner if not isinstance(items, str) for x in _items(items)]
    if level:
        raise SettingsError(f"{source}: tables and lists are nested more than {MAX_DEPTH} deep")


def _items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, Iterable) else ()


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
    if key.split(".")[0] in {"quick", "sweep"}:
        raise SettingsError(f"--set {text!r}: set the key itself; quick and sweep are for files")
    try:
        parsed = tomllib.loads(f"value = {value.strip()}")
    except (ValueError, RecursionError):
        return key, value.strip()
    check_depth(parsed, f"--set {key}")
    return key, parsed["value"] if set(parsed) == {"value"} else value.strip()


def apply_override(document: dict[str, Any], key: str, value: Any, source: str) -> None:
    """Set ``key`` (``table.key``, deeper for nested tables) of ``document`` in place."""
    *tables, last = key.split(".")
    if not tables or not all(tables) or not last or len(tables) >= MAX_DEPTH:
        raise SettingsError(f"{source}: {key!r}: name a table and a key, e.g. evolve.dt")
    inner: Any = document
    for table in tables:
        inner = inner.setdefault(table, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"{source}: {key!r}: {table!r} is not a table")
    inner[last] = copy.deepcopy(value)
