"""Checks of patches: their number, credit, durations, surroundings, order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from macropatch.contract import Geometry, Surroundings
from macropatch.testing.case import SNAPSHOTS, Case, in_order, take
from macropatch.testing.findings import check


@check()
def credits_sum_to_the_change(case: Case) -> Iterator[str]:
    """All patches' credited changes on one stream sum to the change of ``observe``."""
    system, rng = case.system, case.rng("credit")
    result = system.evolve(case.states, case.c, 10 * case.dt, rng, Geometry(case.geometry.patch))
    if result.credit is None:
        yield "evolve(credit=…) gives no credit"
        return
    shape = (SNAPSHOTS, case.patches, case.dimension)
    if result.credit.shape != shape:
        yield (
            f"credit has shape {result.credit.shape}, expected {shape}: patch_count and evolve "
            "must divide the events in the same way"
        )
        return
    change = system.observe(result.states) - system.observe(case.states)
    error = np.abs(result.credit.sum(axis=1) - change)
    if error.max() > 1e-10:
        row, worst = np.unravel_index(int(error.argmax()), error.shape)
        name = system.observables[worst].name
        yield (
            f"the credits of {name!r} in snapshot {row} sum to "
            f"{result.credit[row, :, worst].sum():.6g}, observe changed by "
            f"{change[row, worst]:.6g}: every bond that an event touches counts, once, for the "
            "patch that owns the event"
        )
    if not change.any():
        yield "nothing happened in 10 dt: give an example with a longer dt"
    yield from _constraint_problems(case, "credit", result.credit)


@check()
def changes_keep_the_constraints(case: Case) -> Iterator[str]:
    """Credited changes of partial evolution obey the linear constraints to rounding."""
    if case.system.constraints:
        result = case.evolve_patches(case.states, case.pairs, 10 * case.dt, case.rng("constraint"))
        yield from _constraint_problems(case, "change", result.change)


def _constraint_problems(case: Case, what: str, change: np.ndarray) -> Iterator[str]:
    for constraint in case.system.constraints:
        error = np.abs(change @ np.array(constraint.coefficients)).max()
        if error > 1e-12 * max(1.0, float(np.abs(change).max())):
            yield f"{what} breaks the constraint {constraint.name!r} by {error:.2g}"


@check()
def shapes_of_partial_evolution(case: Case) -> Iterator[str]:
    """One row a pair, in any number and order, with several patches of a snapshot."""
    rng = case.rng("shapes")
    for pairs in (case.pairs, case.pairs[::-1].copy(), case.pairs[:1], case.pairs[:0]):
        result = case.evolve_patches(case.states, pairs, case.dt, rng)
        shape = (len(pairs), case.dimension)
        if result.change.shape != shape:
            yield f"change has shape {result.change.shape} for {len(pairs)} pairs, not {shape}"
        if result.elapsed.shape != (len(pairs),):
            yield f"elapsed has shape {result.elapsed.shape}, expected {(len(pairs),)}"
        elif not np.allclose(result.elapsed, case.dt, rtol=1e-6):
            yield f"elapsed is not dt = {case.dt}: partial evolution lasts for a fixed time"
        if not np.isfinite(result.change).all():
            yield "change is not finite"


@check()
def each_pair_has_its_own_duration(case: Case) -> Iterator[str]:
    """Pairs of zero ``dt`` do not change, whatever the other pairs do."""
    pairs = np.concatenate([case.pairs, case.pairs])
    dt = np.where(np.arange(len(pairs)) % 2, 10 * case.dt, 0.0)
    for durations in (dt, dt[::-1].copy()):
        result = case.evolve_patches(case.states, pairs, durations, case.rng("durations"))
        still = durations == 0
        if np.any(result.change[still] != 0):
            yield "a pair with dt = 0 changes: each pair has its own duration"
        if not np.any(result.change[~still] != 0):
            yield "pairs with a positive dt do not change beside pairs with dt = 0"
        if np.any(result.elapsed[still] != 0):
            yield "a pair with dt = 0 has a positive elapsed time"


@check()
def declared_surroundings_work(case: Case) -> Iterator[str]:
    """Every declared kind works, an unknown one raises ``ValueError``."""
    example = case.record.example.surroundings
    tried = [example, *(Surroundings(kind) for kind in case.record.surroundings)]
    for around in tried:
        result = case.system.evolve_patches(
            case.states, case.pairs, Geometry(case.geometry.patch), case.c,
            np.full(len(case.pairs), case.dt), around, case.rng("surroundings"),
        )  # fmt: skip
        if result.change.shape != (len(case.pairs), case.dimension):
            yield f"{around} gives changes of shape {result.change.shape}"
    for around in (Surroundings("no-such-kind"), Surroundings("halo", -1)):
        try:
            case.system.evolve_patches(
                case.states, case.pairs, Geometry(case.geometry.patch), case.c,
                np.full(len(case.pairs), case.dt), around, case.rng("surroundings"),
            )  # fmt: skip
        except ValueError:
            continue
        yield f"{around} is accepted: raise ValueError and say which surroundings there are"


@check()
def patches_that_do_not_fit_are_refused(case: Case) -> Iterator[str]:
    """``patch_count`` raises ``ValueError`` for a patch larger than the system."""
    large = tuple(edge + 1 for edge in case.size)
    try:
        count = case.system.patch_count(case.size, large)
    except ValueError:
        return
    yield f"patch_count takes a patch {large} of {case.size} (K = {count}): raise ValueError"


@check(needs="cells")
def cells_are_those_of_the_patch(case: Case) -> Iterator[str]:
    """Cells before are the patch's, cells after differ from them only by evolution."""
    cell = case.geometry.cell
    if cell is None:
        return
    system = case.system
    whole = system.cells(case.states, cell)
    if whole.ndim != 3 + len(cell) or whole.shape[3:] != cell or len(whole) != SNAPSHOTS:
        yield f"cells has shape {whole.shape}, expected ({SNAPSHOTS}, cells, channels, *{cell})"
        return
    result = case.evolve_patches(case.states, case.pairs, 0.0, case.rng("cells"), cells=True)
    if result.before is None or result.after is None:
        yield "evolve_patches gives no before and after although the geometry has cells"
        return
    if not np.array_equal(result.before, result.after):
        yield "before and after differ at dt = 0"
    later = case.evolve_patches(
        case.states, case.pairs, 10 * case.dt, case.rng("cells"), cells=True
    )
    if later.before is None or later.after is None:
        yield "evolve_patches gives no before and after although the geometry has cells"
        return
    if not np.array_equal(result.before, later.before):
        yield "before depends on dt: it is the patch's cells before the evolution"
    if np.array_equal(later.after, result.after):
        yield "after equals before although 10 dt passed"
    if "cut" in case.record.capabilities:
        cut = system.cells(system.cut(case.states, case.pairs, case.geometry), cell)
        if not np.array_equal(result.before, cut):
            yield "before differs from the cells of the patch that `cut` gives"
    split = result.before.reshape(SNAPSHOTS, -1, *whole.shape[2:])
    if split.shape != whole.shape or not np.array_equal(in_order(split), in_order(whole)):
        yield "the cells of all patches are not the cells of the snapshot"


@check()
def order_of_snapshots_does_not_matter(case: Case) -> Iterator[str]:
    """``observe`` of a reordered batch is reordered."""
    order = np.arange(SNAPSHOTS)[::-1].copy()
    z = case.system.observe(case.states)
    if not np.allclose(case.system.observe(take(case.states, order)), z[order], atol=1e-12, rtol=0):
        yield "observe of a snapshot depends on its place in the batch"
