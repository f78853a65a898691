"""Checks of states: layout, ranges, conserved quantities, inputs that stay, seeds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from macropatch.contract import Size, States, count_of
from macropatch.testing.calls import EVENTS, calls, picks_of
from macropatch.testing.case import SNAPSHOTS, Case, arrays_of, equal, take
from macropatch.testing.findings import check


def _layout_problems(
    case: Case, what: str, states: States, size: Size, count: int
) -> Iterator[str]:
    spec = case.system.state_spec(size)
    if set(states) != set(spec):
        yield f"{what} gives arrays {sorted(states)}, state_spec names {sorted(spec)}"
        return
    for name, layout in spec.items():
        array = states[name]
        if array.shape != (count, *layout.shape):
            yield f"{what}: {name!r} has shape {array.shape}, expected {(count, *layout.shape)}"
        if array.dtype != np.dtype(layout.dtype):
            yield f"{what}: {name!r} is {array.dtype}, state_spec says {layout.dtype}"
        if len(layout.dimensions) != len(layout.shape):
            yield f"state_spec names {layout.dimensions} for the shape {layout.shape} of {name!r}"
        if layout.levels is not None and not np.isin(array, layout.levels).all():
            strange = sorted(set(np.unique(array).tolist()) - set(layout.levels))[:4]
            yield f"{what}: {name!r} takes values {strange} outside its levels {layout.levels}"
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            yield f"{what}: {name!r} is not finite"


@check()
def states_match_their_spec(case: Case) -> Iterator[str]:
    """Names, shapes, dtypes and levels of what makes states."""
    system, patch, rng = case.system, case.geometry.patch, case.rng("spec")
    yield from _layout_problems(case, "initial", case.states, case.size, SNAPSHOTS)
    yield from _layout_problems(case, "initial", case.pool, patch, SNAPSHOTS)
    evolved = system.evolve(case.states, case.c, case.dt, rng).states
    yield from _layout_problems(case, "evolve", evolved, case.size, SNAPSHOTS)
    tiled = system.tile(case.pool, picks_of(case), case.size, rng)
    yield from _layout_problems(case, "tile", tiled, case.size, 4)
    relaxed = system.relax(tiled, case.conditions(4), case.dt, rng)
    yield from _layout_problems(case, "relax", relaxed, case.size, 4)
    if "cut" in case.record.capabilities:
        cut = system.cut(case.states, case.pairs, case.geometry)
        yield from _layout_problems(case, "cut", cut, patch, len(case.pairs))
        later, elapsed = system.evolve_events(cut, case.conditions(len(case.pairs)), EVENTS, rng)
        yield from _layout_problems(case, "evolve_events", later, patch, len(case.pairs))
        if elapsed.shape != (len(case.pairs),) or not (elapsed > 0).all():
            yield f"evolve_events: elapsed is not a positive time for each of {len(case.pairs)}"


@check()
def observables_are_finite_and_in_range(case: Case) -> Iterator[str]:
    """Shape, dtype, range and declared linear constraints of ``observe``."""
    z = case.system.observe(case.states)
    if z.shape != (SNAPSHOTS, case.dimension) or z.dtype != np.float64:
        yield f"observe gives {z.dtype} {z.shape}, expected float64 {(SNAPSHOTS, case.dimension)}"
        return
    if not np.isfinite(z).all():
        yield "observe gives numbers that are not finite"
    for quantity, values in zip(case.system.observables, z.T, strict=True):
        low = -np.inf if quantity.low is None else quantity.low
        high = np.inf if quantity.high is None else quantity.high
        if values.min() < low - 1e-12 or values.max() > high + 1e-12:
            yield f"{quantity.name!r} spans {values.min():g} … {values.max():g}, not {low} … {high}"
    for constraint in case.system.constraints:
        error = np.abs(z @ np.array(constraint.coefficients) - constraint.value).max()
        if error > 1e-12 * max(1.0, float(np.abs(z).max())):
            yield f"observe breaks the constraint {constraint.name!r} by {error:.2g}"


@check()
def inputs_stay_as_they_were(case: Case) -> Iterator[str]:
    """No member writes into its arguments."""
    for call in calls(case):
        source = case.pool if call.pool else case.states
        states = {name: array.copy() for name, array in source.items()}
        pairs, c = case.pairs.copy(), case.c.copy()
        call.run(states, pairs, c, case.rng("inputs"))
        if not equal(arrays_of(states), arrays_of(dict(source))):
            yield f"{call.name} changes the states that it is given: work on a copy"
        if not equal([pairs, c], [case.pairs, case.c]):
            yield f"{call.name} changes the pairs or conditions that it is given"


@check()
def results_follow_the_seed(case: Case) -> Iterator[str]:
    """Equal seeds give equal results, different seeds different ones."""
    for call in calls(case):
        states = case.pool if call.pool else case.states
        once, again, other = (
            arrays_of(call.run(states, case.pairs, case.c, case.rng(f"seed {key}")))
            for key in (1, 1, 2)
        )
        if not equal(once, again):
            yield f"{call.name} differs at the same seed: draw all randomness from `rng`"
        if call.dynamics and equal(once, other):
            yield f"{call.name} is the same at different seeds: it does not use `rng`"
    first, again, other = (
        arrays_of(case.start_from(case.size, SNAPSHOTS, key)) for key in ("a", "a", "b")
    )
    if not equal(first, again):
        yield "initial differs at the same seed: draw all randomness from `rng`"


@check()
def conserved_quantities_stay(case: Case) -> Iterator[str]:
    """What ``conserved`` measures survives evolution, tiling and relaxation."""
    system, rng = case.system, case.rng("conserved")
    before = system.conserved(case.states)
    if before.ndim != 2 or len(before) != SNAPSHOTS:
        yield f"conserved has shape {before.shape}, expected ({SNAPSHOTS}, q)"
        return
    picks = picks_of(case)
    tiled = system.tile(case.pool, picks, case.size, rng)
    expected = system.conserved(case.pool)[picks].mean(axis=1)
    outcomes = {
        "evolve": (system.evolve(case.states, case.c, 10 * case.dt, rng).states, before),
        "relax": (system.relax(case.states, case.c, 10 * case.dt, rng), before),
        "tile": (tiled, expected),
    }
    if "cut" in case.record.capabilities:
        later, _ = system.evolve_events(case.states, case.c, EVENTS, rng)
        outcomes["evolve_events"] = (later, before)
    if "equilibrate" in case.record.capabilities:
        outcomes["equilibrate"] = (system.equilibrate(case.states, case.c, 2, rng), before)
    for name, (states, kept) in outcomes.items():
        error = np.abs(system.conserved(states) - kept).max(initial=0.0)
        if error > 1e-10:
            yield f"{name} changes a conserved quantity by {error:.2g}"


@check()
def snapshots_are_independent(case: Case) -> Iterator[str]:
    """Copies of one snapshot in one batch evolve differently; durations of zero change nothing."""
    copies = take(case.states, np.zeros(SNAPSHOTS, np.int64))
    c = np.repeat(case.c[:1], SNAPSHOTS, axis=0)
    later = case.system.evolve(copies, c, 10 * case.dt, case.rng("copies")).states
    if all(equal([array[0]], [row]) for array in later.values() for row in array[1:]):
        yield "copies of one snapshot evolve alike: each needs random numbers of its own"
    still = case.system.evolve(case.states, case.c, 0.0, case.rng("still")).states
    if not equal(arrays_of(dict(still)), arrays_of(dict(case.states))):
        yield "evolve for a duration of 0 changes states"
    if count_of(still) != SNAPSHOTS:
        yield "evolve changes the number of snapshots"
