"""Activations that are one number a species: an alloy of which little is known but its energies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from macropatch_alloy.barriers.kinetically_resolved import SaddleModel
from macropatch_alloy.barriers.nbmota import ParameterSet
from macropatch_alloy.expansion.expansion import ClusterExpansion


def constant_activations(
    expansion: ClusterExpansion,
    activations: Mapping[str, float],
    notes: Mapping[str, Any] | None = None,
) -> ParameterSet:
    """Barriers ``max(KRA + ΔE/2, ΔE, 0)`` with one ``KRA`` for each jumping species.

    Parameters
    ----------
    expansion : energies, the vacancy a component
    activations : ``KRA`` by symbol, eV: the barrier of a jump that does not change the energy
    notes : where they are from: names and values that JSON can hold, kept with the expansion's own

    Raises
    ------
    ValueError
        if the vacancy is no component, and for an activation that is missing, of another species or
        no positive number; says which
    """
    space = expansion.space
    if not space.vacancies:
        raise ValueError(
            f"components {space.components}: the vacancy, 'X', is none of them, and so no jump has "
            "an energy; fit an expansion with 'X' as the first component"
        )
    atoms = space.species[1:]
    for symbol in activations:
        if symbol not in atoms:
            raise ValueError(f"activations: {symbol!r} is no atom of the expansion ({atoms})")
    for symbol in atoms:
        if symbol not in activations:
            raise ValueError(f"activations: there is none for {symbol!r}")
        if not 0.0 < activations[symbol] < np.inf:
            raise ValueError(
                f"activations: {activations[symbol]} eV for {symbol!r} is no positive number"
            )
    coefficients = np.array([[activations[symbol]] for symbol in atoms], dtype=np.float64)
    # within a quarter of the cell's edge of the middle of a jump there is no site
    saddle = SaddleModel(space.structure, space.constant, 0.25 * space.constant, 0, coefficients)
    return ParameterSet.of(expansion, saddle, {**expansion.provenance, **(notes or {})})
