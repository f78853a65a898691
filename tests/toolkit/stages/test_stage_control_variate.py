"""The martingale regressed out of increments: on a linear chain whose law is known in closed form.

Its mean goes to ``a = 1 − h`` times itself at every step and gets noise ``ξ``, so that after ``S``
steps ``change = (a^S − 1) z0 + Σ_j a^(S−1−j) ξ_j``, and the martingale is ``Σ_j ξ_j``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from macropatch.contract import Geometry, Surroundings
from macropatch.stages.calibrate import residuals
from macropatch.stages.control_variate import regress_out
from macropatch.stages.evolve import averaged, draw_patches, evolve_partially
from systems.ising_ring import IsingRing, RingSettings, RingStart
from systems.ornstein_uhlenbeck import ChainSettings, ChainStart, OrnsteinUhlenbeckChain

COUNT, SITES, STEPS = 10_000, 10, 50
CHAIN = OrnsteinUhlenbeckChain(ChainSettings())
POWERS = (1.0 - ChainSettings().step) ** np.arange(STEPS)
COEFFICIENT = POWERS.mean()
LEFT = 1.0 - POWERS.mean() ** 2 / (POWERS**2).mean()
DEVIATIONS = 5.0
"""Standard errors that are allowed: a false alarm of 6e-7."""


def whole_chains(start=ChainStart(), count=COUNT, seed=0):  # noqa: B008 - frozen
    """``z0``, change and martingale of chains that are one patch."""
    rng, none = np.random.default_rng(seed), np.zeros((count, 0))
    states = CHAIN.initial((SITES,), count, none, start, rng)
    found = evolve_partially(
        CHAIN, states, none, Geometry((SITES,)), 1, 1, 0.5, Surroundings("halo", 0), rng,
        martingale=True,
    )  # fmt: skip
    return CHAIN.observe(states), found.change[:, 0], found.martingale[:, 0]


@pytest.fixture(scope="module")
def chains():
    return whole_chains()


def regressed(z0, change, martingale):
    return regress_out(
        z0, np.zeros((len(z0), 0)), change, martingale, np.arange(len(z0)) * 5 // len(z0)
    )


def share_left(z0, change, targets):
    """Variance given ``z0`` of the targets over that of the increments."""
    none = np.zeros((len(z0), 0))
    after, before = (residuals(z0, none, y).var(axis=0) for y in (targets, change))
    return after / before


def shift_of_the_mean(z0, change, targets):
    """Largest standard score of ``E[(target − change) φ(z0)]``, ``φ`` powers of the mean."""
    powers = z0[:, :1] ** np.arange(6)
    products = ((targets - change)[:, :, None] * powers[:, None]).reshape(len(z0), -1)
    return np.abs(products.mean(axis=0) / products.std(axis=0) * np.sqrt(len(z0))).max()


def test_coefficient_and_what_is_left_are_the_exact_ones(chains):
    """Of the chain's mean. Errors: ``√(left Var(change)/(N Var(martingale)))``, ``√(2/N)``."""
    z0, change, _ = chains
    found = regressed(*chains)
    error = np.sqrt(LEFT * (POWERS**2).mean() / COUNT)
    assert abs(found.coefficient[0, 0] - COEFFICIENT) < DEVIATIONS * error
    assert LEFT < 0.03
    spread = DEVIATIONS * np.sqrt(2.0 / COUNT)
    assert found.left[0] == pytest.approx(LEFT, rel=spread)
    assert share_left(z0, change, found.targets)[0] == pytest.approx(LEFT, rel=spread)
    assert found.left_error[0] < 0.1 * LEFT and found.coefficient_error[0, 0] < 4.0 * error


def test_the_wrong_sign_or_half_of_it_leaves_more(chains):
    """Mutants."""
    z0, change, _ = chains
    targets = regressed(*chains).targets
    for mutant in (2.0 * change - targets, (change + targets) / 2.0):
        assert share_left(z0, change, mutant)[0] > 10.0 * LEFT


def test_the_mean_given_z0_is_the_same(chains):
    """Twelve standard scores: false alarm 7e-6."""
    z0, change, _ = chains
    assert shift_of_the_mean(z0, change, regressed(*chains).targets) < DEVIATIONS


def test_a_martingale_that_is_none_shifts_the_mean(chains):
    """The mutant: the change without its compensator."""
    z0, change, _ = chains
    targets = regressed(z0, change, change).targets
    assert shift_of_the_mean(z0, change, targets) > 2.0 * DEVIATIONS


def test_a_coefficient_never_knows_the_pairs_that_it_is_applied_to(chains):
    """What is subtracted in block 2 stays, bit for bit, if its changes are others."""
    z0, change, martingale = (array[:1000] for array in chains)
    block = np.arange(1000) % 5
    other = change.copy()
    other[block == 2] = 9.0 * other[block == 2] ** 2
    none = np.zeros((1000, 0))
    first, second = (regress_out(z0, none, y, martingale, block) for y in (change, other))
    taken = [y - found.targets for y, found in ((change, first), (other, second))]
    same = (np.abs(taken[0] - taken[1]) < 1e-12 * np.abs(other).max()).all(axis=1)
    assert same[block == 2].all() and not same[block != 2].any()


def test_units_do_not_matter_and_what_never_moves_takes_nothing(chains):
    z0, change, martingale = chains
    unit = np.array([1e-6, 1e5])
    plain, scaled = regressed(*chains), regressed(z0 * unit, change * unit, martingale * unit)
    assert scaled.targets / unit == pytest.approx(plain.targets, rel=1e-6, abs=1e-9)
    assert scaled.coefficient * unit / unit[:, None] == pytest.approx(plain.coefficient, abs=1e-6)
    still = np.concatenate([martingale, np.zeros((COUNT, 1))], axis=1)
    found = regressed(z0, change, still)
    assert np.allclose(found.targets, plain.targets)
    assert not found.coefficient[:, 2].any()


def test_the_jackknife_error_is_the_spread_of_coefficients():
    """Over 60 small samples; each error has four degrees of freedom, so the root mean square is
    good to 7 %, as is the spread to 9 %: four of both are allowed (1e-4)."""
    values, errors = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        z0, martingale, rest = rng.normal(size=(3, 300, 1))
        found = regressed(z0, z0**2 + 0.7 * martingale + 0.5 * rest, martingale)
        values.append(found.coefficient[0, 0])
        errors.append(found.coefficient_error[0, 0])
    assert np.mean(values) == pytest.approx(0.7, abs=5.0 * np.std(values) / np.sqrt(60))
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(values), rel=0.5)


def test_conditions_and_averages_of_patches():
    """Two temperatures of an Ising ring, averaged over both patches: less noise, equal means. Ten
    standard scores: false alarm 6e-6."""
    ring, count = IsingRing(RingSettings()), 3000
    rng, c = np.random.default_rng(1), np.resize([1.5, 3.0], (count, 1))
    states = ring.initial((24,), count, c, RingStart(), rng)
    found = evolve_partially(
        ring, states, c, Geometry((12,)), 2, 2, 0.5, Surroundings("halo", 2), rng, martingale=True
    )
    z0, block = ring.observe(states), np.arange(count) % 5
    change, _ = averaged(found.change, found.elapsed, True)
    martingale, _ = averaged(found.martingale, found.elapsed, True)
    result = regress_out(z0, c, change, martingale, block)
    assert (result.left < 0.4).all()
    for temperature in (1.5, 3.0):
        apart = (result.targets - change)[c[:, 0] == temperature]
        scores = apart.mean(axis=0) / apart.std(axis=0) * np.sqrt(len(apart))
        assert np.abs(scores).max() < DEVIATIONS


def test_the_martingale_of_pairs_is_the_patch_count_times_the_patches():
    rng = np.random.default_rng(0)
    none = np.zeros((50, 0))
    states = CHAIN.initial((20,), 50, none, ChainStart(), rng)

    def evolved(martingale, system=CHAIN):
        return evolve_partially(
            system, states, none, Geometry((5,)), 4, 3, 0.1, Surroundings("halo", 2),
            np.random.default_rng(1), martingale=martingale,
        )  # fmt: skip

    plain, asked = evolved(False), evolved(True)
    assert plain.martingale is None and asked.martingale.shape == (50, 3, 2)
    assert np.array_equal(plain.change, asked.change)
    rng = np.random.default_rng(1)
    pairs = draw_patches(50, 3, 4, rng)
    alone = CHAIN.evolve_patches(
        states, pairs, Geometry((5,)), none, np.full(150, 0.1), Surroundings("halo", 2), rng, True
    )
    assert np.array_equal(asked.martingale, 4 * alone.martingale.reshape(50, 3, 2))

    class Forgetful(OrnsteinUhlenbeckChain):
        def evolve_patches(self, *args):
            return replace(super().evolve_patches(*args), martingale=None)

    with pytest.raises(ValueError, match="Forgetful gave no martingale"):
        evolved(True, Forgetful(ChainSettings()))
