"""The system `alloy`: it conforms, and what brings it to equilibrium does."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from exact_checks import faults_of

from macropatch.contract import Evolution
from macropatch.testing import WrappedSystem, check_system
from macropatch.testing.wrapped import mutated
from macropatch_alloy.alloy import make_alloy
from macropatch_alloy.plugin import macropatch_systems
from macropatch_alloy.settings import AlloySettings, AlloyStart

(RECORD,) = macropatch_systems()
SMALL = {"sites_per_vacancy": 432, "jumps": 125.0}
SIZE = (6, 6, 6)


class HotterRates(WrappedSystem):
    """A generator of rates at a higher temperature than that of the kernels."""

    def drift_and_diffusion(self, states, c):
        hotter, seconds = 1.2 * c, self.inner.physical_time(c)
        scale = seconds / self.inner.physical_time(hotter)
        drift, diffusion = self.inner.drift_and_diffusion(states, hotter)
        return drift * scale[:, None], diffusion * scale[:, None, None]


class CreditsOfAnother(WrappedSystem):
    """Credits each snapshot with what the one before it did."""

    def evolve(self, *args, **kwargs) -> Evolution:
        found = self.inner.evolve(*args, **kwargs)
        credit = None if found.credit is None else np.roll(found.credit, 1, axis=0)
        return replace(found, credit=credit)


class LikePairsOnce(WrappedSystem):
    """Credits a pair of like atoms once, though it counts for both of them."""

    def evolve_patches(self, *args, **kwargs):
        found = self.inner.evolve_patches(*args, **kwargs)
        names = [quantity.name for quantity in self.inner.observables]
        halved = [0.5 if name[:2] == name[2:] else 1.0 for name in names]
        return replace(found, change=found.change * halved)


def test_the_system_keeps_the_contract_exactly():
    """All but the laws, which take longer: see the next test."""
    assert faults_of(RECORD) == {}
    broken = mutated(RECORD, CreditsOfAnother)
    assert set(faults_of(broken)) >= {"credits sum to the change"}


@pytest.mark.slow
def test_the_system_conforms():
    mutants = {
        "generator of hotter rates": HotterRates,
        "credits of another snapshot": CreditsOfAnother,
        "like pairs once": LikePairsOnce,
    }
    report = check_system(RECORD, mutants=mutants)
    assert report.rates == "rates verified"
    assert set(report.skipped.values()) <= {"martingale", "reflect", "cells", "cut"}


def test_vacancies_and_exchanges_reach_the_same_equilibrium():
    """At 3,000 K, from random alloys: 4.5 standard errors of 24 copies, three figures: 2e-5.

    Neither random alloys nor those at 2,000 K pass.
    """
    system, count = make_alloy(AlloySettings(**SMALL)), 24
    c, rng = np.full((count, 1), 3000.0), np.random.default_rng(0)
    states = system.initial(SIZE, count, c, AlloyStart(), rng)
    unlike = [i for i, q in enumerate(system.observables) if q.name in system.independent]

    def records(step, states, first, times=8):
        states, found = first(states), []
        for _ in range(times):
            states = step(states)
            found.append(system.observe(states)[:, unlike])
        return np.mean(found, axis=0)

    jumped = records(
        lambda s: system.evolve(s, c, 8.0, rng).states, states,
        lambda s: system.evolve(s, c, 100.0, rng).states,
    )  # fmt: skip
    exchanged = records(
        lambda s: system.equilibrate(s, c, 5, rng),
        states,
        lambda s: system.equilibrate(s, c, 60, rng),
    )

    def differ(one, other):
        error = np.hypot(*(x.std(axis=0, ddof=1) / np.sqrt(count) for x in (one, other)))
        return bool((np.abs(one.mean(axis=0) - other.mean(axis=0)) > 4.5 * error).any())

    colder = records(
        lambda s: system.equilibrate(s, c / 1.5, 5, rng), states,
        lambda s: system.equilibrate(s, c / 1.5, 60, rng),
    )  # fmt: skip
    assert not differ(jumped, exchanged)
    assert differ(jumped, system.observe(states)[:, unlike])
    assert differ(jumped, colder)


def test_relaxation_is_by_vacancies_or_by_exchanges():
    c = np.full((2, 1), 2000.0)
    for kind in ("vacancies", "swaps"):
        system = make_alloy(AlloySettings(**SMALL, relaxation=kind))
        states = system.initial(SIZE, 2, c, AlloyStart(), np.random.default_rng(1))
        relaxed = system.relax(states, c, 2.0, np.random.default_rng(2))
        if kind == "vacancies":
            same = system.evolve(states, c, 2.0, np.random.default_rng(2)).states
        else:
            same = system.equilibrate(states, c, 2, np.random.default_rng(2))
        np.testing.assert_array_equal(relaxed["occupation"], same["occupation"])
        assert (relaxed["occupation"] != states["occupation"]).any()


def test_settings_of_the_two_shipped_barriers_give_systems():
    """The network's exchanges go by the expansion; both have one time unit of so many jumps."""
    c = np.array([[1000.0], [2000.0]])
    for barriers in ("expansion", "network"):
        system = make_alloy(AlloySettings(**SMALL, barriers=barriers))
        assert system.species == ("X", "Nb", "Mo", "Ta")
        assert system.independent == ("NbMo", "NbTa", "MoTa")
        assert system.physical_unit == "s" and np.isfinite(system.physical_time(c)).all()
        states = system.initial(SIZE, 2, c, AlloyStart(swaps=1), np.random.default_rng(3))
        found = system.conserved(states) * 432
        np.testing.assert_allclose(found, [[1, 144, 144, 143]] * 2)
    assert pickle.loads(pickle.dumps(AlloySettings(**SMALL))) == AlloySettings(**SMALL)


def test_a_composition_of_another_number_of_species_is_refused():
    with pytest.raises(ValueError, match="list 3 shares, of Nb, Mo, Ta"):
        make_alloy(AlloySettings(**SMALL, composition=(0.5, 0.5)))
    with pytest.raises(ValueError, match=r"add up to 0\.9, not to 1"):
        AlloySettings(composition=(0.5, 0.4))
