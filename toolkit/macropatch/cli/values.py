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
