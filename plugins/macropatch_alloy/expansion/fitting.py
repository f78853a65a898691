"""Cluster expansions fitted to the energies of structures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version

import numpy as np
from ase import Atoms
from jaxtyping import Float, Int

from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.expansion.regressions import FitReport, Method, fit_coefficients
from macropatch_alloy.expansion.space import ClusterSpace
from macropatch_alloy.structures import TOLERANCE, from_atoms


def design_matrix(
    space: ClusterSpace, structures: Sequence[Atoms], tolerance: float = TOLERANCE
) -> tuple[Float[np.ndarray, "structures columns"], Int[np.ndarray, " structures"]]:
    """Cluster vectors of structures, which may be of different supercells, and numbers of sites.

    Raises
    ------
    ValueError
        for what is no occupied supercell: see :func:`from_atoms`; says which structure
    """
    rows, sites = [], []
    for index, atoms in enumerate(structures):
        try:
            lattice, occupation = from_atoms(
                atoms, space.structure, space.components, space.constant, tolerance
            )
            sites.append(lattice.sites)
            rows.append(space.cluster_vectors(occupation[None], lattice)[0])
        except ValueError as error:
            raise ValueError(f"structure {index}: {error}") from error
    return np.array(rows).reshape(len(rows), space.columns), np.array(sites, dtype=np.int64)


def fit_cluster_expansion(
    space: ClusterSpace,
    structures: Sequence[Atoms],
    energies: Sequence[float] | Float[np.ndarray, " structures"],
    *,
    method: Method = "ridge",
    folds: int = 5,
    seed: int = 0,
    tolerance: float = TOLERANCE,
) -> tuple[ClusterExpansion, FitReport]:
    """Fit an expansion to total energies.

    What is fitted is the energy per site, so that supercells of all sizes count alike. The lattice
    constant is the space's: structures relaxed or strained by less than 5 % are mapped to it.

    Parameters
    ----------
    structures : supercells of cubic cells, see :func:`from_atoms`
    energies : of the whole supercells, eV, as ``get_potential_energy`` gives them
    method, folds, seed : of :func:`fit_coefficients`
    tolerance : how far atoms may be from their sites, in distances between nearest neighbours

    Returns
    -------
    the expansion, and a report with errors in eV per site

    Raises
    ------
    ValueError
        for structures that do not fit the space, other numbers of energies and of structures, and
        energies that are no numbers; says which one
    """
    if len(energies) != len(structures):
        raise ValueError(f"{len(energies)} energies for {len(structures)} structures")
    matrix, sites = design_matrix(space, structures, tolerance)
    per_site = np.asarray(energies, dtype=float) / sites
    coefficients, report = fit_coefficients(matrix, per_site, method=method, folds=folds, seed=seed)
    return ClusterExpansion(space, coefficients, provenance_of(report)), report


def provenance_of(report: FitReport, **notes: str | float) -> dict[str, str | float]:
    """What a file keeps about a fit: its report, this package's version, and ``notes``."""
    return {"macropatch": version("macropatch"), **asdict(report), **notes}
