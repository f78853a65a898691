"""Zarr groups of a run folder: one chunk a task and array, checksums on, dimensions named."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.codecs import Crc32cCodec

from macropatch.errors import StorageError
from macropatch.runs.files import SCRATCH, cannot_write, write_bytes


@dataclass(frozen=True)
class Column:
    """One array of a stage's output.

    ``task_shape`` is the shape of the part that one task writes: a full chunk. ``levels`` names the
    two values of an array that is stored as bits along its flattened trailing axes.
    """

    shape: tuple[int, ...]
    task_shape: tuple[int, ...]
    dtype: str
    dimensions: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    levels: tuple[int, int] | None = None

    @property
    def entries(self) -> int:
        """Entries of one row of an array stored as bits."""
        return int(np.prod(self.shape[1:], dtype=np.int64))


def create_group(path: Path, columns: Mapping[str, Column], attributes: Mapping[str, Any]) -> None:
    """Write the group's metadata where it is missing or damaged; chunks are never touched.

    Raises
    ------
    StorageError
        if it cannot be written: names the group and the remedy.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_metadata(path, columns, attributes)
    except OSError as error:
        raise StorageError(cannot_write(path, error)) from error


def _write_metadata(
    path: Path, columns: Mapping[str, Column], attributes: Mapping[str, Any]
) -> None:
    with tempfile.TemporaryDirectory(
        dir=path.parent, prefix=SCRATCH, ignore_cleanup_errors=True
    ) as scratch:
        fresh = Path(scratch) / "group"
        group = zarr.open_group(fresh, mode="w", attributes=dict(attributes))
        for name, column in columns.items():
            packed = column.levels is not None
            row_bytes = (-(-column.entries // 8),)
            shape = column.shape[:1] + row_bytes if packed else column.shape
            chunks = column.task_shape[:1] + row_bytes if packed else column.task_shape
            extra: dict[str, Any] = dict(column.attributes)
            if packed:
                extra |= {"levels": list(column.levels or ()), "row_shape": list(column.shape[1:])}
            group.create_array(
                name,
                shape=shape,
                chunks=tuple(max(1, edge) for edge in chunks),
                dtype="uint8" if packed else column.dtype,
                dimension_names=(column.dimensions[0], "byte") if packed else column.dimensions,
                compressors=[Crc32cCodec()],
                fill_value=0,
                attributes=extra,
            )
        for metadata in fresh.rglob("zarr.json"):
            target = path / metadata.relative_to(fresh)
            content = metadata.read_bytes()
            if not target.is_file() or target.read_bytes() != content:
                write_bytes(target, content)


def write_rows(
    path: Path,
    columns: Mapping[str, Column],
    corner: Mapping[str, tuple[int, ...]],
    values: Mapping[str, np.ndarray],
) -> list[Path]:
    """Write one task's part of each array from its first index on; returns the chunk files."""
    group = zarr.open_group(path, mode="r+")
    written = []
    for name, value in values.items():
        column, array = columns[name], group[name]
        if not isinstance(array, zarr.Array):
            raise StorageError(f"{path}/{name}: not an array; delete the folder and run again")
        if value.size == 0:  # a system without conditions: there is no chunk to write
            continue
        start = corner[name]
        if column.levels is not None:
            bits = np.ascontiguousarray(value).reshape(len(value), -1) > column.levels[0]
            value, start = np.packbits(bits, axis=1), (start[0], 0)
        region = tuple(
            slice(first, first + length) for first, length in zip(start, value.shape, strict=True)
        )
        chunk = tuple(first // edge for first, edge in zip(start, array.chunks, strict=True))
        file = path / name / array.metadata.encode_chunk_key(chunk)
        file.unlink(missing_ok=True)  # a damaged chunk would be read and merged
        try:
            # Zeros are written too, so that a chunk that is missing is always a fault.
            array.with_config({"write_empty_chunks": True})[region] = value
        except OSError as error:
            raise StorageError(cannot_write(file, error)) from error
        written.append(file)
    return written


@dataclass(frozen=True)
class StoredRows:
    """Rows as they are stored: bits, or plain values (``levels`` is ``None``)."""

    raw: np.ndarray
    levels: tuple[int, int] | None
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.raw)

    def take(self, index: np.ndarray | slice) -> np.ndarray:
        """The indexed rows, unpacked."""
        rows = self.raw[index]
        if self.levels is None:
            return rows
        entries = int(np.prod(self.shape, dtype=np.int64))
        bits = np.unpackbits(rows, axis=1, count=entries)
        low, high = self.levels
        return (bits.view(np.int8) * np.int8(high - low) + np.int8(low)).reshape(-1, *self.shape)


def read_stored(path: Path, name: str, rows: slice | tuple[slice, ...] = slice(None)) -> StoredRows:
    """Read (part of) an array as it is stored.

    Raises
    ------
    StorageError
        if it is missing or a checksum fails: names the file and the remedy.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", category=UserWarning)
            array = zarr.open_array(path / name, mode="r")
        value = np.asarray(array[rows])
        levels = array.attrs.get("levels")
        if levels is None:
            return StoredRows(value, None, value.shape[1:])
        low, high = (int(str(level)) for level in levels)  # type: ignore[union-attr]
        shape = tuple(int(str(edge)) for edge in array.attrs["row_shape"])  # type: ignore[union-attr]
    except (ValueError, KeyError, OSError, TypeError, AttributeError) as error:
        raise StorageError(
            f"{path / name}: missing or damaged ({error}). `macropatch run` with the same folder "
            "finds the damaged parts and makes only those again."
        ) from error
    return StoredRows(value, (low, high), shape)


def read_rows(path: Path, name: str, rows: slice | tuple[slice, ...] = slice(None)) -> np.ndarray:
    """Read (part of) an array; bits come back as their levels. Raises as :func:`read_stored`."""
    return read_stored(path, name, rows).take(slice(None))


def remove_group(path: Path) -> None:
    """Delete a group with its chunks."""
    shutil.rmtree(path, ignore_errors=True)
