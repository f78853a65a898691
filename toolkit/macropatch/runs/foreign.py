"""Arrays of Zarr groups that were made elsewhere: nothing in them may run code or fill the memory.

Metadata are looked at before Zarr opens an array, since some codecs (pickle) run what they read.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import zarr

MOST_METADATA = 1_000_000
MOST_CHUNK = 2 * 10**9
"""Bytes: a chunk is read as a whole."""

PART_BYTES = 64_000_000
"""Rows are handed over in parts of about so many bytes."""

SAFE_CODECS = frozenset({
    "adler32", "bitround", "blosc", "bytes", "bz2", "crc32", "crc32c", "delta", "fixedscaleoffset",
    "fletcher32", "gzip", "lz4", "lzma", "packbits", "quantize", "sharding_indexed", "shuffle",
    "transpose", "zlib", "zstd",
})  # fmt: skip

NUMBERS = "biuf"
"""Kinds of NumPy dtypes that are read: booleans, integers and floating-point numbers."""


def array_names(group: Path) -> list[str]:
    """Names of the arrays of a group.

    Raises
    ------
    ValueError
        if it is no group.
    """
    if not group.is_dir():
        raise ValueError("no such folder" if not group.exists() else "is no folder")
    if not any((group / name).is_file() for name in ("zarr.json", ".zgroup")):
        raise ValueError("no Zarr group (a folder with zarr.json or .zgroup)")
    return sorted(
        path.name
        for path in group.iterdir()
        if any((path / name).is_file() for name in ("zarr.json", ".zarray"))
    )


def open_foreign(group: Path, name: str) -> zarr.Array[Any]:
    """An array of numbers, safe to read.

    Raises
    ------
    ValueError
        if it is none, or if reading it could run code or fill the memory; says why.
    """
    metadata = _metadata(group / name)
    kind = metadata.get("data_type", metadata.get("dtype"))
    try:
        dtype = np.dtype(kind) if isinstance(kind, str) else None
    except TypeError:
        dtype = None
    if dtype is None or dtype.kind not in NUMBERS or dtype.hasobject:
        raise ValueError(f"array {name!r} holds {kind!r}, not numbers")
    unsafe = sorted(set(_codecs(metadata)) - SAFE_CODECS)
    if unsafe:
        raise ValueError(f"array {name!r} is stored with {unsafe}, which is not read for safety")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", category=UserWarning)
            array = zarr.open_array(group / name, mode="r")
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ValueError(f"array {name!r} cannot be opened: {error}") from error
    if math.prod(array.chunks) * dtype.itemsize > MOST_CHUNK:
        raise ValueError(
            f"array {name!r} has chunks of {array.chunks}: more than {MOST_CHUNK:.0e} bytes each; "
            "store it with smaller ones"
        )
    return array


def read_foreign(array: zarr.Array[Any], rows: slice | np.ndarray) -> np.ndarray:
    """Some rows. Raises ``ValueError`` if a chunk is damaged."""
    try:
        if isinstance(rows, slice):
            return np.asarray(array[rows])
        return np.asarray(array.oindex[(rows,)])
    except (ValueError, RuntimeError, TypeError, OSError, KeyError) as error:
        raise ValueError(f"array {array.name or ''} is damaged: {error}") from error


def parts_of(array: zarr.Array[Any]) -> Iterator[slice]:
    """Slices of rows, as few as memory allows, each of whole chunks where it can be."""
    row = max(1, math.prod(array.shape[1:]) * np.dtype(str(array.dtype)).itemsize)
    chunk = max(1, array.chunks[0])
    step = max(1, PART_BYTES // row)
    step = step // chunk * chunk if step > chunk else step
    for first in range(0, array.shape[0], step):
        yield slice(first, min(first + step, array.shape[0]))


def _metadata(array: Path) -> dict[str, Any]:
    for file in (array / "zarr.json", array / ".zarray"):
        if file.is_file():
            if file.stat().st_size > MOST_METADATA:
                raise ValueError(f"array {array.name!r} has metadata of more than a megabyte")
            try:
                found = json.loads(file.read_bytes())
            except (ValueError, RecursionError) as error:
                raise ValueError(f"array {array.name!r} has damaged metadata: {error}") from error
            if isinstance(found, dict) and found.get("node_type", "array") == "array":
                return found
            raise ValueError(f"{array.name!r} is no array")
    raise ValueError(f"no array {array.name!r}")


def _codecs(value: Any) -> Iterator[str]:
    """Names of all codecs, also within others."""
    if isinstance(value, list):
        for item in value:
            yield from _codecs(item)
    elif isinstance(value, dict):
        for key in ("codecs", "index_codecs", "filters", "compressor", "compressors"):
            inner = value.get(key)
            for codec in inner if isinstance(inner, list) else [inner] if inner else []:
                name = codec.get("name", codec.get("id")) if isinstance(codec, dict) else codec
                yield str(name).removeprefix("numcodecs.")
                if isinstance(codec, dict):
                    yield from _codecs(codec.get("configuration"))
