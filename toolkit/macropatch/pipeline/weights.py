"""Fitted objects as files: weights as safetensors, the rest as JSON; nothing that runs code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from macropatch.errors import StorageError
from macropatch.runs.files import read_json

REMEDY = "`macropatch run` with the same folder makes it again."


def model_files(
    name: str, weights: dict[str, np.ndarray], about: dict[str, Any]
) -> dict[str, bytes]:
    """Two files of a model by their path below the run folder."""
    content = {key: np.ascontiguousarray(array) for key, array in weights.items()}
    text = json.dumps(about, indent=1, sort_keys=True, allow_nan=False) + "\n"
    return {f"models/{name}.safetensors": save(content), f"models/{name}.json": text.encode()}


def read_model(root: Path, name: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Weights and description of a model.

    Raises
    ------
    StorageError
        if a file is missing or is not a model; names it and the remedy.
    """
    path = root / "models" / f"{name}.safetensors"
    try:
        weights = load(path.read_bytes())
    except FileNotFoundError as error:
        raise StorageError(f"{path}: missing. {REMEDY}") from error
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise StorageError(f"{path}: not a model file ({error}). {REMEDY}") from error
    if not all(np.isfinite(array).all() for array in weights.values()):
        raise StorageError(f"{path}: holds weights that are no finite numbers. {REMEDY}")
    about = read_json(path.with_suffix(".json"), REMEDY)
    if not isinstance(about, dict):
        raise StorageError(f"{path.with_suffix('.json')}: not a model description. {REMEDY}")
    return weights, about
