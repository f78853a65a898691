"""Experiments small enough for tests: a whole study takes a second or two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli_w

from macropatch.experiment.overrides import merge

Document = dict[str, Any]

CURIE_WEISS: Document = {
    "experiment": {"name": "tiny", "seed": 3},
    "system": {"name": "curie-weiss"},
    "small": {"runs": 20, "records": 10, "record_every": 2.9, "start": {"m": [-1.0, 1.0]}},
    "large": {"size": 256},
    "upsample": {"snapshots": 600, "random_start": {"m": [-1.0, 1.0]}},
    "evolve": {"patch_size": 64, "dt": 0.58, "patches": 2},
    "sde": {
        "name": "mlp", "width": 8, "depth": 2, "diffusion": "constant", "ensemble": 2,
        "calibration_error": 0.3,
    },
    "training": {"batch": 128, "epochs": 3},
    "predict": {
        "starts": [{"m": 0.5}, {"m": -0.25}], "duration": 26.1, "runs": 6, "member_runs": 4
    },
    "evaluate": {"truth_runs": 6, "group": 3},
    "report": {"figures": ["cost"]},
    "run": {"task_size": 100, "workers": 2},
}  # fmt: skip

SWEEP: Document = {
    "evolve": {"scheme": ["partial", "published", "naive"]},
    "sweep": [{"evolve.patch_size": [64, 256]}],
}

RING: Document = {
    "experiment": {"name": "ring", "seed": 4},
    "system": {"name": "ising-ring"},
    "conditions": {"temperature": [2.0, 3.0]},
    "small": {"runs": 20, "records": 10, "record_every": 1.0},
    "large": {"size": 48},
    "upsample": {"snapshots": 600, "relax": 0.5},
    "evolve": {"patch_size": 12, "cell": 6, "dt": 0.2, "patches": 2, "halo": 2},
    "closure": {"name": "powers", "powers": [2, 3]},
    "sde": {"name": "linear", "ensemble": 2, "calibration_error": 0.3},
    "training": {"closure_cells": 500},
    "predict": {
        "starts": [{"low": 0.3, "high": 0.3}],
        "duration": 9.0,
        "runs": 6,
        "member_runs": 4,
    },
    "evaluate": {"truth_runs": 6, "group": 3},
    "report": {"figures": ["cost"]},
    "run": {"task_size": 100, "workers": 2},
}

CHAIN: Document = {
    "experiment": {"name": "chain", "seed": 5},
    "system": {"name": "ornstein-uhlenbeck-chain"},
    "small": {"runs": 10, "records": 10, "record_every": 0.5},
    "large": {"size": 40},
    "upsample": {"snapshots": 300},
    "evolve": {"patch_size": 10, "dt": 0.05, "halo": 2},
    "sde": {"name": "linear", "lambda": "K", "ensemble": 2},
    "predict": {"starts": [{"spread": 0.5}], "duration": 2.0, "runs": 4, "member_runs": 4},
    "evaluate": {"truth_runs": 4, "group": 2},
    "report": {"figures": []},
    "run": {"task_size": 60, "workers": 1},
}

WALKER: Document = {
    "experiment": {"name": "walker", "seed": 5},
    "system": {"name": "walker"},
    "small": {"runs": 20, "records": 10, "record_every": 1.0},
    "large": {"size": 32},
    "upsample": {"snapshots": 600},
    "evolve": {"patch_size": 8, "dt": 0.2, "patches": 2, "halo": 3},
    "sde": {"name": "linear", "ensemble": 2, "calibration_error": 0.3},
    "predict": {"starts": [{}], "duration": 9.0, "runs": 6, "member_runs": 4},
    "evaluate": {"truth_runs": 6, "group": 3},
    "report": {"figures": ["drift_and_diffusion", "trajectories"]},
    "run": {"task_size": 100, "workers": 2},
}


def document(base: Document = CURIE_WEISS, /, **changes: Any) -> Document:
    """An experiment with changes merged in, table by table."""
    return merge(base, changes)


def swept(**changes: Any) -> Document:
    """The Curie–Weiss study with two patch sizes and three schemes."""
    return merge(merge(CURIE_WEISS, SWEEP), changes)


def write_settings(path: Path, settings: Document) -> Path:
    """Write a settings file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tomli_w.dumps(settings).encode())
    return path
