"""Plugins of strangers, as modules: sound ones and broken ones."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from typing import Any

from macropatch.contract import (
    MeasureRecord,
    PluginSettings,
    SDERecord,
    Surroundings,
    SystemExample,
    SystemRecord,
    hookimpl,
)
from macropatch.host import Provider

EXAMPLE = SystemExample(size=(8,), patch=(4,), dt=0.1, surroundings=Surroundings("halo"))


class Settings(PluginSettings):
    """No settings."""


def measure(name="tail", **changes):
    """A measure's record."""
    fields = {"summary": "", "api_version": 1, "factory": lambda: lambda evaluation: []}
    return MeasureRecord(name=name, **{**fields, **changes})


def system(name="gas", **changes):
    """A system's record; its factory is never called."""
    fields: dict[str, Any] = {
        "summary": "",
        "api_version": 1,
        "settings": Settings,
        "start": Settings,
        "capabilities": frozenset(),
        "surroundings": ("halo",),
        "releases_gil": True,
        "factory": print,
        "example": EXAMPLE,
    }
    return SystemRecord(name=name, **{**fields, **changes})


def sde(name="spline", **changes):
    """An SDE model's record."""
    fields = {"summary": "", "api_version": 1, "settings": Settings, "factory": print}
    return SDERecord(name=name, **{**fields, **changes})


def module(**hooks: Callable[..., Iterable[Any]]) -> types.ModuleType:
    """A module with the given hooks."""
    made = types.ModuleType("stranger")
    for name, hook in hooks.items():
        setattr(made, name, hookimpl(hook))
    return made


def yielding(*records, hook="macropatch_measures"):
    """A module whose hook yields the given records."""
    return module(**{hook: lambda: iter(records)})


def provider(plugin, name="stranger", distribution="stranger-dist"):
    """Who brings it."""
    return Provider(name, distribution, "1.0", plugin)
