"""Curie–Weiss: the conformance suite, the closed form for many spins, conditions, bad input."""

from __future__ import annotations

from dataclasses import replace

import naive_spins as naive
import numpy as np
import pytest
from pydantic import ValidationError
from scipy.integrate import solve_ivp
from scipy.stats import norm

from macropatch.contract import Geometry, Surroundings
from macropatch.testing import WrappedSystem, check_system
from macropatch_ising.curie_weiss import CurieWeiss
from macropatch_ising.plugin import macropatch_systems
from macropatch_ising.settings import CurieWeissSettings, SpinStart

RECORD, _ = macropatch_systems()
THRESHOLD = norm.isf(1e-6 / 2)
"""Standard errors that a correct system exceeds with probability 1e-6 (seeds are fixed)."""
SLAVED, FROZEN = Surroundings("slaved"), Surroundings("halo", 0)
TEMPERATURE, FIELD = 1.1, 0.1


def system(**settings):
    return CurieWeiss(CurieWeissSettings(**settings))


def snapshots(n, m, count, seed=0):
    no_conditions = np.zeros((count, 0))
    rng = np.random.default_rng(seed)
    return system().initial((n,), count, no_conditions, SpinStart(m=m), rng)


class SelfField(WrappedSystem):
    """Declares a generator in which spins feel themselves."""

    def drift_and_diffusion(self, states, c):
        m = self.inner.observe(states)
        pull = np.tanh((m + FIELD) / TEMPERATURE)
        return pull - m, 2.0 * (1.0 - m * pull)[:, :, None] / states["spins"].shape[1]


class UncreditedFall(WrappedSystem):
    """Credits rising spins twice as much as falling ones."""

    def evolve_patches(self, *args, **kwargs):
        result = self.inner.evolve_patches(*args, **kwargs)
        return replace(result, change=np.where(result.change > 0, 1.3, 1.0) * result.change)


def test_it_conforms_and_all_mutants_fail():
    """False-alarm rates are those of the report; the seed is fixed."""
    small = replace(RECORD, example=replace(RECORD.example, size=(16,), patch=(4,)))
    report = check_system(RECORD, mutants={"uncredited fall": UncreditedFall})
    assert report.rates == "rates verified"
    assert len(report.mutants) >= 13
    assert max(report.passed.values()) <= 1e-4
    found = check_system(small, mutants={"self field": SelfField})
    assert found.mutants["self field"] == "rates agree with the exact generator"


def test_the_generator_is_a_sum_over_spins():
    states = {"spins": naive.all_states(6)}
    drift, diffusion = system().drift_and_diffusion(states, np.zeros((64, 0)))
    expected = [naive.drift_and_diffusion(s, TEMPERATURE, FIELD) for s in states["spins"]]
    assert np.column_stack([drift[:, 0], diffusion[:, 0, 0]]) == pytest.approx(
        np.array(expected), abs=1e-14
    )


def test_the_generator_of_many_spins_is_the_closed_form():
    """``μ = tanh(β(m + h)) − m``, ``σ² = 2[1 − m tanh(β(m + h))]/n``, up to ``O(1/n)``."""
    for n in (1_000, 100_000):
        states = {"spins": np.concatenate([snapshots(n, m, 1)["spins"] for m in (-0.6, 0.0, 0.7)])}
        m = system().observe(states)[:, 0]
        pull = np.tanh((m + FIELD) / TEMPERATURE)
        drift, diffusion = system().drift_and_diffusion(states, np.zeros((3, 0)))
        assert drift[:, 0] == pytest.approx(pull - m, abs=3 / n)
        assert n * diffusion[:, 0, 0] == pytest.approx(2 * (1 - m * pull), abs=6 / n)


def mean_field_change(m, dt):
    """``m(dt) − m(0)`` of ``dm/dt = tanh(β(m + h)) − m``."""

    def slope(_, m):
        return np.tanh((m + FIELD) / TEMPERATURE) - m

    return solve_ivp(slope, (0.0, dt), [m], rtol=1e-9, atol=1e-12).y[0, -1] - m


def patch_changes(m, dt, count, surroundings, n=4096, n_s=256, seed=1):
    """``K Δ`` of one patch of each of ``count`` pairs; 256 snapshots of the same ``m``."""
    states = snapshots(n, m, 256, seed)
    pairs = np.column_stack([np.arange(count) % 256, np.arange(count) // 256 % (n // n_s)])
    result = system().evolve_patches(
        states, pairs, Geometry((n_s,)), np.zeros((256, 0)), np.full(count, dt), surroundings,
        np.random.default_rng(seed),
    )  # fmt: skip
    return n // n_s * result.change[:, 0]


@pytest.mark.parametrize("surroundings", [SLAVED, FROZEN], ids=["slaved", "frozen"])
def test_partial_evolution_has_the_exact_drift_and_k_times_the_diffusion(surroundings):
    """As dt → 0: at dt = 0.02, a bias of order dt. Without ``K``, or with ``λ = 1``, it fails."""
    m, dt, count, n, patches = -0.4, 0.02, 262_144, 4096, 16
    change = patch_changes(m, dt, count, surroundings)
    pull = np.tanh((m + FIELD) / TEMPERATURE)
    drift, variance = pull - m, 2.0 * (1.0 - m * pull) / n
    # Sites are drawn without replacement: snapshots of equal m differ, so errors are per snapshot.
    by_snapshot = change.reshape(-1, 256)
    error = by_snapshot.mean(axis=0).std(ddof=1) / 16.0 / dt
    allowed = 2.0 * dt * abs(drift) + THRESHOLD * error
    found = change.mean() / dt
    assert abs(found - drift) < allowed
    assert abs(found / patches - drift) > allowed
    ratio = by_snapshot.var(axis=0, ddof=1) / (variance * dt)
    spread = THRESHOLD * ratio.std(ddof=1) / 16.0
    assert abs(ratio.mean() - patches) < 2.0 * dt * patches + spread
    assert abs(ratio.mean() - 1.0) > 2.0 * dt * patches + spread


def test_slaved_surroundings_follow_the_mean_field_where_frozen_ones_do_not():
    """dt = 2, bias at most 5 % of the change; frozen surroundings have tens of per cent."""
    m, dt = -0.4, 2.0
    truth = mean_field_change(m, dt)
    for surroundings, sound in ((SLAVED, True), (FROZEN, False)):
        change = patch_changes(m, dt, 65_536, surroundings)
        error = change.reshape(-1, 256).mean(axis=0).std(ddof=1) / 16.0
        allowed = 0.05 * abs(truth) + THRESHOLD * error
        assert (abs(change.mean() - truth) < allowed) == sound


def test_the_whole_system_follows_the_mean_field():
    """Systems of 65,536 spins over dt = 3: bias O(1/n), allowed 1e-3; wrong rates differ more."""
    states = snapshots(65_536, 0.5, 64, seed=2)
    no_conditions = np.zeros((64, 0))
    for temperature, sound in ((TEMPERATURE, True), (1.05 * TEMPERATURE, False)):
        other = system(temperature=temperature)
        after = other.evolve(states, no_conditions, 3.0, np.random.default_rng(3)).states
        change = other.observe(after)[:, 0] - 0.5
        allowed = 1e-3 + THRESHOLD * change.std(ddof=1) / 8.0
        assert (abs(change.mean() - mean_field_change(0.5, 3.0)) < allowed) == sound


def test_each_snapshot_has_conditions_of_its_own():
    """A mixed batch gives the rows that uniform batches give, draw for draw."""
    mixed = system(conditions=("temperature", "field"))
    assert [quantity.name for quantity in mixed.conditions] == ["temperature", "field"]
    values = [(0.8, 0.0), (1.1, 0.1), (2.0, -0.5)]
    states = snapshots(60, 0.1, 9)
    c = np.array(values * 3)
    pairs = np.column_stack([np.arange(9), np.arange(9) % 4])
    calls = [
        lambda s, c: s.evolve(states, c, 2.0, np.random.default_rng(4)).states["spins"],
        lambda s, c: s.evolve_events(states, c, 20, np.random.default_rng(4))[0]["spins"],
        lambda s, c: s.drift_and_diffusion(states, c)[0],
        lambda s, c: s.evolve_patches(
            states, pairs, Geometry((15,)), c, np.full(9, 1.5), SLAVED, np.random.default_rng(4),
            martingale=True,
        ).martingale,
    ]  # fmt: skip
    for call in calls:
        together = call(mixed, c)
        for i, (temperature, field) in enumerate(values):
            alone = call(system(temperature=temperature, field=field), np.zeros((9, 0)))
            assert np.array_equal(together[i::3], alone[i::3])
        assert not np.array_equal(together, call(mixed, c[::-1]))


def test_credits_are_the_changes_of_the_patches():
    states = snapshots(24, 0.25, 40)
    result = system().evolve(
        states, np.zeros((40, 0)), 1.0, np.random.default_rng(5), Geometry((6,))
    )
    change = result.states["spins"].astype(float) - states["spins"]
    assert result.credit == pytest.approx(change.reshape(40, 4, 6).sum(axis=2)[..., None] / 24)


@pytest.mark.parametrize("n", [4096, 7])
def test_starts_have_the_nearest_magnetisation_and_random_arrangements(n):
    states = snapshots(n, 0.3, 400)
    nearest = 2 * round(n * 0.65) / n - 1
    assert system().observe(states)[:, 0] == pytest.approx(np.full(400, nearest))
    # Each site is up with the same probability: 400 n draws of the mean, sites anticorrelated.
    by_site = (states["spins"] > 0).mean(axis=0)
    probability = (1 + nearest) / 2
    worst = np.abs(by_site - probability).max()
    assert worst < norm.isf(1e-6 / (2 * n)) * np.sqrt(probability * (1 - probability) / 400)
    spread = snapshots(n, (-0.5, 0.9), 4000)
    m = system().observe(spread)[:, 0]
    assert m.min() >= -0.5 - 1 / n and m.max() <= 0.9 + 1 / n
    assert abs(m.mean() - 0.2) < THRESHOLD * m.std() / np.sqrt(4000) + 1 / n


def test_tiling_keeps_all_spins_and_mixes_them():
    pool = {"spins": np.array([[1] * 8, [-1] * 8], np.int8)}
    tiled = system().tile(pool, np.array([[0, 1, 1]] * 500), (24,), np.random.default_rng(6))
    assert (tiled["spins"].sum(axis=1) == -8).all()
    first = (tiled["spins"][:, 0] > 0).mean()
    assert abs(first - 1 / 3) < THRESHOLD * np.sqrt(2 / 9 / 500)
    with pytest.raises(ValueError, match="3 parts make 24 spins, not"):
        system().tile(pool, np.array([[0, 1, 1]]), (32,), np.random.default_rng(6))


def evolve_patches(pairs=((0, 0),), patch=4, dt=(1.0,), rows=3, around=SLAVED):
    states = snapshots(12, 0.0, 3)
    return system().evolve_patches(
        states, np.array(pairs), Geometry((patch,)), np.zeros((rows, 0)), np.array(dt), around,
        np.random.default_rng(7),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pairs": ((3, 0),)}, "pairs reach .* 3 snapshots of 3 patches"),
        ({"pairs": ((0, 3),)}, "pairs reach .* 3 snapshots of 3 patches"),
        ({"pairs": ((0, -1),)}, "pairs reach"),
        ({"pairs": (0, 1)}, "give \\(P, 2\\), snapshot and patch"),
        ({"patch": 5}, "does not divide 12; these do: \\[1, 2, 3, 4, 6, 12\\]"),
        ({"dt": (1.0, 1.0, 1.0)}, "broadcast"),
        ({"dt": (-1.0,)}, "lam"),
        ({"rows": 2}, "give one row for each of 3 snapshots"),
        ({"around": Surroundings("halo", 1)}, "no neighbours"),
        ({"around": Surroundings("bath")}, "use 'slaved', or 'halo' 0"),
    ],
)
def test_what_kernels_would_read_beyond_their_arrays_is_refused(arguments, message):
    assert evolve_patches().change.shape == (1, 1)
    with pytest.raises(ValueError, match=message):
        evolve_patches(**arguments)


def test_sizes_cuts_and_conditions_are_checked():
    states = snapshots(12, 0.0, 3)
    with pytest.raises(ValueError, match="one edge"):
        system().sites((3, 4))
    with pytest.raises(ValueError, match="pairs reach"):
        system().cut(states, np.array([[0, -1]]), Geometry((4,)))
    with pytest.raises(ValueError, match="give one row"):
        system().evolve(states, np.zeros((2, 0)), 1.0, np.random.default_rng(8))
    cut = system().cut(states, np.array([[2, 1], [0, 2]]), Geometry((4,)))
    assert np.array_equal(cut["spins"], [states["spins"][2, 4:8], states["spins"][0, 8:]])


@pytest.mark.parametrize(
    ("model", "values", "message"),
    [
        (CurieWeissSettings, {"temperature": 0.0}, "greater than 0"),
        (CurieWeissSettings, {"conditions": ["field", "field"]}, "lists a condition twice"),
        (CurieWeissSettings, {"coupling": 1.0}, "Extra inputs"),
        (SpinStart, {"m": 1.5}, "less than or equal to 1"),
        (SpinStart, {"m": [0.5, -0.5]}, "low <= high"),
    ],
)
def test_bad_settings_are_refused(model, values, message):
    with pytest.raises(ValidationError, match=message):
        model.model_validate(values)
