"""Checkpoints of a fit: tensors as safetensors, the rest as JSON in the same file; no pickle."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor


def write_checkpoint(
    path: Path, tensors: Mapping[str, Tensor], progress: Mapping[str, Any]
) -> None:
    """Write both to one file, under a temporary name first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    detached = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    metadata = {"progress": json.dumps(progress), "checksum": _checksum(detached)}
    content = save(detached, metadata=metadata)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_bytes(content)
    os.replace(partial, path)


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """What was written, or ``None`` if there is nothing whole: the fit then starts anew."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            progress = json.loads(metadata["progress"])
    except (SafetensorError, OSError, KeyError, ValueError):
        return None
    return (tensors, progress) if metadata.get("checksum") == _checksum(tensors) else None


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    """CRC-32 of names and values."""
    total = 0
    for name, tensor in sorted(tensors.items()):
        total = zlib.crc32(tensor.numpy().tobytes(), zlib.crc32(name.encode(), total))
    return f"{total:08x}"


def generator_states(generators: list[torch.Generator]) -> dict[str, Tensor]:
    """States of random generators by a name each."""
    return {f"generator.{i}": g.get_state() for i, g in enumerate(generators)}
