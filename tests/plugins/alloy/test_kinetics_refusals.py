"""What vacancy kinetics refuses, and vacancies that cannot jump."""

from __future__ import annotations

import numpy as np
import pytest
from pair_alloy import CONSTANT, HOT, alloys, pair_model, pairs_kinetics

from macropatch_alloy.kinetics import VacancyKinetics
from macropatch_alloy.lattices import CubicLattice, first_neighbours
from macropatch_alloy.supercells import supercell


def test_vacancies_on_all_sites_cannot_jump():
    kinetics = pairs_kinetics(cells=(2, 2, 2))
    occupation = np.zeros((1, 16), np.int8)
    vacancies = np.arange(16)[None]
    done = kinetics.evolve(occupation, vacancies, HOT, np.random.default_rng(0), duration=1.0)
    assert done.elapsed.tolist() == [1.0]
    assert done.count.tolist() == [0]
    with pytest.raises(ValueError, match="row 0: no vacancy could jump after 0 of 3 jumps"):
        kinetics.evolve(occupation, vacancies, HOT, np.random.default_rng(0), jumps=3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"occupation": np.ones((2, 54), np.int64)}, "occupation is int64"),
        ({"occupation": np.ones((2, 53), np.int8)}, "the lattice has 54 sites"),
        ({"occupation": np.full((2, 54), 3, np.int8)}, r"codes 3 to 3: pairs knows 0 to 2"),
        ({"occupation": np.ones((2, 54), np.int8)}, "snapshot 0: its vacancies are not its sites"),
        ({"vacancies": np.zeros((2, 0), np.int64)}, "nothing can jump"),
        ({"vacancies": np.array([[0], [54]])}, "vacancies reach site 54 of 54"),
        ({"temperature": -1.0}, r"temperatures of -1\.0 to -1\.0 K"),
        ({"temperature": np.ones(3)}, r"shape \(3,\): give one, or 2"),
        ({"duration": -1.0}, r"durations of -1\.0 to -1\.0 s"),
        ({"jumps": 3}, "either a duration or a number of jumps"),
        ({"duration": None}, "either a duration or a number of jumps"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(change, message):
    kinetics = pairs_kinetics(cells=(3, 3, 3))
    occupation, vacancies = alloys(kinetics.lattice, 1, 2)
    given = {"occupation": occupation, "vacancies": vacancies, "temperature": HOT}
    given |= {"duration": 1e-12, "rng": np.random.default_rng(0)}
    with pytest.raises(ValueError, match=message):
        kinetics.evolve(**(given | change))


def test_settings_that_cannot_be_are_refused():
    lattice = CubicLattice("bcc", CONSTANT, (3, 3, 3))
    with pytest.raises(ValueError, match="a cache of 100 places: give a power of two"):
        VacancyKinetics(lattice, pair_model(), cache_places=100)
    with pytest.raises(ValueError, match="attempt frequency of 0"):
        VacancyKinetics(lattice, pair_model(), frequency=0.0)
    with pytest.raises(ValueError, match="at least 2 along each axis"):
        supercell(CubicLattice("bcc", CONSTANT, (1, 3, 3)), first_neighbours("bcc"), 2)
    kinetics = VacancyKinetics(lattice, pair_model())
    occupation, vacancies = alloys(lattice, 1, 1, species=1)
    with pytest.raises(ValueError, match="a halo of -1"):
        kinetics.evolve_one_vacancy(
            occupation, vacancies, np.array([[0, 0]]), HOT, np.random.default_rng(0),
            jumps=1, halo=-1.0,
        )  # fmt: skip
