"""Fits: known coefficients come back, errors are those of the noise, EMT's energies are met."""

from __future__ import annotations

import numpy as np
import pytest
from ase.calculators.calculator import PropertyNotImplementedError

from macropatch_alloy import (
    ClusterExpansionCalculator,
    ClusterSpace,
    CubicLattice,
    effective_medium_energies,
    fit_cluster_expansion,
    fit_coefficients,
    from_atoms,
    random_alloys,
    to_atoms,
)

METHODS = ["least-squares", "ridge", "lasso", "ard", "rfe"]
COMPONENTS = ("Cu", "Au", "Pd")
ALLOY = ("fcc", 3.95, COMPONENTS)


@pytest.fixture(scope="module")
def space():
    return ClusterSpace(*ALLOY, {2: 4.0, 3: 2.9})


@pytest.fixture(scope="module")
def alloys():
    return random_alloys(*ALLOY, 90, seed=2)


@pytest.fixture(scope="module")
def vectors(space, alloys):
    occupied = [from_atoms(atoms, "fcc", COMPONENTS, 3.95) for atoms in alloys]
    return np.vstack([space.cluster_vectors(row[None], lattice) for lattice, row in occupied])


@pytest.mark.parametrize("method", METHODS)
def test_known_coefficients_come_back(vectors, method):
    truth = np.zeros(vectors.shape[1])
    truth[[0, 1, 4, 8]] = -3.0, 0.4, 0.1, -0.05
    found, report = fit_coefficients(vectors, vectors @ truth, method=method, seed=1)
    np.testing.assert_allclose(found, truth, atol=1e-8 if method == "least-squares" else 2e-3)
    assert report.r2 > 0.9999 and report.method == method
    assert (report.observations, report.columns) == vectors.shape
    if method in {"lasso", "rfe"}:
        assert report.used < vectors.shape[1]


def test_cross_validated_error_is_the_noises():
    """40 columns of 400, 360 of them fitted at a time: ``σ √(1 + p/(n − p))``.

    The root mean square of 400 errors scatters by 3.5 %: a false alarm in 15,000 for another seed.
    """
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(400, 40))
    matrix[:, 0] = 1.0
    energies = matrix @ rng.normal(size=40) + 0.1 * rng.normal(size=400)
    _, report = fit_coefficients(matrix, energies, method="ridge", folds=10)
    assert abs(report.cv_rmse / (0.1 * np.sqrt(1 + 40 / 320)) - 1.0) < 0.14
    assert report.train_rmse < 0.1 < report.cv_rmse
    assert 0.001 < report.cv_rmse_uncertainty < 0.01


def test_energy_differences_have_no_constant(space):
    lattice = CubicLattice("fcc", 3.95, (2, 2, 2))
    rng = np.random.default_rng(8)
    before = rng.integers(1, 4, (60, lattice.sites), dtype=np.int8)
    after = before.copy()
    after[:, [0, 1]] = before[:, [1, 0]]
    truth = rng.normal(size=space.columns)
    rows = space.differences(before, after, lattice)
    groups = np.repeat(np.arange(20), 3)
    found, report = fit_coefficients(
        rows, rows @ truth, method="least-squares", constant=False, groups=groups
    )
    # an exchange changes no composition: points and the empty cluster stay undetermined
    np.testing.assert_allclose(found[:3], 0.0, atol=1e-12)
    np.testing.assert_allclose(rows @ found, rows @ truth, atol=1e-8)
    assert report.cv_rmse < 1e-8


def test_what_is_in_one_group_is_held_out_together():
    """Rows come in equal pairs: only if they are parted is their noise learned."""
    rng = np.random.default_rng(9)
    half = rng.normal(size=(30, 25))
    matrix, energies = np.repeat(half, 2, axis=0), np.repeat(rng.normal(size=30), 2)
    together = np.repeat(np.arange(30), 2)
    settings = {"method": "least-squares", "constant": False}
    _, apart = fit_coefficients(matrix, energies, **settings)
    _, grouped = fit_coefficients(matrix, energies, **settings, groups=together)
    assert grouped.cv_rmse > 1.5 * apart.cv_rmse


def test_effective_medium_energies_are_met(alloys, space):
    energies = effective_medium_energies(alloys)
    expansion, report = fit_cluster_expansion(space, alloys, energies, seed=3)
    assert report.cv_rmse < 0.002 and report.r2 > 0.999
    assert expansion.provenance["cv_rmse"] == report.cv_rmse
    assert expansion.provenance["method"] == "ridge" and "macropatch" in expansion.provenance
    fresh = random_alloys(*ALLOY, 10, cells=[(3, 3, 2)], seed=17)
    for atoms, energy in zip(fresh, effective_medium_energies(fresh), strict=True):
        atoms.calc = ClusterExpansionCalculator(expansion)
        assert abs(atoms.get_potential_energy() - energy) < 0.008 * len(atoms)


def test_the_calculator_answers_as_ase_expects(alloys, space, monkeypatch):
    energies = np.random.default_rng(0).normal(size=len(alloys))
    expansion, _ = fit_cluster_expansion(space, alloys, energies, method="least-squares")
    atoms = alloys[0].copy()
    atoms.calc = calculator = ClusterExpansionCalculator(expansion)
    lattice, occupation = from_atoms(atoms, "fcc", COMPONENTS, 3.95)
    energy = atoms.get_potential_energy()
    assert energy == expansion.energy(occupation[None], lattice)[0]
    assert atoms.get_potential_energy(force_consistent=True) == energy
    for forbidden in (atoms.get_forces, atoms.get_stress, atoms.get_magnetic_moments):
        with pytest.raises(PropertyNotImplementedError):
            forbidden()
    calls = []
    monkeypatch.setattr(calculator, "calculate", lambda *a, **k: calls.append(a))
    assert atoms.get_potential_energy() == energy and not calls
    monkeypatch.undo()
    other = atoms.copy()
    other.calc = calculator
    other.rattle(0.02, seed=1)
    assert other.get_potential_energy() == energy
    other.symbols[0] = "Pd" if other.symbols[0] != "Pd" else "Au"
    assert other.get_potential_energy() != energy
    other.symbols[0] = "Ni"
    with pytest.raises(ValueError, match=r"atom 0 \(Ni at"):
        other.get_potential_energy()
    small = to_atoms(CubicLattice("fcc", 3.95, (1, 1, 3)), np.ones(12, np.int8), ("X", "Cu"))
    small.calc = calculator
    with pytest.raises(ValueError, match=r"1 x 1 x 3 cells.*at least 2 cells"):
        small.get_potential_energy()


def test_fits_refuse_what_determines_nothing(alloys, space, vectors):
    energies = np.arange(90.0)
    with pytest.raises(ValueError, match="3 energies for 90 structures"):
        fit_cluster_expansion(space, alloys, energies[:3])
    strange = [atoms.copy() for atoms in alloys[:5]]
    strange[1].symbols[4] = "Ni"
    with pytest.raises(ValueError, match=r"structure 1: atom 4 \(Ni at .*no component"):
        fit_cluster_expansion(space, strange, energies[:5])
    with pytest.raises(ValueError, match="observation 7 is not finite"):
        fit_coefficients(vectors, np.where(energies == 7, np.nan, energies))
    with pytest.raises(ValueError, match="method 'forest': choose one of ridge, lasso"):
        fit_coefficients(vectors, energies, method="forest")
    with pytest.raises(ValueError, match="5 folds of 3 observations"):
        fit_coefficients(vectors[:3], energies[:3])
    with pytest.raises(
        ValueError, match=r"a matrix of shape \(90, \d+\) and energies of shape \(3"
    ):
        fit_coefficients(vectors, energies[:3])
    with pytest.raises(ValueError, match="all 90 energies are equal"):
        fit_coefficients(vectors, np.ones(90))
    with pytest.raises(ValueError, match="EMT has no parameters of Nb"):
        effective_medium_energies(random_alloys("bcc", 3.2, ("X", "Nb"), 1))
