"""Where tasks get their plugins' objects from: records and settings, which can be sent anywhere."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from macropatch.contract import ClosureEncoder, MicroscopicSystem, Size, SystemRecord
from macropatch.contract.records import ClosureRecord
from macropatch.runs.identity import canonical, plain

_made: dict[tuple[Any, str], MicroscopicSystem] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class SystemSource:
    """A system of a plugin: its record, settings and the fingerprint of the plugin's code."""

    record: SystemRecord
    settings: BaseModel
    fingerprint: tuple[tuple[str, str], ...]

    def make(self) -> MicroscopicSystem:
        """The system; made once in each process."""
        key = (self.record.factory, canonical(self.settings))
        with _lock:
            if key not in _made:
                _made[key] = self.record.factory(self.settings)
            return _made[key]

    def start(self, table: dict[str, Any]) -> BaseModel:
        """A validated start settings model."""
        return self.record.start.model_validate(table)

    def found(self, table: dict[str, Any]) -> dict[str, Any]:
        """A start with what its model finds out by itself: results depend on what is in a file."""
        model = self.start(table)
        added = model.model_fields_set.difference(table)
        return {**table, **model.model_dump(mode="json", include=added)}

    def identity(self) -> dict[str, Any]:
        """What digests depend on."""
        return {"plugin": dict(self.fingerprint), "settings": plain(self.settings)}


@dataclass(frozen=True)
class ClosureSource:
    """A closure encoder of a plugin, and the cells that it reads (``None``: it reads none)."""

    record: ClosureRecord
    settings: BaseModel
    fingerprint: tuple[tuple[str, str], ...]
    cell: Size | None

    def make(self) -> ClosureEncoder:
        """A fresh encoder."""
        return self.record.factory(self.settings)

    def identity(self) -> dict[str, Any]:
        """What digests depend on."""
        return {
            "plugin": dict(self.fingerprint),
            "settings": plain(self.settings),
            "cell": plain(self.cell),
        }
