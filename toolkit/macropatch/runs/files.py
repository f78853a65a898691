"""Write files so that a kill at any moment leaves the old one or the whole new one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import zlib
from pathlib import Path
from typing import Any
from uuid import uuid4

from macropatch.errors import StorageError

SCRATCH = ".new-"
"""How the names of folders begin in which something is made before it takes its place."""


def write_bytes(path: Path, content: bytes) -> None:
    """Write to a temporary name beside ``path`` and rename."""
    partial = path.with_name(f"{path.name}.{uuid4().hex[:12]}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        os.replace(partial, path)
    except OSError as error:
        remove(partial)
        raise StorageError(cannot_write(path, error)) from error


def remove(path: Path) -> None:
    """Remove a file if it is there; that it cannot be is no error."""
    with contextlib.suppress(OSError):
        path.unlink()


def cannot_write(path: Path, error: OSError) -> str:
    """Message for a failed write, with the remedy."""
    return (
        f"{path}: cannot be written: {error.strerror}. Free some space or choose another folder "
        "with --out; finished work is kept and the same command continues."
    )


def write_json(path: Path, value: Any) -> None:
    """Write JSON, indented and with sorted keys."""
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
    write_bytes(path, (text + "\n").encode())


def read_json(path: Path, remedy: str) -> Any:
    """Read JSON. Raises ``StorageError`` that names the file and the remedy."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise StorageError(f"{path}: missing. {remedy}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise StorageError(f"{path}: damaged ({error}). {remedy}") from error


def checksum(path: Path) -> list[int]:
    """Size and CRC-32 of a file."""
    content = path.read_bytes()
    return [len(content), zlib.crc32(content)]


def sweep_partials(folder: Path) -> None:
    """Remove what killed writers left behind."""
    for partial in folder.rglob("*.partial"):
        partial.unlink(missing_ok=True)
    for scratch in folder.rglob(f"{SCRATCH}*"):
        shutil.rmtree(scratch, ignore_errors=True)
