"""Labelled data to files that other programs read: NetCDF and CSV."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import xarray as xr

from macropatch.errors import StorageError
from macropatch.runs.files import cannot_write, remove


def write_dataset(path: Path, data: xr.Dataset) -> None:
    """Write NetCDF (ending ``.nc``) or CSV (``.csv``), under a temporary name first."""
    partial = path.with_name(f"{path.stem}.{uuid4().hex[:12]}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            data.to_dataframe().to_csv(partial)
        else:
            data.to_netcdf(partial, engine="h5netcdf")
        partial.replace(path)
    except OSError as error:
        remove(partial)
        raise StorageError(cannot_write(path, error)) from error
