"""Every member that a system has, called once as in the example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from macropatch.contract import Geometry, States
from macropatch.testing.case import SNAPSHOTS, Case

# What must be overridden: `evolve_alone` belongs to `cut` too, but has a default.
CAPABILITY_MEMBERS = {
    "cells": ("cells",),
    "cut": ("cut", "evolve_events"),
    "drift_and_diffusion": ("drift_and_diffusion",),
    "equilibrate": ("equilibrate",),
    "martingale": (),
    "reflect": ("reflect",),
    "to_atoms": ("to_atoms",),
}
EVENTS = 5


def members_of(capability: str, declared: frozenset[str]) -> tuple[str, ...]:
    """What must be overridden for a capability, beside the others that a record declares."""
    also = ("reflect_cells",) if capability == "reflect" and "cells" in declared else ()
    return (*CAPABILITY_MEMBERS[capability], *also)


@dataclass(frozen=True)
class Call:
    """A member with its arguments.

    Attributes
    ----------
    name : of the member
    run : ``(states, pairs, c, rng) -> result``
    pool : whether ``states`` are of a patch's size
    dynamics : whether the result must depend on the seed
    """

    name: str
    run: Callable[[States, np.ndarray, np.ndarray, np.random.Generator], Any]
    pool: bool = False
    dynamics: bool = False


def picks_of(case: Case) -> np.ndarray:
    """``(4, parts)`` pool snapshots to tile: one repeated, different ones, and so on."""
    system = case.system
    whole, part = system.sites(case.size), system.sites(case.geometry.patch)
    parts = whole // part
    picks = np.arange(4)[:, None] + np.arange(parts) * np.array([0, 1, 0, 2])[:, None]
    return np.asarray(picks % SNAPSHOTS, dtype=np.int64)


def cells_of(case: Case, states: States) -> np.ndarray:
    """``(cells, channels, *shape)`` of all snapshots, as encoders read them."""
    found = case.system.cells(states, case.geometry.cell or ())
    return found.reshape(-1, *found.shape[2:])


def calls(case: Case) -> list[Call]:
    """All members that the record declares."""
    system, geometry, dt = case.system, case.geometry, case.dt
    cells = geometry.cell is not None and "cells" in case.record.capabilities
    martingale = "martingale" in case.record.capabilities
    shape = geometry if cells else Geometry(geometry.patch)
    around = case.record.example.surroundings
    listed = [
        Call("observe", lambda s, p, c, r: system.observe(s)),
        Call("conserved", lambda s, p, c, r: system.conserved(s)),
        Call("evolve", lambda s, p, c, r: system.evolve(s, c, 10 * dt, r), dynamics=True),
        Call("evolve with credit", lambda s, p, c, r: system.evolve(s, c, dt, r, shape)),
        Call(
            "evolve_patches",
            lambda s, p, c, r: system.evolve_patches(
                s, p, shape, c, np.full(len(p), 10 * dt), around, r, martingale
            ),
            dynamics=True,
        ),
        Call("tile", lambda s, p, c, r: system.tile(s, picks_of(case), case.size, r), pool=True),
        Call("relax", lambda s, p, c, r: system.relax(s, c, dt, r)),
    ]
    optional = {
        "cells": [Call("cells", lambda s, p, c, r: system.cells(s, geometry.cell or ()))],
        "cut": [
            Call("cut", lambda s, p, c, r: system.cut(s, p, geometry)),
            Call(
                "evolve_events",
                lambda s, p, c, r: system.evolve_events(s, c, EVENTS, r),
                dynamics=True,
            ),
            Call(
                "evolve_alone",
                lambda s, p, c, r: system.evolve_alone(s, p, geometry, c, EVENTS, r),
                dynamics=True,
            ),
        ],
        "drift_and_diffusion": [
            Call("drift_and_diffusion", lambda s, p, c, r: system.drift_and_diffusion(s, c))
        ],
        "equilibrate": [Call("equilibrate", lambda s, p, c, r: system.equilibrate(s, c, 2, r))],
        "reflect": [Call("reflect", lambda s, p, c, r: system.reflect(s))],
    }
    if cells:
        optional["reflect"].append(
            Call("reflect_cells", lambda s, p, c, r: system.reflect_cells(cells_of(case, s)))
        )
    for capability in sorted(case.record.capabilities & optional.keys()):
        if capability != "cells" or cells:
            listed += optional[capability]
    return listed
