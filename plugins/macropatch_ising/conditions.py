"""Temperature and field as conditions of snapshots, or as settings."""

from __future__ import annotations

import numpy as np

from macropatch.contract import Quantity
from macropatch_ising.settings import SpinSettings

CONDITIONS = {
    "temperature": Quantity("temperature", "temperature", "J", low=0.0),
    "field": Quantity("field", "magnetic field", "J"),
}


def conditions_of(settings: SpinSettings) -> tuple[Quantity, ...]:
    """Those of temperature and field that the settings name."""
    return tuple(CONDITIONS[name] for name in settings.conditions)


def temperature_and_field(
    settings: SpinSettings, c: np.ndarray
) -> tuple[float | np.ndarray, float | np.ndarray]:
    """Both for rows ``c`` ``(…, conditions)``: a setting, or a column."""
    given = dict(zip(settings.conditions, np.moveaxis(np.asarray(c), -1, 0), strict=True))
    return given.get("temperature", settings.temperature), given.get("field", settings.field)
