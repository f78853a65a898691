"""What measuring ``λ`` takes, beside all that the method simulates."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from macropatch.pipeline.graph import Branch
from macropatch.pipeline.pool import SITE_SECONDS
from macropatch.pipeline.results import OURS
from macropatch.runs.manifest import totals
from macropatch.runs.records import read_records
from macropatch.runs.stage import Stage

SIMULATED = ("simulate", "relax", "upsample", "evolve")
"""Stages of the method, beside the calibration, that evolve sites."""


def cost_of_ratios(branch: Branch, root: Path, snapshots: int) -> xr.Dataset:
    """Whole systems that measured ``λ``: the run's own calibration, or else a diagnosis' snapshots.

    Returns
    -------
    ``whole_systems``; where the run is calibrated also its shares of what the method took:
    ``calibration_share_of_seconds``, as measured, and ``calibration_share_of_events``, as sites
    times the time that they evolve
    """
    stage = branch.fit.calibration
    if stage is None:
        return xr.Dataset({"whole_systems": snapshots}, attrs={"calibrated": 0})
    stages = branch.stages().values()
    seconds = {one.name: _told(one, root, "seconds") for one in stages if one.kind in OURS}
    whole = int(_told(stage, root, "whole_systems"))
    system = stage.pairs.snapshots.source.make()
    sites = system.sites(stage.pairs.snapshots.size)
    own = whole * sites * stage.pairs.dt
    others = sum(one.cost() for one in stages if one.kind in SIMULATED) / SITE_SECONDS
    shares = {"calibration_share_of_events": own / (own + others)}
    total = sum(seconds.values())
    if total > 0:
        shares["calibration_share_of_seconds"] = seconds[stage.name] / total
    return xr.Dataset({"whole_systems": whole, **shares}, attrs={"calibrated": 1})


def _told(stage: Stage, root: Path, key: str) -> float:
    """A number that the records of a stage's tasks tell."""
    return float(totals(read_records(root, stage)).get(key, 0.0))
