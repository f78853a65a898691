"""Values in options, as ``key=value`` pairs."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from macropatch.errors import SettingsError


def parse_pairs(option: str, text: str) -> dict[str, Any]:
    """``a=1,b=[2,3]`` as a dictionary; values are TOML where they parse, else strings.

    Raises
    ------
    SettingsError
        if a part is no pair, or a key stands twice.
    """
    pairs: dict[str, Any] = {}
    for part in filter(None, re.split(r",(?![^\[]*\])", text)):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not key or not value:
            raise SettingsError(f"{option} {part!r}: write it as key=value, e.g. m=0.5")
        if key in pairs:
            raise SettingsError(f"{option}: {key!r} is given twice")
        try:
            parsed = tomllib.loads(f"value = {value}")
            pairs[key] = parsed["value"] if set(parsed) == {"value"} else value
        except (tomllib.TOMLDecodeError, RecursionError):
            pairs[key] = value
    return pairs


def parse_numbers(option: str, text: str) -> dict[str, float]:
    """``a=1,b=2.5`` as numbers by name.

    Raises
    ------
    SettingsError
        if a value is no number, and as :func:`parse_pairs`.
    """
    pairs = parse_pairs(option, text)
    for key, value in pairs.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SettingsError(f"{option} {key}={value}: must be a number, e.g. {key}=1.5")
    return {key: float(value) for key, value in pairs.items()}
