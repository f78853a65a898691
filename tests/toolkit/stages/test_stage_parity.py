"""Parities of observables, and encoders that are made even or odd in each component."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch.contract import CellSample, ClosureEncoder, Quantity
from macropatch.errors import TrainingError
from macropatch.lattice import LatticeObservable
from macropatch.stages.parity import ParityEncoder, choose_parities, observable_parities
from systems.ising_ring import IsingRing, RingSettings
from systems.ornstein_uhlenbeck import ChainSettings, OrnsteinUhlenbeckChain


def spins(*rows):
    return {"sites": np.array(rows, np.int8)}


class Mixed(IsingRing):
    """With an observable that is neither even nor odd."""

    terms = (
        *IsingRing.terms,
        LatticeObservable(Quantity("mixed", "m + bonds"), float, lambda left, right: left * right),
    )


def test_parities_of_observables_are_found():
    ring, chain = IsingRing(RingSettings()), OrnsteinUhlenbeckChain(ChainSettings())
    assert observable_parities(ring, spins([1, 1, 1, -1], [1, -1, 1, -1])).tolist() == [-1.0, 1.0]
    u = np.random.default_rng(0).normal(size=(5, 8))
    assert observable_parities(chain, {"u": u}).tolist() == [-1.0, 1.0]


def test_an_observable_of_no_parity_is_named():
    with pytest.raises(ValueError, match="'mixed' neither to itself nor to its negative"):
        observable_parities(Mixed(RingSettings()), spins([1, 1, 1, 1, -1]))


def test_what_is_zero_everywhere_tells_no_parity():
    """The magnetisation of these is zero: both even and odd."""
    with pytest.raises(ValueError, match="'m' is zero in all snapshots"):
        observable_parities(IsingRing(RingSettings()), spins([1, -1, 1, -1], [1, 1, -1, -1]))


class Features(ClosureEncoder):
    """Mixtures of the mean of a cell (odd) and the mean product of neighbours (even)."""

    def __init__(self, mixture, offset=0.3):
        self.mixture, self.offset = np.array(mixture, dtype=np.float64), offset
        self.seen = np.zeros(0)

    @property
    def dimension(self):
        return len(self.mixture)

    def fit(self, sample):
        self.seen = sample.cells
        return {"seed": float(sample.seed)}

    def encode(self, cells):
        fields = cells.reshape(len(cells), -1)
        odd, even = fields.mean(axis=1), (fields[:, 1:] * fields[:, :-1]).mean(axis=1)
        return np.stack([odd, even], axis=1) @ self.mixture.T + self.offset

    def parameters(self):
        return {"mixture": self.mixture}

    def restore(self, parameters):
        self.mixture = parameters["mixture"]


def cells_of(count=200, seed=0):
    rng = np.random.default_rng(seed)
    return np.where(rng.random((count, 1, 6)) < rng.uniform(0.2, 1.0, (count, 1, 1)), 1.0, -1.0)


def fitted(mixture, **settings):
    encoder = ParityEncoder(Features(mixture, **settings), np.negative)
    figures = encoder.fit(CellSample(cells_of(), True, 7))
    return encoder, figures


def test_each_component_is_exactly_even_or_odd_and_is_that_part():
    encoder, figures = fitted([[1.0, 0.1], [0.1, 1.0]])
    assert encoder.parities.tolist() == [-1.0, 1.0]
    assert figures == {"seed": 7.0, "odd_components": 1.0}
    cells = cells_of(seed=1)
    found, image = encoder.encode(cells), encoder.encode(-cells)
    assert np.array_equal(image, found * encoder.parities)
    odd, even = Features([[1.0, 0.0], [0.0, 1.0]], offset=0.0).encode(cells).T
    assert found == pytest.approx(np.stack([odd, even + 0.3], axis=1), abs=1e-12)


def test_the_encoder_is_trained_on_as_many_images_as_cells():
    encoder, _ = fitted([[1.0, 0.1]])
    seen = encoder._inner.seen
    assert seen.shape == cells_of().shape
    assert np.array_equal(seen[:100], cells_of()[:100])
    assert np.array_equal(seen[100:], -seen[:100])


def test_two_mixtures_of_one_even_and_one_odd_variable_give_both():
    """The part that varies more would be the even one twice; the observable it is not."""
    mixture = [[1.0, 2.0], [1.0, -2.0]]
    encoder, _ = fitted(mixture)
    assert sorted(encoder.parities) == [-1.0, 1.0]
    plain, image = (Features(mixture).encode(sign * cells_of()) for sign in (1.0, -1.0))
    assert (((plain + image) / 2).var(axis=0) > ((plain - image) / 2).var(axis=0)).all()


@pytest.mark.parametrize(
    ("mixture", "component"),
    [([[0.0, 0.0]], 1), ([[1.0, 0.0], [0.0, 0.0]], 2), ([[1.0, 0.0], [0.5, 0.0]], 2),
     ([[0.0, 2.0], [0.0, 1.0]], 2)],
)  # fmt: skip
def test_a_component_that_says_nothing_of_its_own_is_named(mixture, component):
    with pytest.raises(
        TrainingError, match=rf"component {component} .* varies neither in its even"
    ):
        fitted(mixture)


def test_rounding_of_float32_is_no_variation():
    values = np.random.default_rng(0).normal(size=(500, 1)).astype(np.float32)
    noise = 1e-7 * np.random.default_rng(1).normal(size=(500, 2))
    with pytest.raises(TrainingError, match="component"):
        choose_parities(values + noise, values - noise)


def test_parities_are_stored_with_the_weights():
    encoder, _ = fitted([[1.0, 0.1], [0.1, 1.0]])
    again = ParityEncoder(Features(np.zeros((2, 2))), np.negative)
    again.restore(encoder.parameters())
    assert np.array_equal(again.encode(cells_of()), encoder.encode(cells_of()))
    for parities in (None, np.ones(1), np.array([1.0, 0.5])):
        weights = dict(encoder.parameters())
        weights.pop("symmetry.parities")
        if parities is not None:
            weights["symmetry.parities"] = parities
        with pytest.raises(ValueError, match=r"'symmetry.parities' must be \+1 or −1"):
            again.restore(weights)
