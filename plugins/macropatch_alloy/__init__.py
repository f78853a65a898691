"""Substitutional alloys on ASE crystals: cluster expansions, Monte Carlo, vacancy kinetics."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from macropatch_alloy.expansion.calculator import ClusterExpansionCalculator
    from macropatch_alloy.expansion.effective_medium import effective_medium_energies, random_alloys
    from macropatch_alloy.expansion.expansion import ClusterExpansion
    from macropatch_alloy.expansion.fitting import fit_cluster_expansion
    from macropatch_alloy.expansion.orbits import Orbit, find_orbits
    from macropatch_alloy.expansion.regressions import FitReport, fit_coefficients
    from macropatch_alloy.expansion.space import ClusterSpace
    from macropatch_alloy.expansion.storage import load_expansion, save_expansion
    from macropatch_alloy.lattices import CubicLattice
    from macropatch_alloy.structure_files import read_database, read_occupations, write_occupations
    from macropatch_alloy.structures import from_atoms, to_atoms

_MODULES = {
    "ClusterExpansion": "expansion.expansion",
    "ClusterExpansionCalculator": "expansion.calculator",
    "ClusterSpace": "expansion.space",
    "CubicLattice": "lattices",
    "FitReport": "expansion.regressions",
    "Orbit": "expansion.orbits",
    "effective_medium_energies": "expansion.effective_medium",
    "find_orbits": "expansion.orbits",
    "fit_cluster_expansion": "expansion.fitting",
    "fit_coefficients": "expansion.regressions",
    "from_atoms": "structures",
    "load_expansion": "expansion.storage",
    "random_alloys": "expansion.effective_medium",
    "read_database": "structure_files",
    "read_occupations": "structure_files",
    "save_expansion": "expansion.storage",
    "to_atoms": "structures",
    "write_occupations": "structure_files",
}

__all__ = [
    "ClusterExpansion",
    "ClusterExpansionCalculator",
    "ClusterSpace",
    "CubicLattice",
    "FitReport",
    "Orbit",
    "effective_medium_energies",
    "find_orbits",
    "fit_cluster_expansion",
    "fit_coefficients",
    "from_atoms",
    "load_expansion",
    "random_alloys",
    "read_database",
    "read_occupations",
    "save_expansion",
    "to_atoms",
    "write_occupations",
]


def __getattr__(name: str) -> Any:
    """Import what is used when it is first used: listing plugins imports this package too."""
    if name in _MODULES:
        return getattr(import_module(f"macropatch_alloy.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'macropatch_alloy' has no attribute {name!r}")
