"""The four tiny systems conform; every fault that is put into them is found."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from pydantic import BaseModel

from macropatch.contract import Quantity, Surroundings
from macropatch.lattice import LatticeObservable
from macropatch.testing import ConformanceError, WrappedSystem, check_system
from macropatch.testing.case import Case
from macropatch.testing.law_checks import (
    martingale_has_mean_zero,
    one_patch_is_the_whole,
    partial_covariance_agrees_with_whole,
    partial_drift_agrees_with_whole,
    rates_agree_with_the_exact_generator,
)
from macropatch.testing.mutants import (
    CreditedNeighbour,
    HalfTheNoise,
    IdleReflectionOfCells,
    LostOrder,
    ScaledChange,
)
from macropatch.testing.record_checks import declared_capabilities_are_there
from macropatch.testing.symmetry_checks import (
    cells_have_the_same_reflection,
    reflection_is_an_involution,
)
from macropatch.testing.wrapped import mutated
from systems import ising_ring, mean_field, ornstein_uhlenbeck, walker

RING, EPIDEMIC = ising_ring.RECORD, mean_field.RECORD
CHAIN, WALKER = ornstein_uhlenbeck.RECORD, walker.RECORD
RECORDS = (RING, EPIDEMIC, CHAIN, WALKER)


class SlowRing(WrappedSystem):
    """Rates a tenth too low, in whole and partial evolution alike."""

    def evolve(self, states, c, duration, rng, credit=None):
        return self.inner.evolve(states, c, 0.9 * duration, rng, credit)

    def evolve_patches(self, states, pairs, geometry, c, dt, surroundings, rng, martingale=False):
        result = self.inner.evolve_patches(
            states, pairs, geometry, c, 0.9 * dt, surroundings, rng, martingale
        )
        return replace(result, elapsed=np.array(dt))


class ForgottenBond(WrappedSystem):
    """Credits the walls of a patch with one bond of two: those to the right."""

    def evolve_patches(self, *args, **kwargs):
        result = self.inner.evolve_patches(*args, **kwargs)
        return replace(result, change=result.change * np.array([1.0, 0.5]))


class Frozen(WrappedSystem):
    """Leaves the surroundings as they are when they should follow."""

    def evolve_patches(self, states, pairs, geometry, c, dt, surroundings, rng, martingale=False):
        return self.inner.evolve_patches(
            states, pairs, geometry, c, dt, Surroundings("halo", 0), rng, martingale
        )


class WarmField(WrappedSystem):
    """A field in the dynamics although ``reflect`` is declared."""

    def __init__(self, inner):
        super().__init__(type(inner)(ising_ring.RingSettings(field=0.3)))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_the_four_systems_conform_and_all_built_in_mutants_fail(record):
    """False-alarm rates are those of the report; the seed is fixed."""
    own = {"slow": SlowRing, "forgotten bond": ForgottenBond} if record is RING else {}
    report = check_system(record, mutants=own)
    assert report.rates == "rates verified"
    assert max(report.passed.values()) <= 1e-4
    assert len(report.mutants) >= 12 and set(own) <= set(report.mutants)
    assert not any("raised" in how for how in report.mutants.values())
    if record is RING:
        assert report.mutants["slow"] == "rates agree with the exact generator"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
@pytest.mark.parametrize(
    ("mutate", "law"),
    [
        (ScaledChange, partial_covariance_agrees_with_whole),
        (HalfTheNoise, partial_covariance_agrees_with_whole),
        (CreditedNeighbour, partial_drift_agrees_with_whole),
        (LostOrder, partial_drift_agrees_with_whole),
        (ScaledChange, one_patch_is_the_whole),
    ],
)
def test_each_law_finds_its_fault_alone(record, mutate, law):
    assert list(law.run(Case(mutated(record, mutate))))


def test_faults_in_surroundings_and_symmetry_are_found():
    around = Surroundings("halo", 8)
    wide = replace(RING, example=replace(RING.example, patch=(3,), dt=3.0, surroundings=around))
    assert not list(partial_drift_agrees_with_whole.run(Case(wide)))
    assert list(partial_drift_agrees_with_whole.run(Case(mutated(wide, Frozen))))
    with pytest.raises(ConformanceError, match="not symmetric under reflect"):
        check_system(mutated(RING, WarmField))


class Mirror(WrappedSystem):
    """Another symmetry of the ring: right becomes left, so that cells change places."""

    def reflect(self, states):
        return {name: array[:, ::-1].copy() for name, array in states.items()}

    def reflect_cells(self, cells):
        return cells[..., ::-1].copy()


class MirrorOfSpinsOnly(Mirror):
    def reflect_cells(self, cells):
        return self.inner.reflect_cells(cells)


class OneWay(WrappedSystem):
    """All cells positive: twice is not the identity."""

    def reflect_cells(self, cells):
        return np.abs(cells)


def test_cells_have_the_reflection_of_the_states_they_come_from():
    law = cells_have_the_same_reflection
    for record in (RING, CHAIN, mutated(RING, Mirror)):
        assert not list(law.run(Case(record)))
    for record, mutant in ((RING, MirrorOfSpinsOnly), (RING, IdleReflectionOfCells),
                           (CHAIN, OneWay)):  # fmt: skip
        found = list(law.run(Case(mutated(record, mutant))))[-1]
        assert "not the cells of what reflect makes" in found
    assert any("twice" in text for text in law.run(Case(mutated(CHAIN, OneWay))))


def test_a_reflection_of_cells_that_is_missing_is_named(monkeypatch):
    monkeypatch.delattr(ornstein_uhlenbeck.OrnsteinUhlenbeckChain, "reflect_cells")
    (found,) = declared_capabilities_are_there.run(Case(CHAIN))
    assert "capability 'reflect' is declared, but reflect_cells is not overridden" in found
    bare = replace(CHAIN, capabilities=frozenset({"reflect"}))
    assert not list(declared_capabilities_are_there.run(Case(bare)))


def test_observables_of_no_parity_are_named():
    class Mixed(ising_ring.IsingRing):
        terms = (LatticeObservable(Quantity("mixed", "m"), float, lambda s, t: s * t),)

    (found,) = reflection_is_an_involution.run(Case(replace(RING, factory=Mixed)))
    assert "'mixed' neither to itself nor to its negative" in found


def test_a_mutant_that_survives_is_named():
    with pytest.raises(ConformanceError, match="mutant 'none' survives"):
        check_system(EPIDEMIC, mutants={"none": WrappedSystem})


def test_without_the_exact_generator_rates_are_not_verified():
    bare = replace(EPIDEMIC, capabilities=frozenset())
    report = check_system(bare)
    assert report.rates == "rates not verified"
    assert report.skipped[rates_agree_with_the_exact_generator.name] == "drift_and_diffusion"
    assert martingale_has_mean_zero.name in report.skipped


class Loose(BaseModel):
    """Takes any key."""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"api_version": 2}, "api_version is 2"),
        ({"start": Loose}, "`start` accepts unknown keys"),
        ({"capabilities": frozenset({"levitate"})}, "unknown capabilities"),
        ({"capabilities": EPIDEMIC.capabilities | {"cut"}}, "cut is not overridden"),
        ({"surroundings": ("halo",)}, "the record declares"),
        ({"factory": lambda settings: mean_field.Epidemic(settings)}, "spawned process"),
    ],
)
def test_faults_of_the_record_are_named(change, message):
    with pytest.raises(ConformanceError, match=message):
        check_system(replace(EPIDEMIC, **change))


def test_missing_conditions_are_named():
    with pytest.raises(ConformanceError, match="give SystemExample"):
        check_system(replace(RING, example=replace(RING.example, conditions={})))


def test_observables_out_of_range_are_named():
    class Narrow(ising_ring.IsingRing):
        terms = (LatticeObservable(Quantity("m", "m", low=0, high=1), site_term=float),)

    with pytest.raises(ConformanceError, match="'m' spans"):
        check_system(replace(RING, factory=Narrow))


def test_the_suite_imports_no_torch():
    code = "import sys, macropatch.testing; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
