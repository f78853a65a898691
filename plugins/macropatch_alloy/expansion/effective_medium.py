"""Random alloys and their energies by ASE's effective-medium theory: data to try a fit on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.calculators.emt import EMT
from ase.calculators.emt import parameters as known

from macropatch_alloy.lattices import CubicLattice, Structure
from macropatch_alloy.occupations import VACANCY, species_of
from macropatch_alloy.structures import to_atoms


def random_alloys(
    structure: Structure,
    constant: float,
    components: Sequence[str],
    count: int,
    *,
    cells: Sequence[tuple[int, int, int]] = ((2, 2, 2), (2, 2, 3)),
    seed: int = 0,
) -> list[Atoms]:
    """Unrelaxed supercells, their sites drawn independently.

    Each has a composition of its own, uniform among all compositions, so that a fit sees pure
    corners as well as the middle.

    Parameters
    ----------
    constant : edge of the cubic cell, Å
    components : what sites can bear, ``"X"``, the vacancy, first if it is one
    count : how many
    cells : cubic cells along each axis, of one structure after another, cyclically
    """
    species = species_of(components)
    codes = np.array([species.index(symbol) for symbol in components])
    rng = np.random.default_rng(seed)
    alloys = []
    for index in range(count):
        lattice = CubicLattice(structure, constant, cells[index % len(cells)])
        shares = rng.dirichlet(np.ones(len(codes)))
        alloys.append(to_atoms(lattice, rng.choice(codes, lattice.sites, p=shares), species))
    return alloys


def effective_medium_energies(structures: Sequence[Atoms]) -> list[float]:
    """Energies by ASE's ``EMT``, eV, of the structures as they stand.

    For Al, Ni, Cu, Pd, Ag, Pt and Au, after Jacobsen, Stoltze and Nørskov (Surf. Sci. 366, 394,
    1996). Vacancies, atoms ``X``, are left out.

    Raises
    ------
    ValueError
        for a species that EMT has no parameters of
    """
    energies = []
    for index, atoms in enumerate(structures):
        metal = atoms[atoms.numbers > 0]
        strangers = set(metal.get_chemical_symbols()) - set(known)
        if strangers:
            raise ValueError(
                f"structure {index}: EMT has no parameters of {', '.join(sorted(strangers))}, only "
                f"of {', '.join(sorted(set(known) - {VACANCY}))}"
            )
        metal.calc = EMT()
        energies.append(float(metal.get_potential_energy()))
    return energies
