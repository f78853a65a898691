"""Pairs: which patches are drawn, and what counts as the change of the whole system."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import chisquare

from macropatch.contract import Geometry, Surroundings
from macropatch.stages.encode import encode_cells, macroscopic
from macropatch.stages.evolve import averaged, draw_patches, evolve_alone, evolve_partially
from systems.ising_ring import IsingRing, RingSettings, RingStart
from systems.powers import Powers, PowerSettings

FALSE_ALARM = 1e-6
RING, CELL = IsingRing(RingSettings()), (3,)
GEOMETRY, WHOLE = Geometry((6,), CELL), Geometry((24,), CELL)


def snapshots(count, seed=0):
    rng = np.random.default_rng(seed)
    c = np.full((count, 1), 2.0)
    return RING.initial((24,), count, c, RingStart(), rng), c


def encoder():
    return Powers(PowerSettings(powers=(2, 3)))


def p_value(pairs):
    """Of all sets of three of seven patches being equally frequent."""
    sets = np.sort(pairs[:, 1].reshape(-1, 3), axis=1)
    possible = {chosen: i for i, chosen in enumerate(itertools.combinations(range(7), 3))}
    which = [possible[chosen] for chosen in map(tuple, sets.tolist())]
    return chisquare(np.bincount(which, minlength=len(possible))).pvalue


def test_patches_are_drawn_uniformly_and_without_repeats():
    """False-alarm rate 1e-6."""
    pairs = draw_patches(20_000, 3, 7, np.random.default_rng(1))
    assert (pairs[:, 0] == np.repeat(np.arange(20_000), 3)).all()
    assert p_value(pairs) > FALSE_ALARM


def test_a_draw_that_prefers_neighbours_is_found():
    """The mutant; each patch is as frequent as the others, but not each set."""
    rng = np.random.default_rng(1)
    chosen = (rng.integers(0, 7, (20_000, 1)) + np.arange(3)) % 7
    pairs = np.stack([np.repeat(np.arange(20_000), 3), chosen.reshape(-1)], axis=1)
    assert p_value(pairs) < FALSE_ALARM


def test_one_patch_is_drawn_uniformly_and_all_are_taken_in_order():
    """False-alarm rate 1e-6."""
    one = draw_patches(20_000, 1, 8, np.random.default_rng(2))[:, 1]
    assert chisquare(np.bincount(one, minlength=8)).pvalue > FALSE_ALARM
    every = draw_patches(2, 3, 3, np.random.default_rng(2))
    assert every.tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]


def test_more_patches_than_there_are_is_an_error():
    with pytest.raises(ValueError, match="5 patches a snapshot, but there are only 4"):
        draw_patches(10, 5, 4, np.random.default_rng(0))


def test_partial_change_is_the_patch_count_times_what_is_credited():
    """``z1 = z0 + K Δ``; closures change by the encoder's mean over the patch's cells."""
    states, c = snapshots(40)
    halo, trained = Surroundings("halo", 2), encoder()
    found = evolve_partially(
        RING, states, c, GEOMETRY, 4, 2, 0.5, halo, np.random.default_rng(3),
        lambda cells: encode_cells(trained, cells),
    )  # fmt: skip
    rng = np.random.default_rng(3)
    pairs = draw_patches(40, 2, 4, rng)
    alone = RING.evolve_patches(states, pairs, GEOMETRY, c, np.full(80, 0.5), halo, rng)
    observed, closures = found.change[..., :2], found.change[..., 2:]
    assert np.array_equal(observed, 4 * alone.change.reshape(40, 2, 2))
    means = [cells.mean(axis=(2, 3)) for cells in (alone.before, alone.after)]
    squares = [(mean**2).mean(axis=1) for mean in means]
    assert np.allclose(closures[..., 0].reshape(-1), squares[1] - squares[0], atol=1e-7)
    assert np.array_equal(found.elapsed, np.full((40, 2), 0.5))


def test_one_patch_that_is_everything_changes_as_the_whole_system():
    states, c = snapshots(30)
    trained = encoder()
    found = evolve_partially(
        RING, states, c, WHOLE, 1, 1, 0.7, Surroundings("halo", 0), np.random.default_rng(4),
        lambda cells: encode_cells(trained, cells),
    )  # fmt: skip
    later = RING.evolve(states, c, 0.7, np.random.default_rng(4)).states
    whole = [macroscopic(RING, one, trained, CELL) for one in (states, later)]
    assert np.allclose(found.change[:, 0], whole[1] - whole[0], atol=1e-6)


def test_a_patch_alone_is_cut_and_observed_by_itself():
    states, c = snapshots(25)
    trained = encoder()
    found = evolve_alone(
        RING, states, c, GEOMETRY, 4, 6, np.random.default_rng(5),
        lambda cells: encode_cells(trained, cells),
    )  # fmt: skip
    rng = np.random.default_rng(5)
    patches = RING.cut(states, draw_patches(25, 1, 4, rng), GEOMETRY)
    after, elapsed = RING.evolve_events(patches, c, 6, rng)
    assert np.array_equal(found.before, macroscopic(RING, patches, trained, CELL))
    assert np.array_equal(found.after, macroscopic(RING, after, trained, CELL))
    assert np.array_equal(found.elapsed, elapsed)


def test_without_an_encoder_there_are_observables_only():
    states, c = snapshots(5)
    assert evolve_alone(RING, states, c, GEOMETRY, 4, 3, np.random.default_rng(0)).after.shape == (
        5, 2,
    )  # fmt: skip
    assert macroscopic(RING, states, None, None).shape == (5, 2)


def test_a_system_that_gives_no_cells_is_named():
    states, c = snapshots(5)
    bare = Geometry((6,), None)
    with pytest.raises(ValueError, match="IsingRing gave no cells"):
        evolve_partially(
            RING, states, c, bare, 4, 1, 0.1, Surroundings("halo"), np.random.default_rng(0),
            lambda cells: cells,
        )  # fmt: skip


def test_averaging_and_flattening_patches():
    change = np.arange(12.0).reshape(2, 3, 2)
    elapsed = np.array([[1.0, 2.0, 3.0], [1.0, 1.0, 4.0]])
    mean, dt = averaged(change, elapsed, True)
    assert mean.tolist() == [[2.0, 3.0], [8.0, 9.0]] and dt.tolist() == [2.0, 2.0]
    every, dt = averaged(change, elapsed, False)
    assert np.array_equal(every, change.reshape(6, 2)) and dt.tolist() == [1, 2, 3, 1, 1, 4]
