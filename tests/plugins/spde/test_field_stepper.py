"""The kernel against plain Python, number by number: ends, patches, halo, credit, noise."""

from __future__ import annotations

import naive_fields
import numpy as np
import pytest
from models import CYCLE, linear_model

from macropatch.contract import Geometry, Surroundings
from macropatch_spde.field_system import FieldSystem
from macropatch_spde.predator_prey import predator_prey
from macropatch_spde.settings import FieldSettings, PredatorPreySettings, WaveStart

KINDS = [
    (boundary, stepper) for boundary in ("zero-flux", "periodic") for stepper in ("euler", "heun")
]
STEP = 0.05


def started(size, boundary, stepper, count=3, model=CYCLE):
    settings = FieldSettings(
        dimension=len(size), boundary=boundary, stepper=stepper, time_step=STEP
    )
    system, none = FieldSystem(settings, model), np.zeros((count, 0))
    return system, settings, system.initial(size, count, none, 0.7, np.random.default_rng(3)), none


def grids_of(states, model=CYCLE):
    stacked = np.stack([states[field.name] for field in model.fields], axis=1)
    return stacked if stacked.ndim == 4 else stacked[:, :, None, :]


@pytest.mark.parametrize("size", [(9,), (4, 5), (1,), (2, 1)])
@pytest.mark.parametrize(("boundary", "stepper"), KINDS)
def test_whole_grids_follow_the_equation(size, boundary, stepper):
    """Three fields with multiplicative noise, some that depends on another field."""
    system, settings, states, none = started(size, boundary, stepper)
    before = grids_of(states)
    evolved = system.evolve(states, none, 3 * STEP, np.random.default_rng(5)).states
    windows = [(snapshot, None) for snapshot in range(3)]
    expected, _ = naive_fields.evolve(CYCLE, settings, before, windows, 3, STEP, 5)
    assert grids_of(evolved) == pytest.approx(expected, rel=1e-12, abs=1e-14)
    assert np.abs(grids_of(evolved) - before).max() > 0.05
    assert np.array_equal(grids_of(states), before)


@pytest.mark.parametrize(
    ("size", "patch", "cell"),
    [((12,), (4,), (2,)), ((6, 4), (3, 2), (3, 1)), ((4, 8), (4, 2), (2, 2))],
)
@pytest.mark.parametrize("width", [0, 1, 2, 9])
@pytest.mark.parametrize(("boundary", "stepper"), KINDS)
def test_patches_follow_the_equation_in_their_surroundings(
    size, patch, cell, width, boundary, stepper
):
    """Change, cells and martingale of every patch, among them those at closed ends."""
    system, settings, states, none = started(size, boundary, stepper, count=2)
    grids, count = grids_of(states), system.patch_count(size, patch)
    pairs = np.array([(s, p) for p in reversed(range(count)) for s in (1, 0)])
    found = system.evolve_patches(
        states, pairs, Geometry(patch, cell), none, np.full(len(pairs), 3 * STEP),
        Surroundings("halo", width), np.random.default_rng(5), martingale=True,
    )  # fmt: skip
    flat = size if len(size) == 2 else (1, *size)
    part = patch if len(patch) == 2 else (1, *patch)
    areas = [naive_fields.window_of(flat, part, p, width, boundary == "periodic") for _, p in pairs]
    windows = [(s, area[1]) for (s, _), area in zip(pairs, areas, strict=True)]
    expected, noise = naive_fields.evolve(CYCLE, settings, grids, windows, 3, STEP, 5)
    n = np.prod(size)
    for pair, ((snapshot, _), (own, _)) in enumerate(zip(pairs, areas, strict=True)):
        rows, columns = (np.array(x) for x in zip(*own, strict=True))
        change = (expected[pair] - grids[snapshot])[:, rows, columns].sum(axis=1) / n
        assert found.change[pair] == pytest.approx(change, rel=1e-10, abs=1e-13)
        given = noise[pair][:, rows, columns].sum(axis=1) / n
        assert found.martingale[pair] == pytest.approx(given, rel=1e-10, abs=1e-13)
        for cells, grid in ((found.before, grids[snapshot]), (found.after, expected[pair])):
            sites = grid[:, rows, columns].reshape(3, -1)
            kept = cells[pair].swapaxes(0, 1).reshape(3, -1)
            assert np.sort(kept) == pytest.approx(np.sort(sites.astype(np.float32)), abs=1e-6)


@pytest.mark.parametrize("size", [(12,), (4, 6)])
@pytest.mark.parametrize("width", [0, 3])
@pytest.mark.parametrize(("boundary", "stepper"), KINDS)
def test_one_patch_is_the_whole_draw_for_draw(size, width, boundary, stepper):
    system, _, states, none = started(size, boundary, stepper, count=4)
    evolution = system.evolve(states, none, 0.4, np.random.default_rng(7), Geometry(size))
    pairs = np.stack([np.arange(4), np.zeros(4, np.int64)], axis=1)
    found = system.evolve_patches(
        states, pairs, Geometry(size, size), none, np.full(4, 0.4), Surroundings("halo", width),
        np.random.default_rng(7),
    )  # fmt: skip
    assert np.array_equal(found.after[:, 0], system.cells(evolution.states, size)[:, 0])
    assert found.change == pytest.approx(evolution.credit[:, 0], rel=1e-12, abs=1e-15)


def test_a_snapshot_does_not_depend_on_what_else_is_in_the_batch():
    """Its seed is all: pairs in another order, with those seeds, give the same numbers."""
    system, _, states, none = started((12,), "zero-flux", "euler", count=6)

    class Seeds(np.random.Generator):
        def __init__(self, order):
            super().__init__(np.random.PCG64(1))
            self.order = order

        def integers(self, low, high, count, dtype):
            return np.random.default_rng(1).integers(low, high, 6, dtype=dtype)[self.order]

    order = np.array([4, 1, 5, 0])
    every = system.evolve(states, none, 0.2, Seeds(slice(None))).states
    some = {name: array[order] for name, array in states.items()}
    few = system.evolve(some, none[order], 0.2, Seeds(order)).states
    assert all(np.array_equal(every[name][order], few[name]) for name in few)


def test_a_patch_of_the_paper_over_one_step_needs_no_halo():
    """Over one Euler step neighbours are where they were: sums over patches are the whole."""
    system = predator_prey(PredatorPreySettings(noise=0.0))
    none = np.zeros((2, 0))
    states = system.initial((200,), 2, none, WaveStart(), np.random.default_rng(0))
    pairs = np.indices((2, 5)).reshape(2, -1).T
    one, ten = (
        system.evolve_patches(
            states, pairs, Geometry((40,)), none, np.full(10, dt), Surroundings("halo"),
            np.random.default_rng(0),
        ).change.reshape(2, 5, 2)
        for dt in (0.01, 0.1)
    )  # fmt: skip
    for dt, change in ((0.01, one), (0.1, ten)):
        whole = system.evolve(states, none, dt, np.random.default_rng(0)).states
        expected = system.observe(whole) - system.observe(states)
        agrees = np.allclose(change.sum(axis=1), expected, rtol=1e-9, atol=0)
        assert agrees == (dt == 0.01)
    drift, _ = system.drift_and_diffusion(states, none)
    assert one.sum(axis=1) == pytest.approx(0.01 * drift, rel=1e-9)
    # A patch's own share has the flux through its edges, which cancels between patches.
    flux = states["v"][:, 40] - states["v"][:, 39]
    u, v = states["u"][:, :40], states["v"][:, :40]
    own = (3.0 * v * (u - 0.4)).sum(axis=1) + flux
    assert one[:, 0, 1] == pytest.approx(0.01 * own / 200, rel=1e-9)


def test_durations_are_divided_into_equal_steps_no_longer_than_the_time_step():
    system, settings, _, _ = started((6,), "zero-flux", "euler")
    dt = np.array([0.0, 1e-9, STEP, 2 * STEP, 0.3, 0.1 + 0.2, 0.12, 6.25])
    steps, step = system._dynamics.steps(dt)
    assert steps.tolist() == [0, 1, 1, 2, 6, 6, 3, 125]
    assert step * steps == pytest.approx(dt)
    assert (step <= settings.time_step * (1 + 1e-6)).all()


def test_noise_has_the_declared_strength():
    """Variance of one step of the mean, and that it grows with time, not with its square."""
    model = linear_model(rate=0.0, diffusion=1.0, noise=0.3)
    system, _, _, _ = started((4,), "periodic", "euler", model=model)
    count = 40_000
    states, none = {"u": np.zeros((count, 4))}, np.zeros((count, 0))
    for duration in (STEP, 4 * STEP):
        later = system.evolve(states, none, duration, np.random.default_rng(2)).states
        variance = system.observe(later).var()
        expected = 0.3**2 * duration / 4  # 5 standard errors: a false alarm in 2 million
        assert abs(variance / expected - 1.0) < 5.0 * np.sqrt(2.0 / count)
