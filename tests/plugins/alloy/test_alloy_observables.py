"""What an alloy's states show: order by both definitions, energy, and the exact generator."""

from __future__ import annotations

import naive_alloy
import numpy as np
import pytest
from own_alloy import write_parameters

from macropatch.contract import Geometry, Surroundings
from macropatch_alloy.alloy import make_alloy
from macropatch_alloy.materials import load_material
from macropatch_alloy.settings import AlloySettings, AlloyStart

PATCH = Geometry((3, 3, 3))
KELVIN = np.array([[1200.0], [3000.0]])
NAMES = ["CuCu", "CuAu", "AuAu"]


def rng(seed):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return str(write_parameters(tmp_path_factory.mktemp("own") / "cu-au.json", scale=0.01))


def alloy(path, **settings):
    given = {"barriers": path, "sites_per_vacancy": 36, "jumps": 125.0, **settings}
    return make_alloy(AlloySettings(**given))


def side_by_side(states, lattice):
    """The first two vacancies of each snapshot as first neighbours."""
    occupation, vacancies = states["occupation"].copy(), states["vacancies"].copy()
    for row, sites in zip(occupation.reshape(len(occupation), -1), vacancies, strict=True):
        beside = lattice.site(lattice.coordinates(sites[0]) + np.array([1, 1, 0]))
        if beside not in sites:
            row[sites[1]], row[beside], sites[1] = row[beside], 0, beside
    return {"occupation": occupation, "vacancies": vacancies}


@pytest.mark.parametrize("order", ["delta", "warren-cowley"])
@pytest.mark.parametrize("composition", [(), (0.3, 0.7)])
def test_order_is_what_each_atoms_neighbours_say(path, order, composition):
    system = alloy(path, order=order, composition=composition)
    states = system.initial((3, 4, 3), 3, KELVIN[:1].repeat(3, 0), AlloyStart(), rng(0))
    expected = [
        naive_alloy.order_of(system.lattice((3, 4, 3)), row.ravel(), 3, order)
        for row in states["occupation"]
    ]
    np.testing.assert_allclose(system.observe(states), expected, atol=1e-12)
    symbol = {"delta": "δ", "warren-cowley": "α"}[order]
    assert [q.label for q in system.observables] == [f"{symbol} {n}" for n in NAMES]
    assert [q.name for q in system.observables] == NAMES and system.independent == ("CuAu",)


@pytest.mark.parametrize("order", ["delta", "warren-cowley"])
@pytest.mark.parametrize("energy", [True, False])
def test_the_generator_is_the_sum_over_all_jumps(path, order, energy):
    """Vacancies side by side among them: one cannot jump onto the other."""
    system, model = alloy(path, order=order, energy=energy), load_material(path).barriers
    states = system.initial((3, 3, 3), 2, KELVIN, AlloyStart(), rng(1))
    states = side_by_side(states, system.lattice((3, 3, 3)))
    before = {name: array.copy() for name, array in states.items()}
    drift, diffusion = system.drift_and_diffusion(states, KELVIN)
    for name, array in before.items():
        np.testing.assert_array_equal(states[name], array)
    for row, kelvin in enumerate(KELVIN[:, 0]):
        mean, square = naive_alloy.generator_of(system, model, states, row, kelvin)
        seconds = system.physical_time(KELVIN)[row]
        np.testing.assert_allclose(drift[row], mean * seconds, rtol=1e-7, atol=1e-12)
        np.testing.assert_allclose(diffusion[row], square * seconds, rtol=1e-7, atol=1e-12)
        other = naive_alloy.generator_of(system, model, states, row, 1.1 * kelvin)[0]
        assert not np.allclose(drift[row], other * seconds, rtol=1e-3)


@pytest.mark.parametrize("size", [(3, 3, 3), (6, 3, 3)])
@pytest.mark.parametrize("order", ["delta", "warren-cowley"])
def test_credits_are_changes_of_what_is_observed(path, order, size):
    system = alloy(path, order=order, sites_per_vacancy=108)
    states = system.initial(size, 2, KELVIN, AlloyStart(), rng(2))
    done = system.evolve(states, KELVIN, 3.0, rng(3), PATCH)
    change = system.observe(done.states) - system.observe(states)
    np.testing.assert_allclose(done.credit.sum(axis=1), change, atol=1e-12)
    assert (np.abs(change) > 0).any(axis=1).all()
    if size == PATCH.patch:  # the only vacancy draws the same random numbers
        part = evolve_first(system, states, np.full(2, 3.0), 12)
        np.testing.assert_allclose(part.change, change, atol=1e-12)


def evolve_first(system, states, dt, width):
    pairs = np.array([[0, 0], [1, 0]])
    return system.evolve_patches(
        states, pairs, PATCH, KELVIN, dt, Surroundings("halo", width), rng(3)
    )


def test_a_halo_beyond_the_supercell_is_all_of_it(path):
    system = alloy(path, sites_per_vacancy=108)
    states = system.initial((6, 3, 3), 2, KELVIN, AlloyStart(), rng(4))
    dt = np.full(2, 2.0)
    wide, wider, widest, frozen = (
        evolve_first(system, states, dt, width).change for width in (4, 9, 10**6, 0)
    )
    np.testing.assert_array_equal(wide, wider)
    np.testing.assert_array_equal(wide, widest)
    assert (frozen != wide).any()
    with pytest.raises(ValueError, match="a 'halo' of width 0 or more"):
        evolve_first(system, states, dt, -1)


def test_time_follows_temperature_and_attempt_frequency(path):
    """So many jumps a time unit, whatever the temperature; ten times as fast, a tenth as long."""
    system, fast = alloy(path), alloy(path, frequency=1e14)
    np.testing.assert_allclose(system.physical_time(KELVIN), 10 * fast.physical_time(KELVIN))
    np.testing.assert_allclose(
        alloy(path, jumps=250.0).physical_time(KELVIN), 2 * system.physical_time(KELVIN)
    )
    states = system.initial((3, 3, 3), 2, KELVIN, AlloyStart(), rng(5))
    slow, quick = (one.evolve(states, KELVIN, 1.0, rng(6)).states for one in (system, fast))
    np.testing.assert_array_equal(slow["occupation"], quick["occupation"])
