"""Labelled data as records, one a figure."""

from __future__ import annotations

import numpy as np
import xarray as xr

from macropatch.contract.results import Metric

ERROR = "_error"

BOUNDS = ("_error", "_low", "_high")
"""After the name of a variable: its standard error."""


def records_of(data: xr.Dataset) -> list[Metric]:
    """One record a finite entry of each variable, with its error; bounds follow from these."""
    found = []
    for name, array in data.data_vars.items():
        if str(name).endswith(BOUNDS):
            continue
        errors = data.get(f"{name}{ERROR}")
        for index in np.ndindex(array.shape):
            value = float(array.values[index])
            error = np.nan if errors is None else float(errors.values[index])
            labels = {
                str(dim): data[dim].values[i].item()
                for dim, i in zip(array.dims, index, strict=True)
            }
            if np.isfinite(value):
                known = error if np.isfinite(error) else None
                found.append(Metric(str(name), value, known, labels))
    return found
