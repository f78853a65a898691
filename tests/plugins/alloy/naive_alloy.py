"""An alloy's observables and generator, site by site and jump by jump in plain Python."""

from __future__ import annotations

import numpy as np
from ase.units import kB

from macropatch_alloy.lattices import first_neighbours


def order_of(lattice, occupation, species, kind):
    """``δ`` or ``α`` of each pair of atoms, by looking at each atom's neighbours."""
    around = lattice.site(
        lattice.coordinates(np.arange(lattice.sites))[:, None] + first_neighbours(lattice.structure)
    ).tolist()
    codes, found = occupation.tolist(), []
    atoms = sum(code != 0 for code in codes)
    for i in range(1, species):
        for j in range(i, species):
            centres = [site for site, code in enumerate(codes) if code == i]
            beside = sum(codes[other] == j for site in centres for other in around[site])
            mean, share = beside / len(centres), codes.count(j) / atoms
            mixed = len(around[0]) * share
            found.append(mean - mixed if kind == "delta" else 1.0 - mean / mixed)
    return found


def generator_of(system, model, states, index, kelvin, frequency=1e13):
    """Drift and diffusion of one snapshot, 1/s, by making each possible jump and observing."""
    size = states["occupation"].shape[1:4]
    lattice = system.lattice(size)
    occupation, vacancies = states["occupation"][index].ravel(), states["vacancies"][index]
    before = system.observe({name: array[[index]] for name, array in states.items()})[0]
    drift, diffusion = np.zeros(len(before)), np.zeros((len(before), len(before)))
    barriers = model.evaluate(lattice, occupation, vacancies)
    for vacancy, site in enumerate(vacancies):
        ends = lattice.site(lattice.coordinates(site) + first_neighbours(lattice.structure))
        for direction, end in enumerate(ends):
            if occupation[end] == 0:
                continue
            after, places = occupation.copy(), vacancies.copy()
            after[site], after[end], places[vacancy] = occupation[end], 0, end
            jumped = {
                "occupation": after.reshape(states["occupation"][[0]].shape),
                "vacancies": places[None],
            }
            change = system.observe(jumped)[0] - before
            rate = frequency * np.exp(-barriers[vacancy, direction] / (kB * kelvin))
            drift += rate * change
            diffusion += rate * np.outer(change, change)
    return drift, diffusion
