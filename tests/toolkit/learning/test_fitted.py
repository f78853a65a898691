"""A fitted SDE in the user's units: scales, the mean of members, members at their own states."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch.contract import SDEModel
from macropatch.learning.fitted import FittedSDE
from macropatch.learning.normalisation import Normalisation

ROOTS = np.array([[[1.0, 0.0], [0.5, 2.0]], [[2.0, 0.0], [-0.4, 0.5]]])
SCALE, MEAN = np.array([0.1, 20.0]), np.array([1.0, -5.0])


class TwoMembers(SDEModel):
    """``μ = −(member + 1) z + c``, ``σ`` of each member constant."""

    def fit(self, pairs, members, context):
        raise NotImplementedError

    def drift(self, z, c):
        return np.stack([-1.0 * z + c, -2.0 * z + c])

    def diffusion(self, z, c):
        return np.broadcast_to(ROOTS[:, None], (2, len(z), 2, 2))

    def parameters(self):
        return {}

    def restore(self, parameters):
        raise NotImplementedError


@pytest.fixture
def fitted():
    one = np.ones(1)
    scales = Normalisation(MEAN, SCALE, MEAN - SCALE, MEAN + SCALE, 300.0 * one, 50.0 * one)
    return FittedSDE(TwoMembers(), scales, dt=0.5)


def test_coefficients_come_back_in_the_users_units(fitted):
    z, c = MEAN + SCALE * [[1.0, -1.0], [0.0, 2.0]], np.array([[300.0], [350.0]])
    drift, covariance = fitted.coefficients(z, c)
    inward = np.array([[1.0, -1.0], [0.0, 2.0]])
    for member in range(2):
        expected = (-(member + 1) * inward + [[0.0], [1.0]]) * SCALE
        assert drift[member] == pytest.approx(expected)
        units = np.outer(SCALE, SCALE)
        expected = ROOTS[member] @ ROOTS[member].T * units
        assert covariance[member] == pytest.approx(np.broadcast_to(expected, (2, 2, 2)))
    mean, root = fitted.transition(z, c)
    assert mean == pytest.approx(drift.mean(axis=0))
    assert root @ np.swapaxes(root, -1, -2) == pytest.approx(covariance.mean(axis=0))


def test_each_member_steps_from_its_own_states(fitted):
    rng = np.random.default_rng(0)
    z, c = rng.normal(size=(2, 4, 2)), 300.0 + rng.normal(size=(4, 1))
    drift, root = fitted.member_transition(z, c)
    for member in range(2):
        own_drift, own_covariance = fitted.coefficients(z[member], c)
        assert drift[member] == pytest.approx(own_drift[member])
        own = root[member] @ np.swapaxes(root[member], -1, -2)
        assert own == pytest.approx(own_covariance[member])
