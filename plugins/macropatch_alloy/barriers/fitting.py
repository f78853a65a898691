"""An expansion and activations fitted to the barriers that another model gives.

The energy change of a jump is the difference of the barriers forth and back, its activation their
mean: ``ΔE = E_b(forth) − E_b(back)``, ``KRA = E_b(forth) − ΔE/2``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from macropatch_alloy.barriers.jump_barriers import JumpBarriers
from macropatch_alloy.barriers.kinetically_resolved import SaddleModel
from macropatch_alloy.barriers.saddle import jump_rotations, saddle_orbits
from macropatch_alloy.expansion.decorations import decorations, point_functions
from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.expansion.fitting import provenance_of
from macropatch_alloy.expansion.orbits import Orbit
from macropatch_alloy.expansion.regressions import FitReport, fit_coefficients
from macropatch_alloy.expansion.space import ClusterSpace
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.local_energy import LocalEnergy, local_tables


def fit_expansion(
    space: ClusterSpace,
    data: JumpBarriers,
    used: Sequence[Orbit],
    vacancy_radius: float,
    folds: int = 5,
    seed: int = 0,
) -> tuple[ClusterExpansion, FitReport]:
    """Fit energies, by ridge regression, to the energy changes of jumps.

    What jumps of a single vacancy cannot show is set to nothing: energies of single atoms, and any
    interaction of two vacancies beyond what each has with the mean alloy.

    Parameters
    ----------
    space : of the expansion, the vacancy a component
    used : orbits of the space whose clusters have an energy
    vacancy_radius : largest pair with a vacancy that has one, Å; larger clusters have no limit
    folds, seed : of the cross-validation, which holds out whole states

    Returns
    -------
    The expansion, and a report of the energy changes in eV.
    """
    terms = list(_energy_terms(space, used, vacancy_radius))
    orbits = [orbit for orbit, _ in terms]
    columns = [
        _local([orbit], [tensor], data.lattice).jumps(data.occupations, data.vacancies).ravel()
        for orbit, tensor in terms
    ]
    weights, report = fit_coefficients(
        np.array(columns).T, data.changes.ravel(), constant=False, groups=data.states.ravel(),
        folds=folds, seed=seed,
    )  # fmt: skip
    tensors = [weight * tensor for weight, (_, tensor) in zip(weights, terms, strict=True)]
    expansion = _in_columns(space, orbits, tensors, data.lattice, seed)
    return replace(expansion, provenance=provenance_of(report)), report


def fit_activations(
    space: ClusterSpace,
    data: JumpBarriers,
    radius: float,
    pairs: int,
    folds: int = 5,
    seed: int = 0,
) -> tuple[SaddleModel, tuple[FitReport, ...]]:
    """Fit the activations of jumps, each jumping species on its own; a report of each, in eV.

    Parameters
    ----------
    space : of the expansion that goes with it: crystal and species
    radius, pairs : of :func:`saddle_orbits`
    folds, seed : of the cross-validation, which holds out whole states
    """
    codes = len(space.species)
    columns = saddle_columns(data, radius, pairs, codes)
    rows = np.concatenate([np.ones((*columns.shape[:-1], 1)), columns], axis=-1)
    coefficients, reports = [], []
    for code in range(1, codes):
        own = data.jumping == code
        found, report = fit_coefficients(
            rows[own], data.activations[own], groups=data.states[own], folds=folds, seed=seed
        )
        coefficients.append(found)
        reports.append(report)
    saddle = SaddleModel(space.structure, space.constant, radius, pairs, np.array(coefficients))
    return saddle, tuple(reports)


def saddle_columns(
    data: JumpBarriers, radius: float, pairs: int, codes: int
) -> Float[np.ndarray, "states directions columns"]:
    """Sums of each column of :func:`saddle_orbits` about the middles of all jumps."""
    lattice = data.lattice
    places = lattice.coordinates(data.vacancies)
    rotations = jump_rotations(lattice.structure)
    rows: list[np.ndarray] = []
    for orbit in saddle_orbits(lattice.structure, lattice.constant, radius, pairs):
        turned = np.einsum("dij,cmj->dcmi", rotations, orbit.clusters)
        sites = lattice.site(places[:, None, None, None] + turned)
        flat = sites.reshape(len(sites), -1)
        species = np.take_along_axis(data.occupations, flat, axis=1).reshape(sites.shape)
        members = tuple(np.moveaxis(species, -1, 0))
        rows.extend(table[members].sum(axis=-1) for table in orbit.tables(codes))
    return np.stack(rows, axis=-1)


def _energy_terms(
    space: ClusterSpace, used: Sequence[Orbit], vacancy_radius: float
) -> Iterator[tuple[Orbit, Float[np.ndarray, "*others codes"]]]:
    """Products of the atoms' functions and at most one that is 1 for the vacancy."""
    codes = len(space.species)
    functions = np.zeros((codes - 1, codes))
    functions[:-1, 1:] = point_functions(codes - 1)
    functions[-1, 0] = 1.0
    vacancy = codes - 2
    for orbit in used:
        for kind in decorations(orbit, codes - 1):
            beyond = orbit.order == 2 and orbit.radius > vacancy_radius
            if kind[0].count(vacancy) > (0 if beyond else 1):
                continue
            tensor = np.zeros((codes,) * orbit.order)
            for chosen in kind:
                product = functions[chosen[0]]
                for function in chosen[1:]:
                    product = np.multiply.outer(product, functions[function])
                tensor += product
            yield orbit, tensor


def _in_columns(
    space: ClusterSpace,
    orbits: Sequence[Orbit],
    tensors: Sequence[Float[np.ndarray, "*others codes"]],
    lattice: CubicLattice,
    seed: int,
) -> ClusterExpansion:
    """The same energies in the columns of the space: exact, since these span all of them."""
    rng = np.random.default_rng(seed)
    count = 2 * space.columns
    shares = rng.dirichlet(np.ones(len(space.species)), count)
    states = np.array(
        [rng.choice(len(share), lattice.sites, p=share) for share in shares], dtype=np.int8
    )
    energies = _local(orbits, tensors, lattice).total(states) / lattice.sites
    vectors = space.cluster_vectors(states, lattice)
    coefficients, *_ = np.linalg.lstsq(vectors, energies, rcond=None)
    if np.abs(vectors @ coefficients - energies).max() > 1e-9:
        raise ValueError("the space has no columns for some of these clusters or their parts")
    present = {id(orbit) for orbit in orbits}
    expansion = ClusterExpansion(space, coefficients)
    return replace(expansion, coefficients=_exact_zeros(expansion, present))


def _local(
    orbits: Sequence[Orbit],
    tensors: Sequence[Float[np.ndarray, "*others codes"]],
    lattice: CubicLattice,
) -> LocalEnergy:
    return LocalEnergy(local_tables(orbits, tensors), lattice)


def _exact_zeros(expansion: ClusterExpansion, present: set[int]) -> Float[np.ndarray, " columns"]:
    """Coefficients with zeros for larger clusters that are left out, so that kernels skip them."""
    coefficients, column = expansion.coefficients.copy(), 1
    for orbit, table in zip(expansion.space.orbits, expansion.space.tables, strict=True):
        if orbit.order > 1 and id(orbit) not in present:
            coefficients[column : column + len(table)] = 0.0
        column += len(table)
    return coefficients
