"""Checks of ``reflect``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from macropatch.testing.case import SNAPSHOTS, Case, arrays_of, equal, take
from macropatch.testing.findings import check
from macropatch.testing.replicates import LONGEST
from macropatch.testing.statistics import DRIFT_TOLERANCE, FALSE_ALARM, compare_means, weights

REFLECTED = 600


def parities(case: Case) -> np.ndarray | None:
    """+1 or −1 for each observable under ``reflect``; ``None`` if one is neither."""
    z = case.system.observe(case.states)
    image = case.system.observe(case.system.reflect(case.states))
    close = 1e-10 * max(1.0, float(np.abs(z).max()))
    even = np.abs(image - z).max(axis=0) <= close
    odd = np.abs(image + z).max(axis=0) <= close
    return np.where(even, 1.0, -1.0) if (even | odd).all() else None


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
    if parities(case) is None:
        yield "reflect maps an observable neither to itself nor to its negative"


@check(needs="reflect", false_alarm=FALSE_ALARM)
def dynamics_are_symmetric(case: Case) -> Iterator[str]:
    """The drift of a reflected snapshot is the reflected drift."""
    sign = parities(case)
    if sign is None:
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
