"""The same clusters as icet's, by an independent implementation."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from ase.build import bulk

from macropatch_alloy import ClusterSpace, CubicLattice, to_atoms
from macropatch_alloy.expansion.regressions import fit_coefficients

icet = pytest.importorskip("icet", reason="needs the extra 'icet': pip install 'macropatch[icet]'")

CASES = {
    "sc": (3.0, ("Na", "Cl"), {2: 6.1, 3: 5.2, 4: 4.3}, (4, 4, 4)),
    "bcc": (3.24, ("X", "Nb", "Mo", "Ta"), {2: 5.7, 3: 4.6}, (3, 3, 3)),
    "fcc": (3.9, ("Cu", "Au", "Pd"), {2: 5.6, 3: 4.0, 4: 2.8}, (3, 3, 3)),
}


@pytest.fixture(scope="module", params=list(CASES))
def both(request):
    """Our space and icet's, and cluster vectors of the same random structures by both."""
    structure, (constant, components, cutoffs, cells) = request.param, CASES[request.param]
    ours = ClusterSpace(structure, constant, components, cutoffs)
    lattice = CubicLattice(structure, constant, cells)
    rng = np.random.default_rng(7)
    codes = [ours.species.index(symbol) for symbol in components]
    occupations = np.array(
        [
            rng.choice(codes, lattice.sites, p=rng.dirichlet(np.ones(len(codes))))
            for _ in range(ours.columns + 40)
        ]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of another package, about its own dependencies
        theirs = icet.ClusterSpace(
            bulk(components[-1], structure, a=constant),
            [cutoffs[order] for order in sorted(cutoffs)],
            list(components),
        )
        vectors = np.array(
            [theirs.get_cluster_vector(to_atoms(lattice, row, ours.species)) for row in occupations]
        )
    return ours, theirs, ours.cluster_vectors(occupations, lattice), vectors


def test_orbits_have_the_same_multiplicities(both):
    ours, theirs, _, _ = both
    found = sorted((orbit.order, orbit.multiplicity) for orbit in ours.orbits)
    assert found == sorted((orbit.order, len(orbit)) for orbit in theirs.orbit_list)
    assert ours.columns == len(theirs)


def test_columns_span_the_same_space(both):
    ours, _, mine, other = both
    rank = np.linalg.matrix_rank
    assert rank(mine) == rank(other) == rank(np.hstack([mine, other])) == ours.columns
    through = mine @ np.linalg.lstsq(mine, other, rcond=None)[0]
    np.testing.assert_allclose(through, other, atol=1e-10)


def test_unregularised_fits_give_the_same_energies(both):
    """Also of structures that were not fitted."""
    ours, _, mine, other = both
    energies = np.random.default_rng(3).normal(size=len(mine))
    fitted = slice(0, ours.columns + 30)
    coefficients, _ = fit_coefficients(mine[fitted], energies[fitted], method="least-squares")
    theirs = np.linalg.lstsq(other[fitted], energies[fitted], rcond=None)[0]
    np.testing.assert_allclose(mine @ coefficients, other @ theirs, atol=1e-8)
