"""Digests of stages and plugins, and the random generator of each task."""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

ROOT = Path(__file__).parents[1]

NOT_SOURCE = {".pyc", ".toml", ".md", ".ipynb"}
"""Files of a plugin that no result depends on: named experiments count as settings."""


def canonical(value: Any) -> str:
    """JSON with one spelling for equal values."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def plain(value: Any) -> Any:
    """``value`` in the types that JSON has."""
    if isinstance(value, BaseModel):
        return plain(value.model_dump(mode="json", by_alias=True))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    return value


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of ``value``, in hexadecimal."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def task_generator(seed: int, stage: str, stage_digest: str, task: int) -> np.random.Generator:
    """The generator of one task, a function of (seed, stage, digest, task) alone."""
    key = hashlib.sha256(canonical([seed, stage, stage_digest, task]).encode()).digest()
    return np.random.default_rng(np.frombuffer(key, dtype=np.uint32))


def plugin_fingerprint(record: Any, plugin_version: str) -> dict[str, str]:
    """Name of a record, its plugin's version and source digest of the factory's package."""
    package = str(record.factory.__module__).partition(".")[0]
    return {"name": record.name, "version": plugin_version, "source": source_digest(package)}


@cache
def source_digest(package: str) -> str:
    """Digest over the Python and data files of a package (or of a lone module)."""
    total = hashlib.sha256()
    for root, path in _source_files(package):
        total.update(path.relative_to(root).as_posix().encode() + b"\0")
        total.update(path.read_bytes() + b"\0")
    return total.hexdigest()[:16]


@cache
def toolkit_fingerprint(sources: tuple[str, ...]) -> dict[str, str]:
    """Version of macropatch and digest of those of its files that a result depends on."""
    total = hashlib.sha256()
    for source in sources:
        found = ROOT / source
        for path in sorted(found.rglob("*.py")) if found.is_dir() else [found]:
            total.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return {"version": version("macropatch"), "source": total.hexdigest()[:16]}


def _source_files(package: str) -> list[tuple[Path, Path]]:
    try:
        spec = find_spec(package)
    except ValueError:  # a module without a spec, such as __main__ of a notebook
        spec = None
    if spec is None:
        file = getattr(sys.modules.get(package), "__file__", None)
        return [(Path(file).parent, Path(file))] if file else []
    if not spec.submodule_search_locations:
        return [(Path(spec.origin).parent, Path(spec.origin))] if spec.origin else []
    return [
        (Path(root), path)
        for root in spec.submodule_search_locations
        for path in sorted(Path(root).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in NOT_SOURCE
    ]
