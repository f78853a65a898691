"""Checks of ``reflect`` and ``reflect_cells``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from macropatch.stages.parity import observable_parities
from macropatch.testing.calls import cells_of
from macropatch.testing.case import SNAPSHOTS, Case, arrays_of, equal, in_order, take
from macropatch.testing.findings import check
from macropatch.testing.replicates import LONGEST
from macropatch.testing.statistics import DRIFT_TOLERANCE, FALSE_ALARM, compare_means, weights

REFLECTED = 600


@check(needs="reflect")
def reflection_is_an_involution(case: Case) -> Iterator[str]:
    """Twice is the identity, once is not, and observables are even or odd."""
    image = case.system.reflect(case.states)
    back = case.system.reflect(image)
    original = arrays_of(dict(case.states))
    if not equal(arrays_of(dict(back)), original):
        yield "reflect twice is not the identity"
    if equal(arrays_of(dict(image)), original):
        yield "reflect does nothing: drop the capability, or exchange what the symmetry exchanges"
    try:
        observable_parities(case.system, case.states)
    except ValueError as error:
        yield str(error)


@check(needs="reflect")
def cells_have_the_same_reflection(case: Case) -> Iterator[str]:
    """The images of a snapshot's cells are the cells of its image, in any order."""
    if "cells" not in case.record.capabilities:
        return
    system, cells = case.system, cells_of(case, case.states)
    image = system.reflect_cells(cells)
    if image.shape != cells.shape or image.dtype != cells.dtype:
        yield f"reflect_cells gives {image.dtype} {image.shape} for {cells.dtype} {cells.shape}"
        return
    if not np.array_equal(system.reflect_cells(image), cells):
        yield "reflect_cells twice is not the identity"
    mapped = image.reshape(SNAPSHOTS, -1, *cells.shape[1:])
    expected = cells_of(case, system.reflect(case.states)).reshape(mapped.shape)
    if not np.array_equal(in_order(mapped), in_order(expected)):
        yield "reflect_cells of a snapshot's cells are not the cells of what reflect makes of it"


@check(needs="reflect", false_alarm=FALSE_ALARM)
def dynamics_are_symmetric(case: Case) -> Iterator[str]:
    """The drift of a reflected snapshot is the reflected drift."""
    try:
        sign = observable_parities(case.system, case.states)
    except ValueError:  # said above
        return
    system, advice = case.system, "Is the symmetry there at these settings (no field …)?"
    image = system.reflect(case.states)
    if "drift_and_diffusion" in case.record.capabilities:
        drift, diffusion = system.drift_and_diffusion(case.states, case.c)
        mapped, spread = system.drift_and_diffusion(image, case.c)
        if not np.allclose(mapped, sign * drift, rtol=1e-8, atol=1e-10 * np.abs(drift).max()):
            yield f"the exact drift is not symmetric under reflect. {advice}"
        if not np.allclose(spread, np.outer(sign, sign) * diffusion, rtol=1e-8,
                           atol=1e-10 * np.abs(diffusion).max()):  # fmt: skip
            yield f"the exact diffusion is not symmetric under reflect. {advice}"
    index = np.repeat(np.arange(SNAPSHOTS), REFLECTED)
    changes: list[np.ndarray] = []
    for states in (case.states, image):
        start, rng = take(states, index), case.rng(f"reflect {len(changes)}")
        dt = min(case.dt, LONGEST)
        later = system.evolve(start, case.c[index], dt, rng).states
        change = system.observe(later) - system.observe(start)
        changes.append(change.reshape(SNAPSHOTS, REFLECTED, -1))
    g = weights(system.observe(case.states))
    yield from compare_means(changes[1] * sign, changes[0], g, DRIFT_TOLERANCE).problems(
        "the drift of reflected snapshots", advice
    )
