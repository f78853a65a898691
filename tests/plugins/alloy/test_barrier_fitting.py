"""Fits of energies and activations to barriers that an expansion gives."""

from __future__ import annotations

import numpy as np
import pytest

from macropatch_alloy.barriers.fitting import fit_activations, fit_expansion
from macropatch_alloy.barriers.jump_barriers import barriers_of_jumps
from macropatch_alloy.barriers.kinetically_resolved import SaddleModel, expansion_barriers
from macropatch_alloy.barriers.saddle import saddle_orbits
from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.expansion.space import ClusterSpace
from macropatch_alloy.lattices import CubicLattice

SPECIES = ("X", "Nb", "Mo", "Ta")
LATTICE = CubicLattice("bcc", 3.24, (5, 5, 5))


def states(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    occupations = rng.integers(1, 4, (count, LATTICE.sites)).astype(np.int8)
    vacancies = rng.integers(LATTICE.sites, size=count)
    occupations[np.arange(count), vacancies] = 0
    return occupations, vacancies


def test_what_made_the_barriers_is_found_again():
    rng = np.random.default_rng(12)
    space = ClusterSpace("bcc", 3.24, SPECIES, {2: 3.3, 3: 3.3})
    made = ClusterExpansion(space, rng.normal(scale=0.01, size=space.columns))
    orbits = saddle_orbits("bcc", 3.24, 3.6, 2)
    columns = 1 + sum(len(orbit.tables(4)) for orbit in orbits)
    coefficients = rng.normal(scale=0.01, size=(3, columns))
    coefficients[:, 0] = 2.0  # far from the other branches of the maximum
    model = expansion_barriers("made", made, SaddleModel("bcc", 3.24, 3.6, 2, coefficients))
    train = barriers_of_jumps(model, LATTICE, *states(rng, 60))
    test = barriers_of_jumps(model, LATTICE, *states(rng, 10))

    used = [orbit for orbit in space.orbits if orbit.order > 1]
    found, report = fit_expansion(space, train, used, vacancy_radius=3.3, folds=2)
    saddle, reports = fit_activations(space, train, 3.6, 2, folds=2)
    assert report.r2 > 1 - 1e-6 and len(reports) == 3
    np.testing.assert_allclose(saddle.coefficients, coefficients, atol=2e-4)
    fitted = expansion_barriers("found", found, saddle)
    ours = barriers_of_jumps(fitted, LATTICE, test.occupations, test.vacancies)
    np.testing.assert_allclose(ours.changes, test.changes, atol=1e-4)
    np.testing.assert_allclose(ours.forth, test.forth, atol=1e-3)


def test_two_vacancies_do_not_interact_beyond_the_mean_alloy():
    rng = np.random.default_rng(13)
    space = ClusterSpace("bcc", 3.24, SPECIES, {2: 3.3})
    made = ClusterExpansion(space, rng.normal(scale=0.01, size=space.columns))
    model = expansion_barriers(
        "made", made, SaddleModel("bcc", 3.24, 2.7, 0, np.array([[2.0, 0.0, 0.0]] * 3))
    )
    train = barriers_of_jumps(model, LATTICE, *states(rng, 40))
    used = [orbit for orbit in space.orbits if orbit.order > 1]
    pairs = fit_expansion(space, train, used, vacancy_radius=3.3, folds=2)[0].tensors()[1:]
    for tensor in pairs:
        mixed = tensor[1:, 1:].mean() + tensor[0, 0] - 2.0 * tensor[0, 1:].mean()
        assert mixed == pytest.approx(0.0, abs=1e-9)


def test_clusters_that_the_space_lacks_are_refused():
    rng = np.random.default_rng(14)
    space = ClusterSpace("bcc", 3.24, SPECIES, {2: 3.3})
    larger = ClusterSpace("bcc", 3.24, SPECIES, {2: 4.6})
    made = ClusterExpansion(larger, rng.normal(scale=0.01, size=larger.columns))
    model = expansion_barriers(
        "made", made, SaddleModel("bcc", 3.24, 2.7, 0, np.array([[2.0, 0.0, 0.0]] * 3))
    )
    train = barriers_of_jumps(model, LATTICE, *states(rng, 20))
    with pytest.raises(ValueError, match="no columns for some of these clusters"):
        fit_expansion(space, train, list(larger.orbits[1:]), vacancy_radius=5.0, folds=2)
