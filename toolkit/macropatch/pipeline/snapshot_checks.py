"""Refuse before work starts what snapshots cannot have: values, starts, tilings."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from macropatch.contract import MicroscopicSystem, Size, SystemRecord
from macropatch.experiment import Experiment
from macropatch.experiment.tables import Start


def values_out_of_range(experiment: Experiment, system: MicroscopicSystem) -> Iterator[str]:
    """Values of conditions outside the ranges that the system declares."""
    for quantity in system.conditions:
        low = -math.inf if quantity.low is None else quantity.low
        high = math.inf if quantity.high is None else quantity.high
        for where, conditions in (
            ("[conditions]", experiment.conditions),
            ("[small] conditions:", experiment.small.conditions),
        ):
            outside = [v for v in conditions.get(quantity.name, ()) if not low <= v <= high]
            if outside:
                yield (
                    f"{where} {quantity.name}: {outside} are outside the range of the system, "
                    f"{low:g} to {high:g} {quantity.unit}".rstrip()
                )


def impossible_starts(
    experiment: Experiment, record: SystemRecord, system: MicroscopicSystem
) -> Iterator[str]:
    """Starts that systems of their size cannot have."""
    large, equilibrium = experiment.large.size, experiment.evaluate.equilibrium
    starts: list[tuple[str, Size, Start]] = [
        ("[upsample] random_start", large, experiment.upsample.random_start),
        *((f"[predict] starts[{i}]", large, s) for i, s in enumerate(experiment.predict.starts)),
    ]
    if experiment.small.from_ is None:
        starts.append(("[small] start", experiment.small_size, experiment.small.start))
    if equilibrium is not None:
        starts.append(("[evaluate.equilibrium] start", large, equilibrium.start))
    for where, size, start in starts:
        try:
            system.check_start(size, record.start.model_validate(start))
        except ValueError as error:
            yield f"{where} = {start}: {error}"


def impossible_tiling(
    experiment: Experiment, record: SystemRecord, system: MicroscopicSystem
) -> Iterator[str]:
    """Whether a snapshot of the large system can be tiled of the small one's: one is."""
    large, small, upsample = experiment.large.size, experiment.small_size, experiment.upsample
    if large == small or upsample.random_share + upsample.given_share >= 1.0:
        return
    c = np.array([[experiment.conditions[quantity.name][0] for quantity in system.conditions]])
    start, rng = record.start.model_validate({}), np.random.default_rng(0)
    picks = np.zeros((1, system.sites(large) // system.sites(small)), np.int64)
    try:
        system.tile(system.initial(small, 1, c, start, rng), picks, large, rng)
    except ValueError as error:
        yield f"[large] size = {list(large)} of [small] size = {list(small)}: {error}"
