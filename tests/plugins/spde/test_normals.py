"""Normal numbers of kernels: layers of equal area, the law, the tail, and what would break them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit
from scipy.stats import kstest, norm

from macropatch.lattice import seed_state
from macropatch_spde import normals as module
from macropatch_spde.normals import LAYERS, TAIL, draw_normals, layers

FALSE_ALARM = 1e-6
COUNT = 2_000_000


def drawn(seed, count=COUNT):
    numbers = np.empty(count)
    draw_normals(seed_state(np.uint64(seed)), numbers, count)
    return numbers


@pytest.fixture(scope="module")
def sample():
    return drawn(1)


def test_layers_have_equal_areas_and_close_at_zero():
    edges, bell = layers()
    assert len(edges) == LAYERS + 1 and edges[1] == TAIL and edges[-1] == 0.0
    areas = edges[1:LAYERS] * np.diff(bell[1:])
    tail = TAIL * bell[1] + math.sqrt(2.0 * math.pi) * norm.sf(TAIL)
    assert areas == pytest.approx(np.full(LAYERS - 1, tail), rel=1e-9)
    assert edges[0] * bell[1] == pytest.approx(tail, rel=1e-12)


def far_from_normal(numbers):
    """Kolmogorov's and Smirnov's test, and eight moments."""
    if kstest(numbers[:300_000], "norm").pvalue < FALSE_ALARM:
        return True
    threshold = norm.isf(FALSE_ALARM / 16)
    for power in range(1, 9):
        mean = 0.0 if power % 2 else math.prod(range(1, power, 2))
        variance = math.prod(range(1, 2 * power, 2)) - mean**2
        if abs((numbers**power).mean() - mean) > threshold * math.sqrt(variance / len(numbers)):
            return True
    return False


def test_the_law_is_normal(sample):
    assert not far_from_normal(sample)


def test_tails_are_those_of_the_bell(sample):
    """Beyond the last edge too, where another algorithm draws: numbers and their mean excess."""
    for beyond in (2.0, 3.0, TAIL, 4.0):
        for side in (sample, -sample):
            expected = len(sample) * norm.sf(beyond)
            found = (side > beyond).sum()
            assert abs(found - expected) < norm.isf(FALSE_ALARM) * math.sqrt(expected)
    excess = sample[sample > TAIL] - TAIL
    mean = norm.pdf(TAIL) / norm.sf(TAIL) - TAIL
    assert abs(excess.mean() - mean) < norm.isf(FALSE_ALARM) * excess.std() / math.sqrt(len(excess))


def test_neighbours_and_streams_are_independent(sample):
    """Also of squares: layers share no bits with magnitudes."""
    other = drawn(2)
    limit = norm.isf(FALSE_ALARM / 10) / math.sqrt(len(sample))
    for lag in (1, 2, 3):
        assert abs((sample[:-lag] * sample[lag:]).mean()) < limit
        squares = (sample[:-lag] ** 2 - 1.0) * (sample[lag:] ** 2 - 1.0)
        assert abs(squares.mean()) < 2.0 * limit
    assert abs((sample * other).mean()) < limit
    assert not np.array_equal(sample, other)


def test_a_call_goes_on_where_the_last_one_stopped():
    state, parts = seed_state(np.uint64(1)), []
    for count in (1, 7, 300, 4000):
        numbers = np.empty(count + 1)
        numbers[count] = 5.0
        draw_normals(state, numbers, count)
        assert numbers[count] == 5.0
        parts.append(numbers[:count])
    assert np.array_equal(np.concatenate(parts), drawn(1, 4308))


def test_a_ziggurat_without_its_wedges_or_its_tail_is_found(sample):
    """Numbers as they come from layers alone, and a tail cut off."""

    @njit
    def uniform_in_layers(state, numbers, edges):
        for i in range(len(numbers)):
            bits = module.next64(state)
            x = (
                np.float64(np.int64(bits >> np.uint64(11)))
                * 2.0**-53
                * edges[bits & np.uint64(255)]
            )
            numbers[i] = -x if bits & np.uint64(256) else x

    numbers = np.empty(COUNT)
    uniform_in_layers(seed_state(np.uint64(3)), numbers, layers()[0])
    assert far_from_normal(numbers)
    assert far_from_normal(sample[np.abs(sample) < TAIL])
    assert far_from_normal(1.004 * sample)
