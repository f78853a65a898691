"""The marginal held-out likelihood of the observables, against SciPy's Gaussian."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from macropatch.contract import FitContext, FitReport, Member, SDEModel, TrainingPairs
from macropatch.learning import held_out as module
from macropatch.learning.held_out import held_out_of_observables, marginal

SCALE = np.array([2.0, 0.5, 3.0])


class Given(SDEModel):
    """Two members with a linear drift and a constant ``σ`` each."""

    slopes = np.array([[-1.0, -0.5, 0.3], [-0.7, -0.2, 0.1]])
    roots = np.tril(np.random.default_rng(1).uniform(0.5, 1.5, (2, 3, 3)))

    def fit(self, pairs, members: tuple[Member, ...], context: FitContext) -> FitReport:
        raise NotImplementedError

    def drift(self, z, c):
        return self.slopes[:, None] * z

    def diffusion(self, z, c):
        return np.broadcast_to(self.roots[:, None], (2, len(z), 3, 3))

    def parameters(self):
        return {}

    def restore(self, parameters):
        pass


def some_pairs(factor: np.ndarray) -> TrainingPairs:
    rng = np.random.default_rng(2)
    return TrainingPairs(
        rng.normal(size=(50, 3)), rng.normal(size=(50, 3)), rng.uniform(0.5, 1.5, 50),
        np.zeros((50, 0)), np.arange(50) % 5, factor,
    )  # fmt: skip


@pytest.mark.parametrize("each", [False, True])
def test_it_is_the_gaussian_of_the_top_left_block_in_physical_units(each):
    rng = np.random.default_rng(3)
    factor = rng.uniform(0.5, 1.5, (50, 3, 3) if each else (3, 3))
    pairs = some_pairs(factor)
    found = marginal(Given(), 1, pairs, np.arange(50), SCALE, 2)
    for row in range(50):
        own = factor[row] if each else factor
        spread = SCALE[:, None] * (own @ Given.roots[1])
        covariance = (spread @ spread.T * pairs.dt[row])[:2, :2]
        mean = (SCALE * Given.slopes[1] * pairs.z0[row] * pairs.dt[row])[:2]
        exact = multivariate_normal(mean, covariance).logpdf(SCALE[:2] * pairs.change[row, :2])
        assert found[row] == pytest.approx(exact)


def test_each_member_is_judged_by_its_own_block(monkeypatch):
    monkeypatch.setattr(module, "ROWS", 3)
    pairs = some_pairs(np.eye(3))
    found = held_out_of_observables(Given(), pairs, np.array([4, 2]), SCALE, 2)
    for member, block in enumerate((4, 2)):
        rows = np.flatnonzero(pairs.block == block)
        each = marginal(Given(), member, pairs, rows, SCALE, 2)
        assert found.mean[member] == pytest.approx(each.mean())
        assert found.error[member] == pytest.approx(each.std() / np.sqrt(10))


def test_without_closures_it_is_the_likelihood_of_all_but_for_the_units():
    pairs = some_pairs(np.diag([1.0, 2.0, 3.0]))
    found = marginal(Given(), 0, pairs, np.arange(50), SCALE, 3)
    assert found == pytest.approx(Given().log_likelihood(pairs)[0] - np.log(SCALE).sum())


def test_a_covariance_without_a_root_is_infinitely_unlikely():
    pairs = some_pairs(np.zeros((3, 3)))
    assert (marginal(Given(), 0, pairs, np.arange(5), SCALE, 2) == -np.inf).all()
