"""Observables of a lattice: averages of site terms and bond terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from macropatch.contract import Quantity


@dataclass(frozen=True)
class LatticeObservable:
    """``(1/n) Σ_i site_term(s_i) + (1/bonds) Σ_<ij> bond_term(s_i, s_j)``.

    There are ``dimension`` bonds a site.

    Attributes
    ----------
    quantity : name, label, unit and range
    site_term : function of a site's value, or ``None``
    bond_term : symmetric function of two neighbouring sites' values, or ``None``
    """

    quantity: Quantity
    site_term: Callable[[int], float] | None = None
    bond_term: Callable[[int, int], float] | None = None


@dataclass(frozen=True)
class ObservableTables:
    """What an environment contributes, ``(2, environments, d)`` each, a site.

    Attributes
    ----------
    share : its share of the observable: ``z = Σ_sites share / n``
    change : what a flip out of this environment changes: ``δz = change / n``
    """

    share: np.ndarray
    change: np.ndarray


def tabulate_observables(
    terms: Sequence[LatticeObservable], levels: tuple[int, int], dimension: int
) -> ObservableTables:
    """Tables of the observables over all environments.

    Raises
    ------
    ValueError
        if an observable has no term, or a bond term that is not symmetric.
    """
    neighbours = 2 * dimension
    share = np.zeros((2, neighbours + 1, len(terms)))
    change = np.zeros_like(share)
    lower, upper = levels
    for a, term in enumerate(terms):
        name = term.quantity.name
        if term.site_term is None and term.bond_term is None:
            raise ValueError(f"observable {name!r} has neither a site_term nor a bond_term")
        alone = np.array([term.site_term(v) if term.site_term else 0.0 for v in levels])
        bond = np.zeros((2, 2))
        if term.bond_term is not None:
            bond[:] = [[term.bond_term(v, u) for u in levels] for v in levels]
        if bond[0, 1] != bond[1, 0]:
            raise ValueError(
                f"bond_term of observable {name!r} is not symmetric: it gives {bond[0, 1]} for "
                f"({lower}, {upper}) and {bond[1, 0]} for ({upper}, {lower})"
            )
        k = np.arange(neighbours + 1)
        bonds = bond[:, :1] * (neighbours - k) + bond[:, 1:] * k
        share[:, :, a] = alone[:, None] + bonds / neighbours
        change[:, :, a] = (alone[::-1] - alone)[:, None] + (bonds[::-1] - bonds) / dimension
    return ObservableTables(share, change)
