"""Field systems: conformance with mutants of their own, definitions, refusals, blow-ups."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from models import linear_model

from macropatch.contract import Geometry, PatchEvolution, Quantity, Surroundings
from macropatch.errors import MacropatchError
from macropatch.testing import WrappedSystem, check_system
from macropatch_spde.declaration import ReactionDiffusion
from macropatch_spde.field_system import FieldSystem
from macropatch_spde.fitzhugh_nagumo import fitzhugh_nagumo
from macropatch_spde.plugin import macropatch_systems
from macropatch_spde.predator_prey import predator_prey
from macropatch_spde.settings import (
    FieldSettings,
    FitzHughNagumoSettings,
    MediumStart,
    PredatorPreySettings,
    WaveStart,
)

PREY, MEDIUM = macropatch_systems()
NONE = np.zeros((4, 0))


class CreditedHalo(WrappedSystem):
    """Credits a patch with what its halo does too: with all of the system."""

    def evolve_patches(
        self, states, pairs, geometry, c, dt, surroundings, rng, martingale=False
    ) -> PatchEvolution:
        evolve = self.inner.evolve_patches
        found = evolve(states, pairs, geometry, c, dt, surroundings, rng, martingale)
        wide = evolve(states, pairs * [1, 0], Geometry((12,)), c, dt, surroundings, rng)
        return replace(found, change=wide.change)


class NoiseWithoutRoot(WrappedSystem):
    """Noise proportional to the step, not to its root."""

    def evolve_patches(self, *args, **kwargs) -> PatchEvolution:
        given = list(args) + [False] * (8 - len(args))
        given[7] = True
        found = self.inner.evolve_patches(*given, **kwargs)
        scale = math.sqrt(0.025) - 1.0
        asked = found.martingale if len(args) > 7 and args[7] else None
        return replace(found, change=found.change + scale * found.martingale, martingale=asked)


class ReadAsStratonovich(WrappedSystem):
    """An exact drift with half of the derivative of the squared amplitude too much."""

    def drift_and_diffusion(self, states, c):
        drift, diffusion = self.inner.drift_and_diffusion(states, c)
        return drift + 0.5 * 0.4**2 * self.inner.observe(states), diffusion


class LeakyEnds(WrappedSystem):
    """Ends of the grid that let through what diffusion brings: a drift of ``v`` at them."""

    def drift_and_diffusion(self, states, c):
        drift, diffusion = self.inner.drift_and_diffusion(states, c)
        drift[:, 1] -= (states["v"][:, 0] + states["v"][:, -1]) / states["v"].shape[1]
        return drift, diffusion


def test_predator_prey_conforms():
    report = check_system(
        PREY,
        mutants={
            "credits the halo": CreditedHalo,
            "noise without its root": NoiseWithoutRoot,
            "ends that leak": LeakyEnds,
        },
    )
    assert report.rates == "rates verified"


def test_the_medium_conforms_in_two_dimensions():
    assert check_system(MEDIUM).rates == "rates verified"


def test_predators_and_prey_are_the_papers():
    """Drift and covariance of the means from the equations, as the moments close them."""
    settings = PredatorPreySettings(noise=0.05)
    system, rng = predator_prey(settings), np.random.default_rng(0)
    assert (settings.a, settings.b, settings.prey_diffusion, settings.predator_diffusion) == (
        3,
        0.4,
        0,
        1,
    )
    states = system.initial((50,), 4, NONE, WaveStart(), rng)
    states = system.evolve(states, NONE, 1.0, rng).states
    drift, diffusion = system.drift_and_diffusion(states, NONE)
    u, v = states["u"], states["v"]
    square, product = (u * u).mean(axis=1), (u * v).mean(axis=1)
    expected = np.stack(
        [u.mean(axis=1) - square - product, 3.0 * product - 1.2 * v.mean(axis=1)], axis=1
    )
    assert drift == pytest.approx(expected, abs=1e-13)
    assert diffusion == pytest.approx(np.broadcast_to(0.05**2 / 50 * np.eye(2), (4, 2, 2)))


def test_a_wave_starts_where_the_paper_starts_it():
    system = predator_prey(PredatorPreySettings())
    states = system.initial((200,), 4, NONE, WaveStart(m=0.5, k=0.1), np.random.default_rng(0))
    x = (np.arange(200) + 0.5) / 200
    assert states["u"][2] == pytest.approx(0.5 + 0.1 * np.cos(10 * np.pi * x))
    assert states["v"][2] == pytest.approx(0.5 - 0.1 * np.cos(10 * np.pi * x))
    many, none = 2000, np.zeros((2000, 0))
    drawn = system.initial((200,), many, none, WaveStart(), np.random.default_rng(0))
    m = system.observe(drawn)[:, 0]
    k = drawn["u"].std(axis=1) * math.sqrt(2.0)
    for values, low, high in ((m, 0.45, 0.55), (k, 0.05, 0.15)):
        assert low <= values.min() < low + 0.01 and high - 0.01 < values.max() <= high + 1e-9
        assert values.mean() == pytest.approx((low + high) / 2, abs=0.005)  # 7 standard errors
    with pytest.raises(ValueError, match="low <= high"):
        WaveStart(m=[0.6, 0.5])


def test_a_deterministic_uniform_state_follows_the_ordinary_equations():
    """Predators and prey spiral into b, 1 − b; no patch or grid is needed for that."""
    system = predator_prey(PredatorPreySettings(noise=0.0, stepper="heun"))
    states = system.initial((3,), 4, NONE, WaveStart(m=0.7, k=0.0), np.random.default_rng(0))
    later = system.evolve(states, NONE, 60.0, np.random.default_rng(0)).states
    assert system.observe(later) == pytest.approx(np.tile([0.4, 0.6], (4, 1)), abs=1e-5)


def test_the_medium_oscillates_under_a_current_and_rests_without():
    for current, least, most in ((0.5, 1.0, 3.0), (0.0, 0.0, 1e-3)):
        system = fitzhugh_nagumo(FitzHughNagumoSettings(activator_noise=0.0, current=current))
        start = MediumStart(u=-1.0, v=0.0, spread=0.0)
        states = system.initial((2,), 1, NONE[:1], start, np.random.default_rng(0))
        states = system.evolve(states, NONE[:1], 100.0, np.random.default_rng(0)).states
        seen = []
        for _ in range(40):
            states = system.evolve(states, NONE[:1], 1.0, np.random.default_rng(0)).states
            seen.append(system.observe(states)[0, 0])
        assert least <= np.ptp(seen) / 1.5 <= most


@pytest.mark.parametrize(
    ("system", "start"),
    [
        (predator_prey(PredatorPreySettings(dimension=2, boundary="periodic")), WaveStart()),
        (fitzhugh_nagumo(FitzHughNagumoSettings(dimension=2)), MediumStart()),
    ],
    ids=["predator-prey", "fitzhugh-nagumo"],
)
def test_planes_of_64_squared_with_patches_of_16_squared(system, start):
    rng = np.random.default_rng(0)
    states = system.initial((64, 64), 2, NONE[:2], start, rng)
    assert system.patch_count((64, 64), (16, 16)) == 16
    pairs = np.indices((2, 16)).reshape(2, -1).T
    found = system.evolve_patches(
        states, pairs, Geometry((16, 16), (8, 8)), NONE[:2], np.full(32, 0.05),
        Surroundings("halo", 4), rng, martingale=True,
    )  # fmt: skip
    assert found.before.shape == found.after.shape == (32, 4, 2, 8, 8)
    drift, _ = system.drift_and_diffusion(states, NONE[:2])
    compensator = (found.change - found.martingale).reshape(2, 16, 2).sum(axis=1)
    assert compensator == pytest.approx(0.05 * drift, rel=0.1, abs=1e-4)


def test_a_time_step_beyond_the_stability_limit_is_refused():
    for dimension, limit in ((1, 0.5), (2, 0.25)):
        predator_prey(PredatorPreySettings(dimension=dimension, time_step=limit))
        with pytest.raises(
            ValueError, match=f"stability limit {limit:g} .*dimension = {dimension}"
        ):
            predator_prey(PredatorPreySettings(dimension=dimension, time_step=1.01 * limit))
    still = PredatorPreySettings(time_step=3.0, predator_diffusion=0.0)
    assert predator_prey(still).time_unit


@pytest.mark.parametrize("dimension", [1, 2])
def test_the_limit_is_where_the_shortest_wave_begins_to_grow(dimension):
    """A little below it neighbours of opposite sign die out; a reaction shows what is beyond."""
    board = np.indices((6,) * dimension).sum(axis=0) % 2 * 2.0 - 1.0
    limit = linear_model(diffusion=0.5).longest_step(dimension)
    for rate, shrinks in ((0.0, True), (0.1, False)):  # −0.1u takes the wave across the limit
        settings = FieldSettings(dimension=dimension, boundary="periodic", time_step=0.99 * limit)
        system = FieldSystem(settings, linear_model(rate=rate, diffusion=0.5, noise=0.0))
        later = system.evolve(
            {"u": board[None]}, NONE[:1], 100 * settings.time_step, np.random.default_rng(0)
        ).states
        assert (np.abs(later["u"]).max() < 1.0) == shrinks


def test_a_state_that_blows_up_is_named():
    """By snapshot, time and setting, also between processes."""
    system = predator_prey(PredatorPreySettings(time_step=0.5))
    states = system.initial((20,), 4, NONE, WaveStart(), np.random.default_rng(0))
    states["v"][2] = 60.0
    with pytest.raises(
        MacropatchError, match=r"snapshot 2 .* by t = .*\[system\] time_step = 0.5"
    ) as told:
        system.evolve(states, NONE, 50.0, np.random.default_rng(0))
    assert str(pickle.loads(pickle.dumps(told.value))) == str(told.value)
    pairs = np.array([[0, 1], [2, 0]])
    with pytest.raises(MacropatchError, match="snapshot 2"):
        system.evolve_patches(
            states, pairs, Geometry((10,)), NONE, np.full(2, 50.0), Surroundings("halo", 1),
            np.random.default_rng(0),
        )  # fmt: skip


def test_an_event_is_the_update_of_a_site():
    """As many events as sites are one time step; a patch alone has closed ends of its own."""
    system = predator_prey(PredatorPreySettings())
    states = system.initial((80,), 4, NONE, WaveStart(), np.random.default_rng(0))
    pairs = np.array([[0, 1], [3, 0], [2, 1]])
    cut = system.cut(states, pairs, Geometry((40,)))
    assert np.array_equal(cut["v"], [states["v"][0, 40:], states["v"][3, :40], states["v"][2, 40:]])
    for events, steps in ((1, 1), (40, 1), (41, 2), (400, 10)):
        later, elapsed = system.evolve_events(cut, NONE[:3], events, np.random.default_rng(1))
        whole = system.evolve(cut, NONE[:3], 0.01 * steps, np.random.default_rng(1)).states
        assert elapsed == pytest.approx(np.full(3, 0.01 * steps))
        assert all(np.array_equal(later[name], whole[name]) for name in "uv")


def wrong_length(values, parameters):
    return values[0], values[0]


def no_tuple(values, parameters):
    return values[0]


def misspelt(values, parameters):
    return (undefined * values[0],)  # noqa: F821


@pytest.mark.parametrize(
    ("reaction", "told"),
    [
        (wrong_length, r"returns a tuple of 1; it gives UniTuple\(float64 x 2\)"),
        (no_tuple, "returns a tuple of 1; it gives float64"),
        (misspelt, "numba cannot compile it: NameError: name 'undefined' is not defined"),
    ],
)
def test_terms_that_do_not_compile_are_refused_by_name(reaction, told):
    with pytest.raises(ValueError, match=f"{reaction.__name__}.* takes tuples of 1 field.*{told}"):
        FieldSystem(FieldSettings(), replace(linear_model(), reaction=reaction))


def test_numbers_that_belong_to_no_field_are_refused():
    for change in ({"diffusion": (1.0, 2.0)}, {"noise": ()}, {"noise": (-1.0,)}):
        with pytest.raises(ValueError, match="give one number"):
            replace(linear_model(), **change)
    with pytest.raises(ValueError, match="2 edge"):
        FieldSystem(FieldSettings(dimension=2), linear_model()).state_spec((8,))
    with pytest.raises(ValueError, match="does not divide"):
        FieldSystem(FieldSettings(), linear_model()).patch_count((8,), (3,))


def test_a_model_may_have_no_parameters():
    def reaction(values, parameters):
        return (-values[0],)

    model = ReactionDiffusion(
        (Quantity("u", "mean"),), "times", reaction, linear_model().profile, (0.0,), (0.0,)
    )
    system = FieldSystem(FieldSettings(time_step=0.5), model)
    later = system.evolve({"u": np.ones((1, 3))}, NONE[:1], 0.5, np.random.default_rng(0)).states
    assert later["u"] == pytest.approx(np.full((1, 3), 0.5))
