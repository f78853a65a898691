"""Patches in their surroundings: event by event against the naive kernel, and in law."""

from __future__ import annotations

import numpy as np
import pytest
from ising import Ising, sample
from naive import evolve_window, highest_rate
from scipy.stats import norm

from macropatch.contract import Geometry, Surroundings
from macropatch.lattice import draw_seeds

CASES = [
    ((12,), (3,), 0),
    ((12,), (3,), 2),
    ((12,), (3,), 5),
    ((6, 9), (2, 3), 0),
    ((6, 9), (2, 3), 1),
    ((6, 9), (2, 3), 2),
    ((6, 9), (2, 3), 3),
    ((2, 8), (1, 2), 1),
    ((6, 6), (6, 2), 0),
]


def _window(size, patch, width, number):
    """First site, extent and owned sites, as the contract words them."""
    tiles = np.unravel_index(number, [n // p for n, p in zip(size, patch, strict=True)])
    origin = [int(t) * p for t, p in zip(tiles, patch, strict=True)]
    owned = {tuple(np.add(origin, site)) for site in np.ndindex(patch)}
    reach = [p + 2 * width >= n for n, p in zip(size, patch, strict=True)]
    first = [0 if all_ else o - width for all_, o in zip(reach, origin, strict=True)]
    extent = [n if all_ else p + 2 * width for all_, n, p in zip(reach, size, patch, strict=True)]
    return first, extent, owned


@pytest.mark.parametrize(("size", "patch", "width"), CASES)
def test_kernel_follows_the_naive_one_event_by_event(size, patch, width):
    """Credit, cells after and the martingale, with several patches of a snapshot and mixed dt."""
    system = Ising(len(size), field=0.2)
    states, c, _ = sample(system, size, 3, seed=1)
    c[1] = 1.1
    patches = system.patch_count(size, patch)
    pairs = np.array([(2, patches - 1), (0, 0), (0, patches // 2), (1, 1 % patches)])
    dt = np.array([1.0, 2.0, 0.0, 1.5])
    geometry, around = Geometry(patch, patch), Surroundings("halo", width)
    copy = states["sites"].copy()
    found = system.evolve_patches(
        states, pairs, geometry, c, dt, around, np.random.default_rng(7), martingale=True
    )
    rng = np.random.default_rng(7)
    windows = [_window(size, patch, width, number) for _, number in pairs]
    top = np.array([highest_rate(system, c[row]) for row, _ in pairs])
    attempts = rng.poisson(
        [np.prod(w[1]) * r * t for w, r, t in zip(windows, top, dt, strict=True)]
    )
    seeds = draw_seeds(rng, len(pairs))
    for p, (row, number) in enumerate(pairs):
        after, change, integral = evolve_window(
            system, states["sites"][row], c[row], *windows[p], attempts[p], seeds[p]
        )
        drift = integral * dt[p] / (attempts[p] + 1)
        assert found.change[p] == pytest.approx(change, abs=1e-12)
        assert found.martingale[p] == pytest.approx(change - drift, abs=1e-12)
        cut = system.cut({"sites": after[None]}, np.array([[0, number]]), geometry)["sites"]
        assert np.array_equal(found.after[p, 0, 0], cut[0])
    before = system.cut(states, pairs, geometry)["sites"]
    assert np.array_equal(found.before[:, 0, 0], before)
    assert np.array_equal(states["sites"], copy)


@pytest.mark.parametrize("size", [(10,), (4, 6)])
def test_one_patch_is_the_whole_lattice_event_by_event(size):
    system = Ising(len(size))
    states, c, _ = sample(system, size, 30, seed=2)
    whole = system.evolve(states, c, 2.0, np.random.default_rng(1)).states
    pairs = np.stack([np.arange(30), np.zeros(30, int)], axis=1)
    found = system.evolve_patches(
        states, pairs, Geometry(size, size), c, np.full(30, 2.0), Surroundings("halo"),
        np.random.default_rng(1),
    )  # fmt: skip
    assert np.array_equal(found.after.reshape(30, *size), whole["sites"])
    change = system.observe(whole) - system.observe(states)
    assert found.change == pytest.approx(change, abs=1e-12)


def _deviation(width, count=60_000):
    """z-scores of the patch's mean credit with a halo against that in the whole lattice, dt = 2."""
    system, size, patch = Ising(2), (6, 9), (2, 3)
    one, c, rng = sample(system, size, 1, seed=3)
    states = {"sites": np.repeat(one["sites"], count, axis=0)}
    c = np.repeat(c, count, axis=0)
    pairs = np.stack([np.arange(count), np.full(count, 4)], axis=1)
    whole = system.evolve(states, c, 2.0, rng, credit=Geometry(patch)).credit[:, 4]
    part = system.evolve_patches(
        states, pairs, Geometry(patch), c, np.full(count, 2.0), Surroundings("halo", width), rng
    ).change
    error = np.sqrt((whole.var(axis=0) + part.var(axis=0)) / count)
    return np.abs((whole.mean(axis=0) - part.mean(axis=0)) / error).max()


def test_a_wide_halo_has_the_law_of_the_whole_lattice():
    """Three comparisons, false-alarm rate 1e-4; frozen surroundings are told apart."""
    threshold = norm.isf(1e-4 / 6)
    assert _deviation(width=4) < threshold
    assert _deviation(width=0) > threshold


def test_the_martingale_has_mean_zero_and_less_noise():
    """False-alarm rate 1e-4; the change itself is told apart."""
    system, count = Ising(2), 30_000
    one, c, rng = sample(system, (6, 6), 1, seed=4)
    pairs = np.stack([np.zeros(count, int), rng.integers(0, 4, count)], axis=1)
    found = system.evolve_patches(
        one, pairs, Geometry((3, 3)), c, np.full(count, 1.0), Surroundings("halo", 1), rng, True
    )
    threshold = norm.isf(1e-4 / 6)

    def score(x):
        return np.abs(x.mean(axis=0) / x.std(axis=0) * np.sqrt(count)).max()

    assert score(found.martingale) < threshold
    assert score(found.change) > threshold


def test_what_does_not_fit_is_refused():
    system = Ising(2)
    states, c, rng = sample(system, (6, 9), 2, seed=5)

    def evolve(pairs=((0, 0),), geometry=Geometry((2, 3)), around=Surroundings("halo", 1)):  # noqa: B008
        pairs = np.array(pairs)
        return system.evolve_patches(states, pairs, geometry, c, np.ones(len(pairs)), around, rng)

    with pytest.raises(ValueError, match="2 snapshots of 9 patches"):
        evolve(pairs=[(0, 9)])
    with pytest.raises(ValueError, match=r"rows \[1, 2, 3, 6\]"):
        evolve(geometry=Geometry((4, 3)))
    with pytest.raises(ValueError, match="does not divide"):
        evolve(geometry=Geometry((2, 3), (2, 2)))
    with pytest.raises(ValueError, match="takes only 'halo'"):
        evolve(around=Surroundings("slaved"))
    with pytest.raises(ValueError, match="0 \\(frozen\\) or more"):
        evolve(around=Surroundings("halo", -1))
    with pytest.raises(ValueError, match="has 2 edge"):
        system.sites((4,))
    with pytest.raises(ValueError, match="at least 2"):
        system.patch_count((1, 4), (1, 2))
    with pytest.raises(ValueError, match="rows of conditions for 2 snapshots"):
        system.evolve(states, c[:1], 1.0, rng)
