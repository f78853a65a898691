"""The energy as an observable: what each vacancy's own jumps add to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from exact_checks import faults_of
from own_alloy import CONSTANT, write_parameters
from pydantic import ValidationError

from macropatch.contract import Geometry, Quantity, Surroundings
from macropatch.testing import WrappedSystem, check_system
from macropatch_alloy.alloy import make_alloy
from macropatch_alloy.barriers.kinetically_resolved import expansion_barriers
from macropatch_alloy.barriers.nbmota import load_parameters
from macropatch_alloy.compositions import random_alloys
from macropatch_alloy.kinetics import VacancyKinetics
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.observables import ENERGY
from macropatch_alloy.plugin import macropatch_systems
from macropatch_alloy.settings import AlloySettings, AlloyStart

SIZE, PATCH = (6, 3, 6), Geometry((3, 3, 3))
KELVIN = np.array([[900.0], [1500.0], [4000.0]])


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Settings of an alloy of one's own with the energy as an observable."""
    path = write_parameters(tmp_path_factory.mktemp("energy") / "cu-au.json", scale=0.01)
    return {"barriers": str(path), "sites_per_vacancy": 108, "jumps": 125.0, "energy": True}


def begun(system):
    return system.initial(SIZE, 3, KELVIN, AlloyStart(), np.random.default_rng(0))


def test_what_vacancies_are_credited_with_sums_to_the_change(own):
    system = make_alloy(AlloySettings(**own))
    states = begun(system)
    done = system.evolve(states, KELVIN, 4.0, np.random.default_rng(1), PATCH)
    change = system.observe(done.states) - system.observe(states)
    assert done.credit.shape == (3, 4, 4) and [q.name for q in system.observables][-1] == ENERGY
    assert (np.abs(done.credit[..., -1]) > 1e-5).all()
    np.testing.assert_allclose(done.credit.sum(axis=1), change, atol=1e-12)


def test_it_is_the_expansions_energy_an_atom(own):
    system = make_alloy(AlloySettings(**own))
    states = begun(system)
    expansion, _ = load_parameters(Path(own["barriers"]))
    flat = states["occupation"].reshape(3, -1)
    expected = expansion.energy(flat, system.lattice(SIZE)) / (432 - 4)
    np.testing.assert_allclose(system.observe(states)[:, -1], expected, rtol=1e-12)
    assert system.observables[-1] == Quantity("energy", "energy per atom", "eV")
    assert system.independent == ("CuAu", "energy")


def test_other_observables_and_events_are_the_same_without_it(own):
    systems = [make_alloy(AlloySettings(**{**own, "energy": energy})) for energy in (True, False)]
    states = begun(systems[0])
    with_energy, without = (
        system.evolve(states, KELVIN, 1.0, np.random.default_rng(2), PATCH) for system in systems
    )
    for name, array in with_energy.states.items():
        np.testing.assert_array_equal(array, without.states[name])
    np.testing.assert_array_equal(with_energy.credit[..., :-1], without.credit)


@pytest.mark.parametrize("size", [(3, 3, 3), (6, 3, 6)])
def test_one_vacancy_is_credited_with_its_own_jumps(own, size):
    """Alone it is the whole system; with a halo of all it does what it does among all."""
    system, rng = make_alloy(AlloySettings(**own)), np.random.default_rng(3)
    states = system.initial(size, 2, KELVIN[1:], AlloyStart(), rng)
    for vacancy in range(system.patch_count(size, PATCH.patch)):
        alone = {name: array[:1] for name, array in states.items()}
        part = system.evolve_patches(
            alone, np.array([[0, vacancy]]), PATCH, KELVIN[1:2], np.full(1, 2.0),
            Surroundings("halo", 100), np.random.default_rng(4),
        )  # fmt: skip
        done = system.evolve(alone, KELVIN[1:2], 2.0, np.random.default_rng(4), PATCH)
        np.testing.assert_allclose(part.change, done.credit[:, vacancy], atol=1e-12)
        assert abs(part.change[0, -1]) > 1e-6
    if size == PATCH.patch:
        change = system.observe(done.states) - system.observe(alone)
        np.testing.assert_allclose(part.change, change, atol=1e-12)


class HalfTheEnergy(WrappedSystem):
    """Credits half of each vacancy's energy changes, as half a barrier's asymmetry would."""

    def evolve_patches(self, *args, **kwargs):
        found = self.inner.evolve_patches(*args, **kwargs)
        return replace(found, change=found.change * [1.0, 1.0, 1.0, 0.5])


class EnergyWithoutNoise(WrappedSystem):
    """A generator that forgets how the energy varies with the order."""

    def drift_and_diffusion(self, states, c):
        drift, diffusion = self.inner.drift_and_diffusion(states, c)
        diffusion = diffusion.copy()
        diffusion[:, -1, :-1] = diffusion[:, :-1, -1] = 0.0
        return drift, diffusion


@pytest.fixture(scope="module")
def record(own):
    """The plugin's, with the alloy of one's own as the example."""
    (shipped,) = macropatch_systems()
    example = replace(
        shipped.example, size=(6, 3, 3), patch=PATCH.patch, settings=own,
        conditions={"temperature": (3000.0, 6000.0)},
    )  # fmt: skip
    return replace(shipped, example=example)


def test_the_system_keeps_the_contract_exactly_with_the_energy(record):
    assert faults_of(record) == {}


@pytest.mark.slow
def test_the_system_conforms_with_the_energy(record):
    mutants = {"half the energy": HalfTheEnergy, "energy without noise": EnergyWithoutNoise}
    assert check_system(record, mutants=mutants).rates == "rates verified"


def test_the_networks_barriers_have_no_energy():
    with pytest.raises(ValidationError, match=r"network are not reversible.*leave energy out"):
        AlloySettings(barriers="network", energy=True)


def test_rates_below_the_least_number_are_refused(tmp_path):
    """The jump happens, however rare it is; the one back is rarer than numbers go."""
    parameters = load_parameters(write_parameters(tmp_path / "steep.json", scale=0.1))
    lattice, model = (
        CubicLattice("fcc", CONSTANT, PATCH.patch),
        expansion_barriers("steep", *parameters),
    )
    occupation, vacancies = random_alloys(lattice, (1, 54, 53), 30, np.random.default_rng(5))
    kinetics = VacancyKinetics(lattice, model, energies=True)
    with pytest.raises(ValueError, match=r"at 12 K .* energies of jumps are lost.* do without"):
        kinetics.evolve(occupation, vacancies, 12.0, np.random.default_rng(6), jumps=1)
