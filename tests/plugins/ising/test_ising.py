"""The Ising model: conformance, rates from the definition, exact finite-lattice laws."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import chi2

from macropatch.testing import check_system
from macropatch_ising.clusters import swendsen_wang
from macropatch_ising.ising import Ising
from macropatch_ising.plugin import macropatch_systems
from macropatch_ising.settings import IsingSettings, SpinStart

_, RECORD = macropatch_systems()
FALSE_ALARM = 1e-6


def lattices(rows, columns):
    """All ``2ⁿ`` lattices, in the order of their bits."""
    n = rows * columns
    bits = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    return np.where(bits, 1, -1).astype(np.int8).reshape(-1, rows, columns)


def energies(spins, coupling, field):
    bonds = spins * np.roll(spins, 1, axis=1) + spins * np.roll(spins, 1, axis=2)
    spins = spins.astype(np.int64)
    return -coupling * bonds.astype(np.int64).sum(axis=(1, 2)) - field * spins.sum(axis=(1, 2))


def boltzmann(rows, columns, temperature, coupling, field):
    weight = np.exp(-energies(lattices(rows, columns), coupling, field) / temperature)
    return weight / weight.sum()


def numbers(spins):
    flat = spins.reshape(len(spins), -1) > 0
    return flat @ (1 << np.arange(flat.shape[1]))


def unlikely(found, law):
    """Chi-square test over states; rare ones together."""
    counts, expected = np.bincount(found, minlength=len(law)), law * len(found)
    common = expected > 10
    observed = np.append(counts[common], counts[~common].sum())
    means = np.append(expected[common], max(expected[~common].sum(), 1e-9))
    if means[-1] < 10:
        observed, means = observed[:-1], means[:-1]
    statistic = ((observed - means) ** 2 / means).sum()
    return chi2.sf(statistic, len(means) - 1) < FALSE_ALARM


def test_the_system_conforms():
    report = check_system(RECORD)
    assert report.rates == "rates verified"
    assert not report.skipped or set(report.skipped.values()) <= {"to_atoms"}


@pytest.mark.parametrize(("coupling", "field"), [(1.0, 0.0), (1.0, 0.1), (-0.7, 0.3)])
def test_rates_obey_detailed_balance_and_the_definition(coupling, field):
    system = Ising(IsingSettings(temperature=1.7, field=field, coupling=coupling))
    for spin, up in itertools.product((-1, 1), range(5)):
        change = 2 * spin * (coupling * (2 * up - 4) + field)
        rate = system.local_rate(spin, up, (1.7, field))
        assert rate == pytest.approx(1 / (1 + math.exp(change / 1.7)), rel=1e-12)
        back = system.local_rate(-spin, up, (1.7, field))
        assert rate / back == pytest.approx(math.exp(-change / 1.7), rel=1e-12)


@pytest.mark.parametrize(
    ("coupling", "field", "shape"),
    [(1.0, 0.0, (2, 3)), (1.0, 0.2, (3, 3)), (-0.8, 0.2, (2, 4)), (0.6, -0.3, (2, 2))],
)
def test_clusters_and_glauber_dynamics_have_the_boltzmann_law(coupling, field, shape):
    """Every state of small lattices at any sign of ``J`` and field; a warmer law is refused."""
    system = Ising(IsingSettings(temperature=2.0, field=field, coupling=coupling))
    count = 60_000
    rng, none = np.random.default_rng(1), np.zeros((count, 0))
    states = system.initial(shape, count, none, SpinStart(), rng)
    clustered = system.equilibrate(states, none, 30, rng)
    for sampled in (clustered, system.evolve(clustered, none, 40.0, rng).states):
        found = numbers(sampled["sites"])
        assert not unlikely(found, boltzmann(*shape, 2.0, coupling, field))
        assert unlikely(found, boltzmann(*shape, 2.2, coupling, field))


@pytest.mark.parametrize(("coupling", "field"), [(0.9, 1.0), (1.0, 0.5)])
def test_clusters_of_wrong_bonds_or_a_wrong_field_are_found(coupling, field):
    """Bonds as of another coupling, or clusters that feel half of the field."""
    count, temperature, exact = 40_000, 2.0, boltzmann(3, 3, 2.0, 1.0, 0.2)
    for scale, moment, sound in ((1.0, 1.0, True), (coupling, field, False)):
        spins = np.ones((count, 3, 3), np.int8)
        swendsen_wang(
            spins, np.full(count, scale / temperature), np.full(count, moment * 0.2 / temperature),
            30, np.arange(count, dtype=np.uint64),
        )  # fmt: skip
        assert unlikely(numbers(spins), exact) != sound


@pytest.mark.parametrize(("temperature", "energy"), [(2.5, -1.13132), (2.27, -1.45184)])
def test_the_energy_of_sixteen_squared_is_kaufmans(temperature, energy):
    """Glauber and clusters, from both; errors are of independent lattices."""
    system, count = Ising(IsingSettings(temperature=temperature, field=0.0)), 3000
    rng, none = np.random.default_rng(3), np.zeros((count, 0))
    states = system.initial((16, 16), count, none, SpinStart(), rng)
    sampled = system.equilibrate(states, none, 60, rng)
    for later in (sampled, system.evolve(sampled, none, 5.0, rng).states):
        sample = 2.0 * (2.0 * system.observe(later)[:, 1] - 1.0)
        assert abs(sample.mean() - energy) < 5.0 * sample.std() / math.sqrt(count)
        assert abs(sample.mean() - 1.03 * energy) > 5.0 * sample.std() / math.sqrt(count)


def test_conditions_differ_by_snapshot():
    system = Ising(IsingSettings(conditions=("temperature", "field")))
    c = np.array([[1.5, 0.0], [4.0, 0.0], [4.0, 2.0]] * 200)
    rng = np.random.default_rng(4)
    states = system.initial((8, 8), len(c), c, SpinStart(m=0.0), rng)
    m, walls = system.observe(system.equilibrate(states, c, 20, rng)).reshape(200, 3, 2).mean(0).T
    assert walls[0] < walls[1]
    assert m[2] > 0.4 > abs(m[1])


def test_a_field_breaks_the_symmetry():
    for settings in (IsingSettings(field=0.1), IsingSettings(field=0.0, conditions=("field",))):
        with pytest.raises(ValueError, match="no symmetry"):
            Ising(settings).reflect({"sites": np.ones((1, 4, 4), np.int8)})
