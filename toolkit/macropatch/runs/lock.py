"""One run a folder: an operating-system lock, which a crash releases by itself."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from macropatch.errors import StorageError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. Raises ``StorageError`` at once if another process does."""
    owner = folder / ".owner"
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        owner.write_text(f"process {os.getpid()} on {socket.gethostname()}")
    except Timeout as error:
        who = owner.read_text(errors="replace")[:200] if owner.is_file() else "another process"
        raise StorageError(
            f"{folder}: in use by {who}. Wait for it to finish, stop it, or choose another --out."
        ) from error
    except OSError as error:
        raise StorageError(
            f"{folder}: cannot be used as a run folder: {error.strerror}; choose another --out"
        ) from error
    try:
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()
