"""Orders of convergence, from the kernel itself; no statistics but in the last test."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from models import CYCLE, linear_model
from scipy.linalg import expm, solve_continuous_lyapunov, solve_discrete_lyapunov

from macropatch.lattice import draw_seeds, seed_state
from macropatch_spde.field_system import FieldSystem
from macropatch_spde.normals import draw_normals
from macropatch_spde.settings import FieldSettings

ORDERS = {"euler": 1, "heun": 2}
SITES = 6


def system_of(model, stepper, step):
    return FieldSystem(FieldSettings(stepper=stepper, time_step=step), model)


def rates_of_change(errors):
    """Observed orders when steps are halved."""
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


def propagator(system, step):
    """``A`` and ``B`` of ``u → A u + B ξ`` of one step of a linear field, from the kernel."""
    rng = np.random.default_rng(0)
    basis, none = np.eye(SITES), np.zeros((SITES, 0))
    rest = system.evolve({"u": np.zeros((SITES, SITES))}, none, step, rng).states["u"]
    normals = np.empty((SITES, SITES))
    for seed, row in zip(draw_seeds(np.random.default_rng(0), SITES), normals, strict=True):
        draw_normals(seed_state(seed), row, SITES)
    moved = system.evolve({"u": basis}, none, step, np.random.default_rng(0)).states["u"]
    return (moved - rest).T, np.linalg.solve(normals, rest).T


def exact_matrix(rate, diffusion):
    laplacian = np.diag(np.ones(SITES - 1), 1) + np.diag(np.ones(SITES - 1), -1)
    laplacian -= np.diag(laplacian.sum(axis=1))
    return -rate * np.eye(SITES) + diffusion * laplacian


@pytest.mark.parametrize("stepper", ORDERS)
def test_the_law_of_a_linear_field_converges_with_the_weak_order(stepper):
    """Mean after a time, and the stationary covariance, without sampling: both are matrices."""
    rate, diffusion, noise, time = 0.5, 0.7, 0.3, 2.0
    drift = exact_matrix(rate, diffusion)
    stationary = solve_continuous_lyapunov(drift, -(noise**2) * np.eye(SITES))
    means, covariances = [], []
    for halving in range(4):
        step = 0.1 / 2**halving
        a, b = propagator(system_of(linear_model(rate, diffusion, noise), stepper, step), step)
        means.append(
            np.abs(np.linalg.matrix_power(a, round(time / step)) - expm(drift * time)).max()
        )
        covariances.append(np.abs(solve_discrete_lyapunov(a, b @ b.T) - stationary).max())
    for errors in (means, covariances):
        assert rates_of_change(errors)[-1] == pytest.approx(ORDERS[stepper], abs=0.1)
    assert covariances[-1] < 0.02 * np.abs(stationary).max()


@pytest.mark.parametrize("stepper", ORDERS)
def test_smooth_nonlinear_fields_converge_with_the_order(stepper):
    """Three species without noise, from one start."""
    quiet = replace(CYCLE, noise=(0.0, 0.0, 0.0))
    first = system_of(quiet, "heun", 0.1).initial(
        (8,), 1, np.zeros((1, 0)), None, np.random.default_rng(1)
    )
    ends = []
    for halving in range(5):
        system = system_of(quiet, stepper, 0.1 / 2**halving)
        later = system.evolve(first, np.zeros((1, 0)), 1.0, np.random.default_rng(0)).states
        ends.append(np.stack([later[name] for name in "abc"]))
    gaps = [np.abs(one - two).max() for one, two in itertools.pairwise(ends)]
    assert rates_of_change(gaps)[-1] == pytest.approx(ORDERS[stepper], abs=0.15)


@pytest.mark.parametrize("stepper", ORDERS)
def test_paths_converge_strongly(stepper):
    """Noise and drift along one Brownian path: order 1 with additive, ½ with multiplicative noise.

    The Brownian increments of long steps are sums of those of short ones.
    """
    rng, paths, finest = np.random.default_rng(4), 4000, 512
    increments = rng.standard_normal((paths, finest)) / np.sqrt(finest)
    for multiplicative, order in ((False, 1.0), (True, 0.5)):
        ends = []
        for steps in (16, 32, 64, finest):
            sums = increments.reshape(paths, steps, -1).sum(axis=2)
            u = np.ones(paths)
            for step in range(steps):
                u = scalar_step(stepper, u, 1.0 / steps, sums[:, step], multiplicative)
            ends.append(u)
        errors = [np.sqrt(((end - ends[-1]) ** 2).mean()) for end in ends[:-1]]
        assert rates_of_change(errors)[-1] == pytest.approx(order, abs=0.25)


def scalar_step(stepper, u, h, dw, multiplicative):
    """One step of ``du = −2u dt + 0.8 (u) dW`` as the kernel takes it: the next test shows that."""
    noise = 0.8 * (u if multiplicative else 1.0) * dw
    rate = -2.0 * u
    if stepper == "heun":
        rate = (rate - 2.0 * (u + h * rate + noise)) / 2.0
    return u + h * rate + noise


@pytest.mark.parametrize("multiplicative", [False, True])
@pytest.mark.parametrize("stepper", ORDERS)
def test_the_kernel_takes_these_very_steps(stepper, multiplicative):
    system = system_of(linear_model(2.0, 0.0, 0.8, multiplicative), stepper, 0.1)
    u = np.array([[0.3], [1.7]])
    later = system.evolve({"u": u}, np.zeros((2, 0)), 0.1, np.random.default_rng(9)).states["u"]
    normals = np.empty((2, 1))
    for seed, row in zip(draw_seeds(np.random.default_rng(9), 2), normals, strict=True):
        draw_normals(seed_state(seed), row, 1)
    expected = scalar_step(stepper, u, 0.1, np.sqrt(0.1) * normals, multiplicative)
    assert later == pytest.approx(expected, rel=1e-13)


def test_multiplicative_noise_is_read_as_itos():
    """The mean of ``du = −u dt + 0.8 u dW`` decays as without noise; Stratonovich's would not.

    Five standard errors: a false alarm in 2 million.
    """
    system = system_of(linear_model(1.0, 0.0, 0.8, True), "heun", 0.01)
    count = 4000
    states = {"u": np.ones((count, 16))}
    later = system.evolve(states, np.zeros((count, 0)), 1.0, np.random.default_rng(3)).states["u"]
    error = later.std() / np.sqrt(later.size)
    assert abs(later.mean() - np.exp(-1.0)) < 5.0 * error
    assert abs(later.mean() - np.exp(-1.0 + 0.32)) > 50.0 * error
