"""Functions of the species on a cluster: products of point functions, one column a kind."""

from __future__ import annotations

from itertools import product

import numpy as np
from jaxtyping import Float

from macropatch_alloy.expansion.orbits import Orbit

LARGEST_TABLE = 50_000_000
"""Numbers in the table of one orbit's columns: 0.4 GB."""


def point_functions(components: int) -> Float[np.ndarray, "functions components"]:
    """Orthogonal functions of one site's species, ``components − 1`` of them.

    Discrete Legendre polynomials of the species' place in their list: their mean over the species
    is 0, that of their squares is 1, that of the product of two is 0. Of two species: −1 and 1.
    """
    powers = np.vander(np.arange(components, dtype=float), increasing=True)
    orthogonal, _ = np.linalg.qr(powers)
    functions = orthogonal[:, 1:].T * np.sqrt(components)
    return np.asarray(functions * np.sign(functions[:, -1:]))


def decorations(orbit: Orbit, functions: int) -> list[list[tuple[int, ...]]]:
    """Kinds of products on an orbit: which function each member of the first cluster gets.

    Products that the cluster's own symmetry turns into one another are one kind and stand in one
    list, none of them twice. Kinds come in the lexicographic order of their first products.
    """
    kinds: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for chosen in product(range(functions), repeat=orbit.order):
        same = {tuple(chosen[m] for m in permuted) for permuted in orbit.permutations.tolist()}
        kinds.setdefault(min(same), sorted(same))
    return list(kinds.values())


def column_tables(orbit: Orbit, codes: int, vacancies: bool) -> Float[np.ndarray, "_ ..."]:
    """Values of each column on one cluster, by the species codes in member order.

    A column is the sum over the products of one kind. Code 0, the vacancy, has zeros where it is
    no component.

    Raises
    ------
    ValueError
        if the table would not fit memory
    """
    first = 0 if vacancies else 1
    on_site = np.zeros((codes - first - 1, codes))
    on_site[:, first:] = point_functions(codes - first)
    size = len(on_site) ** orbit.order * codes**orbit.order / len(orbit.permutations)
    if size > LARGEST_TABLE:
        raise ValueError(
            f"clusters of {orbit.order} sites with {codes - first} components have too many "
            "decorations; leave this order out"
        )
    tables = []
    for kind in decorations(orbit, len(on_site)):
        total = np.zeros((codes,) * orbit.order)
        for chosen in kind:
            total += _outer([on_site[f] for f in chosen])
        tables.append(total)
    return np.array(tables)


def _outer(factors: list[Float[np.ndarray, " codes"]]) -> Float[np.ndarray, "*_"]:
    result = factors[0]
    for factor in factors[1:]:
        result = np.multiply.outer(result, factor)
    return result
