"""Check what a hook yields before anything uses it."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from macropatch.contract.quantities import API_VERSION
from macropatch.contract.records import SystemExample
from macropatch.contract.system import CAPABILITIES

NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


def record_problem(record: Any, kind: type[Any]) -> tuple[str, str] | None:
    """Reason and remedy if ``record`` is not a sound record of that kind, else ``None``."""
    if not isinstance(record, kind) or not is_dataclass(record):
        got = type(record).__name__
        return f"it yields {got!r} objects, not {kind.__name__}", f"Yield {kind.__name__} records."
    values = {f.name: getattr(record, f.name) for f in fields(record)}
    name = values["name"]
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return f"the name {name!r} is not lower-case words joined by - or _", "Rename it."
    version = values["api_version"]
    if version != API_VERSION:
        side = "plugin" if isinstance(version, int) and version < API_VERSION else "macropatch"
        return (
            f"{name!r} targets api_version {version!r}, this macropatch has {API_VERSION}",
            f"Upgrade the {side}.",
        )
    for key in ("settings", "start"):
        model = values.get(key, BaseModel)
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return f"{name!r} has no pydantic model as `{key}`", "Derive it from PluginSettings."
        if model is not BaseModel and model.model_config.get("extra") != "forbid":
            return f"`{key}` of {name!r} accepts unknown keys", "Derive it from PluginSettings."
    if "factory" in values and not callable(values["factory"]):
        return f"the factory of {name!r} is not callable", "Give a function of the settings."
    if isinstance(values.get("path"), Path) and not values["path"].is_file():
        return f"the settings file {values['path']} of {name!r} is missing", "Reinstall it."
    return _system_problem(name, values) if "capabilities" in values else None


def _system_problem(name: str, values: dict[str, Any]) -> tuple[str, str] | None:
    unknown = sorted(set(values["capabilities"]) - CAPABILITIES)
    if unknown:
        known = ", ".join(sorted(CAPABILITIES))
        return f"{name!r} declares unknown capabilities {unknown}", f"Known: {known}."
    if not values["surroundings"]:
        return f"{name!r} declares no kind of surroundings", "Declare e.g. ('halo',)."
    if not isinstance(values["example"], SystemExample):
        return f"{name!r} has no example", "Give a SystemExample for the conformance suite."
    return None
