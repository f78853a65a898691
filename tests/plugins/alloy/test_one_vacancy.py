"""One vacancy of a snapshot at a time: what it does, and that it is taken back."""

from __future__ import annotations

import naive_vacancies
import numpy as np
import pytest
from pair_alloy import CONSTANT, HOT, alloys, clustered, count_bonds, pairs_kinetics

from macropatch.lattice import draw_seeds


def unchanged(kinetics, occupation, vacancies, *given, **settings):
    """What one vacancy's evolution gives; the snapshots must be as they were."""
    before = occupation.copy(), vacancies.copy()
    done = kinetics.evolve_one_vacancy(occupation, vacancies, *given, **settings)
    np.testing.assert_array_equal(occupation, before[0])
    np.testing.assert_array_equal(vacancies, before[1])
    return done


@pytest.mark.parametrize("halo", [0.0, 1e3])
def test_one_vacancy_in_all_is_the_whole_system(halo):
    kinetics = pairs_kinetics(cells=(3, 3, 3))
    occupation, vacancies = alloys(kinetics.lattice, 1, 3)
    pairs = np.stack([np.arange(3), np.zeros(3, np.int64)], axis=1)
    temperature, duration = np.array([1000.0, 1500.0, 2000.0]), 1e-9
    part = unchanged(
        kinetics, occupation, vacancies, pairs, temperature, np.random.default_rng(4),
        duration=duration, halo=halo,
    )  # fmt: skip
    whole = kinetics.evolve(
        occupation, vacancies, temperature, np.random.default_rng(4), duration=duration
    )
    assert whole.count.max() > 100  # more than the first room for exchanges to take back
    np.testing.assert_array_equal(part.ledger, whole.ledger[:, 0])
    np.testing.assert_array_equal(part.by_species, whole.by_species)
    np.testing.assert_array_equal(part.elapsed, duration)


def test_a_halo_that_holds_all_vacancies_is_the_whole_system():
    kinetics = pairs_kinetics(cells=(4, 4, 4))
    occupation, vacancies = clustered(kinetics.lattice, *alloys(kinetics.lattice, 4, 1))
    for vacancy in range(4):
        part = unchanged(
            kinetics, occupation, vacancies, np.array([[0, vacancy]]), HOT,
            np.random.default_rng(6), duration=3e-10, halo=1e3,
        )  # fmt: skip
        whole = kinetics.evolve(
            occupation.copy(), vacancies.copy(), HOT, np.random.default_rng(6), duration=3e-10
        )
        assert part.count[0] > 0
        np.testing.assert_array_equal(part.ledger[0], whole.ledger[0, vacancy])


@pytest.mark.parametrize("halo", [0.0, 4.0])
def test_vacancies_outside_the_halo_stand_still(halo):
    kinetics = pairs_kinetics(cells=(4, 4, 4))
    lattice = kinetics.lattice
    occupation, vacancies = clustered(lattice, *alloys(lattice, 6, 1))
    core = 1
    away = lattice.coordinates(vacancies[0]) - lattice.coordinates(vacancies[0, core])
    edge = 2 * np.array(lattice.cells)
    distance = np.linalg.norm((away + edge // 2) % edge - edge // 2, axis=1) * CONSTANT / 2
    movers = [vacancy for vacancy in range(6) if distance[vacancy] <= halo]
    assert len(movers) == (1 if halo == 0.0 else 3)
    part = unchanged(
        kinetics, occupation, vacancies, np.array([[0, core]]), HOT, np.random.default_rng(7),
        jumps=40, halo=halo,
    )  # fmt: skip
    seed = draw_seeds(np.random.default_rng(7), 1)[0]
    naive = occupation[0].copy(), vacancies[0].copy()
    elapsed, made = naive_vacancies.evolve(
        kinetics, *naive, HOT, seed, jumps=40, movers=movers, counted=core
    )
    atoms = [atom for mover, atom in made if mover == core]
    assert part.count.tolist() == [40]
    np.testing.assert_allclose(part.elapsed, elapsed)
    np.testing.assert_array_equal(part.by_species[0], np.bincount(atoms, minlength=3))
    if movers == [core]:
        change = count_bonds(lattice, naive[0], 3) - count_bonds(lattice, occupation[0], 3)
        np.testing.assert_array_equal(part.ledger[0], change)


def test_pairs_of_a_batch_do_not_know_of_one_another():
    """Lone vacancies, clustered ones and different snapshots, one by one and all at once."""
    kinetics = pairs_kinetics(cells=(9, 9, 9))
    occupation, vacancies = clustered(kinetics.lattice, *alloys(kinetics.lattice, 12, 2))
    pairs = np.array([[row, vacancy] for vacancy in range(12) for row in (1, 0)] * 4)
    settings = {"duration": 1e-9, "halo": 4.0}
    together = unchanged(
        kinetics, occupation, vacancies, pairs, HOT, np.random.default_rng(9), **settings
    )
    rng = np.random.default_rng(9)
    for row, pair in enumerate(pairs):
        alone = unchanged(kinetics, occupation, vacancies, pair[None], HOT, rng, **settings)
        np.testing.assert_array_equal(together.ledger[row], alone.ledger[0])
        np.testing.assert_array_equal(together.by_species[row], alone.by_species[0])
