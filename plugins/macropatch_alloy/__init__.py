"""Substitutional alloys on ASE crystals: cluster expansions, Monte Carlo, vacancy kinetics."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from macropatch_alloy.barriers.constant_activations import constant_activations
    from macropatch_alloy.barriers.fitting import fit_activations, fit_expansion
    from macropatch_alloy.barriers.jump_barriers import barriers_of_jumps
    from macropatch_alloy.barriers.kinetically_resolved import SaddleModel, expansion_barriers
    from macropatch_alloy.barriers.model import BarrierModel
    from macropatch_alloy.barriers.nbmota import (
        ParameterSet,
        load_parameters,
        nbmota_expansion,
        nbmota_expansion_barriers,
        save_parameters,
    )
    from macropatch_alloy.barriers.network import nbmota_network
    from macropatch_alloy.equilibrium_order import EquilibriumOrder, order_against_temperature
    from macropatch_alloy.expansion.calculator import ClusterExpansionCalculator
    from macropatch_alloy.expansion.effective_medium import effective_medium_energies, random_alloys
    from macropatch_alloy.expansion.expansion import ClusterExpansion
    from macropatch_alloy.expansion.fitting import fit_cluster_expansion
    from macropatch_alloy.expansion.orbits import Orbit, find_orbits
    from macropatch_alloy.expansion.regressions import FitReport, fit_coefficients
    from macropatch_alloy.expansion.space import ClusterSpace
    from macropatch_alloy.expansion.storage import load_expansion, save_expansion
    from macropatch_alloy.kinetics import VacancyKinetics
    from macropatch_alloy.lattices import CubicLattice
    from macropatch_alloy.local_energy import LocalEnergy
    from macropatch_alloy.monte_carlo import Sampled, semi_grand_monte_carlo, swap_monte_carlo
    from macropatch_alloy.order import (
        pair_counts,
        pair_names,
        short_range_order,
        species_counts,
        warren_cowley,
    )
    from macropatch_alloy.structure_files import read_database, read_occupations, write_occupations
    from macropatch_alloy.structures import from_atoms, to_atoms

_MODULES = {
    "BarrierModel": "barriers.model",
    "ClusterExpansion": "expansion.expansion",
    "ClusterExpansionCalculator": "expansion.calculator",
    "ClusterSpace": "expansion.space",
    "CubicLattice": "lattices",
    "EquilibriumOrder": "equilibrium_order",
    "FitReport": "expansion.regressions",
    "LocalEnergy": "local_energy",
    "Orbit": "expansion.orbits",
    "ParameterSet": "barriers.nbmota",
    "SaddleModel": "barriers.kinetically_resolved",
    "Sampled": "monte_carlo",
    "VacancyKinetics": "kinetics",
    "barriers_of_jumps": "barriers.jump_barriers",
    "constant_activations": "barriers.constant_activations",
    "effective_medium_energies": "expansion.effective_medium",
    "expansion_barriers": "barriers.kinetically_resolved",
    "find_orbits": "expansion.orbits",
    "fit_activations": "barriers.fitting",
    "fit_cluster_expansion": "expansion.fitting",
    "fit_coefficients": "expansion.regressions",
    "fit_expansion": "barriers.fitting",
    "from_atoms": "structures",
    "load_expansion": "expansion.storage",
    "load_parameters": "barriers.nbmota",
    "nbmota_expansion": "barriers.nbmota",
    "nbmota_expansion_barriers": "barriers.nbmota",
    "nbmota_network": "barriers.network",
    "order_against_temperature": "equilibrium_order",
    "pair_counts": "order",
    "pair_names": "order",
    "random_alloys": "expansion.effective_medium",
    "read_database": "structure_files",
    "read_occupations": "structure_files",
    "save_expansion": "expansion.storage",
    "save_parameters": "barriers.nbmota",
    "semi_grand_monte_carlo": "monte_carlo",
    "short_range_order": "order",
    "species_counts": "order",
    "swap_monte_carlo": "monte_carlo",
    "to_atoms": "structures",
    "warren_cowley": "order",
    "write_occupations": "structure_files",
}

__all__ = [
    "BarrierModel",
    "ClusterExpansion",
    "ClusterExpansionCalculator",
    "ClusterSpace",
    "CubicLattice",
    "EquilibriumOrder",
    "FitReport",
    "LocalEnergy",
    "Orbit",
    "ParameterSet",
    "SaddleModel",
    "Sampled",
    "VacancyKinetics",
    "barriers_of_jumps",
    "constant_activations",
    "effective_medium_energies",
    "expansion_barriers",
    "find_orbits",
    "fit_activations",
    "fit_cluster_expansion",
    "fit_coefficients",
    "fit_expansion",
    "from_atoms",
    "load_expansion",
    "load_parameters",
    "nbmota_expansion",
    "nbmota_expansion_barriers",
    "nbmota_network",
    "order_against_temperature",
    "pair_counts",
    "pair_names",
    "random_alloys",
    "read_database",
    "read_occupations",
    "save_expansion",
    "save_parameters",
    "semi_grand_monte_carlo",
    "short_range_order",
    "species_counts",
    "swap_monte_carlo",
    "to_atoms",
    "warren_cowley",
    "write_occupations",
]


def __getattr__(name: str) -> Any:
    """Import what is used when it is first used: listing plugins imports this package too."""
    if name in _MODULES:
        return getattr(import_module(f"macropatch_alloy.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'macropatch_alloy' has no attribute {name!r}")
