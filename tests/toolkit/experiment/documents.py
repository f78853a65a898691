"""A smallest sound document, and what is said about a changed one."""

from __future__ import annotations

import copy
from typing import Any

from macropatch.errors import SettingsError
from macropatch.experiment import Study, study_of

SOUND: dict[str, Any] = {
    "experiment": {"name": "a trial"},
    "system": {"name": "curie-weiss"},
    "small": {"record_every": 1.0},
    "large": {"size": 4096},
    "evolve": {"patch_size": 64, "dt": 0.5},
    "predict": {"starts": [{"m": 0.5}], "duration": 10.0},
}


def changed(changes: dict[str, Any], document: dict[str, Any] | None = None) -> dict[str, Any]:
    """A copy with ``{"table.key": value}`` set; ``None`` removes."""
    result = copy.deepcopy(SOUND if document is None else document)
    for key, value in changes.items():
        *tables, last = key.split(".")
        inner = result
        for table in tables:
            inner = inner.setdefault(table, {})
        if value is None:
            inner.pop(last)
        else:
            inner[last] = value
    return result


def complaint(host, changes, **options) -> str:
    """The message of the error that the changes cause."""
    try:
        study_of(changed(changes), host, "my.toml", **options)
    except SettingsError as error:
        return str(error)
    raise AssertionError(f"{changes} are accepted")


def study(host, changes=None, **options) -> Study:
    """The study of a changed document."""
    return study_of(changed(changes or {}), host, "my.toml", **options)
