"""Swap Monte Carlo and reversible kinetics of alloys on one core: trials, barriers, jumps a second.

Swaps are compared with a compiled kernel that looks up every cluster of both sites by itself,
before and after, from a table of neighbours; and with icet, where it is installed (the extra
``icet``). Both compiled kernels must accept equally often, or the comparison is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from ase.build import bulk
from ase.units import kB
from numba import njit

from macropatch.lattice import draw_seeds
from macropatch_alloy.barriers.nbmota import nbmota_expansion_barriers
from macropatch_alloy.compositions import equal_counts, random_alloys
from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.expansion.space import ClusterSpace
from macropatch_alloy.kinetics import VacancyKinetics
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.local_energy import LocalEnergy
from macropatch_alloy.monte_carlo import swap_monte_carlo

CONSTANT, ATOMS, KELVIN = 3.24, ("Nb", "Mo", "Ta"), 2000.0
CUTOFFS = {2: 6.0, 3: 4.0}
LEAST_TRIALS = {8: 1e6, 16: None, 64: 5e5}
"""By cubic cells along an edge: 1,024, 8,192 and 524,288 sites."""

MOST_SET_UP = 5.0
LEAST_JUMPS, LEAST_SHARE = 2.5e5, 0.5
"""Jumps a second at 1,024 sites and 2,000 K; the share of it at 524,288 sites, 512 vacancies."""

TRIALS, RELAXED = 400_000, 200_000


@njit(cache=True)
def plain_swaps(
    occupation: np.ndarray,
    clusters: np.ndarray,
    starts: np.ndarray,
    energies: np.ndarray,
    temperature: float,
    trials: int,
) -> int:
    """Swaps that look up each cluster; returns how many were accepted.

    ``clusters`` ``(sites, clusters, 2)`` are the other members, the second −1 in pairs; ``starts``
    begin their energies, by the codes of the site and of the members as digits to base 4.
    """
    accepted = 0
    for _ in range(trials):
        one = two = 0
        while occupation[one] == occupation[two]:
            one = np.random.randint(len(occupation))  # noqa: NPY002 - numba
            two = np.random.randint(len(occupation))  # noqa: NPY002 - numba
        before = around(occupation, clusters, starts, energies, one)
        a, b = occupation[one], occupation[two]
        occupation[one] = b
        change = around(occupation, clusters, starts, energies, one) - before
        before = around(occupation, clusters, starts, energies, two)
        occupation[two] = a
        change += around(occupation, clusters, starts, energies, two) - before
        if np.random.random() < np.exp(-change / temperature):  # noqa: NPY002 - numba
            accepted += 1
        else:
            occupation[one], occupation[two] = a, b
    return accepted


@njit(cache=True)
def around(
    occupation: np.ndarray,
    clusters: np.ndarray,
    starts: np.ndarray,
    energies: np.ndarray,
    site: int,
) -> float:
    """Energy of all clusters of a site."""
    total = 0.0
    for k in range(clusters.shape[1]):
        row = starts[k] + 4 * occupation[site] + occupation[clusters[site, k, 0]]
        if clusters[site, k, 1] >= 0:
            row = starts[k] + (row - starts[k]) * 4 + occupation[clusters[site, k, 1]]
        total += energies[row]
    return total


def main() -> None:
    """One line a figure."""
    expansion = example()
    print(f"pairs to {CUTOFFS[2]} Å, triplets to {CUTOFFS[3]} Å, {KELVIN:.0f} K")
    measured = {edge: print_swaps(expansion, edge, least) for edge, least in LEAST_TRIALS.items()}
    speed, share = plain_speed(expansion)
    ours, accepted = measured[8]
    print(
        f"every cluster by itself, compiled   {speed:9.2e} trials/s: ours is {ours / speed:.1f} × "
        f"faster; accepted {accepted:.4f} and {share:.4f}"
    )
    if abs(accepted - share) > 0.01:
        raise SystemExit("the kernels accept differently often: they are not comparable")
    for edge in (8, 16):
        if find_spec("icet"):
            theirs = icet_speed(edge)
            ratio = measured[edge][0] / theirs
            print(f"icet, {2 * edge**3:>7,} sites   {theirs:9.2e} trials/s: ours is {ratio:.0f} ×")
    if not find_spec("icet"):
        print("icet is not installed (pip install 'macropatch[icet]')")
    print_kinetics()


def example() -> ClusterExpansion:
    """An expansion of three species with random coefficients."""
    rng = np.random.default_rng(0)
    space = ClusterSpace("bcc", CONSTANT, ATOMS, CUTOFFS)
    return ClusterExpansion(space, rng.normal(scale=0.003, size=space.columns))


def print_swaps(expansion: ClusterExpansion, edge: int, least: float | None) -> tuple[float, float]:
    """Trials a second, and the share accepted."""
    rng = np.random.default_rng(1)
    lattice = CubicLattice("bcc", CONSTANT, (edge, edge, edge))
    states, _ = random_alloys(lattice, equal_counts(lattice, 3, 0), 1, rng)
    temperatures = np.array([KELVIN])

    def prepare() -> LocalEnergy:
        energy = LocalEnergy.of(expansion, lattice)
        swap_monte_carlo(energy, states, temperatures, 1, draw_seeds(rng, 1))
        return energy

    energy, set_up = _timed(prepare)
    relaxed = swap_monte_carlo(energy, states, temperatures, RELAXED, draw_seeds(rng, 1))
    run, seconds = _timed(
        lambda: swap_monte_carlo(
            energy, relaxed.occupations, temperatures, TRIALS, draw_seeds(rng, 1)
        )
    )
    speed, share = TRIALS / seconds, float(run.acceptance[0])
    print(
        f"swaps, {lattice.sites:>7,} sites   {speed:9.2e} trials/s {_met(speed, least)}"
        f"   set-up {set_up:.2f} s {'PASS' if set_up <= MOST_SET_UP else 'short'}"
    )
    return speed, share


def plain_speed(expansion: ClusterExpansion, edge: int = 8) -> tuple[float, float]:
    """Trials a second of the plain kernel, and the share accepted."""
    rng = np.random.default_rng(1)
    lattice = CubicLattice("bcc", CONSTANT, (edge, edge, edge))
    (state,), _ = random_alloys(lattice, equal_counts(lattice, 3, 0), 1, rng)
    places = lattice.coordinates(np.arange(lattice.sites))
    columns, starts, energies, end = [], [], [], 0
    for orbit, tensor in zip(expansion.space.orbits, expansion.tensors(), strict=True):
        if orbit.order == 1:
            continue
        for members, role in zip(orbit.clusters, orbit.roles, strict=True):
            sites = lattice.site(places[:, None] + members[1:])
            filled = np.full((lattice.sites, 2), -1)
            filled[:, : orbit.order - 1] = sites
            columns.append(filled)
            starts.append(end)
            energies.append(np.moveaxis(tensor, role, 0).ravel())
            end += tensor.size
    arguments = (np.stack(columns, axis=1), np.array(starts), np.concatenate(energies))
    plain_swaps(state, *arguments, kB * KELVIN, RELAXED)
    accepted, seconds = _timed(lambda: plain_swaps(state, *arguments, kB * KELVIN, TRIALS))
    return TRIALS / seconds, accepted / TRIALS


def icet_speed(edge: int, trials: int = 5000) -> float:
    """Trials a second of icet's canonical ensemble on the same clusters."""
    from icet import ClusterExpansion as TheirExpansion  # type: ignore[import-not-found]
    from icet import ClusterSpace as TheirSpace
    from mchammer.calculators import ClusterExpansionCalculator  # type: ignore[import-not-found]
    from mchammer.ensembles import CanonicalEnsemble  # type: ignore[import-not-found]

    rng = np.random.default_rng(2)
    space = TheirSpace(bulk("Nb", "bcc", CONSTANT), [CUTOFFS[2], CUTOFFS[3]], [list(ATOMS)])
    theirs = TheirExpansion(space, rng.normal(scale=0.003, size=len(space)))
    atoms = bulk("Nb", "bcc", CONSTANT, cubic=True).repeat(edge)
    atoms.symbols = rng.permutation(np.resize(ATOMS, len(atoms)))
    ensemble: Any = CanonicalEnsemble(
        atoms, ClusterExpansionCalculator(atoms, theirs), temperature=KELVIN,
        ensemble_data_write_interval=trials, trajectory_write_interval=trials,
    )  # fmt: skip
    ensemble.run(100)
    _, seconds = _timed(lambda: ensemble.run(trials))
    return trials / seconds


def print_kinetics() -> None:
    """Barriers and jumps of Nb–Mo–Ta with the shipped parameters."""
    model, rng = nbmota_expansion_barriers(), np.random.default_rng(3)
    lattice = CubicLattice("bcc", CONSTANT, (8, 8, 8))
    (state,), _ = random_alloys(lattice, equal_counts(lattice, 3, 1), 1, rng)
    sites = rng.integers(lattice.sites, size=100_000)
    model.evaluate(lattice, state, sites[:1])
    _, seconds = _timed(lambda: model.evaluate(lattice, state, sites))
    print(f"expansion, nothing cached   {len(sites) / seconds:9.2e} states of 8 barriers/s")
    small = jumps_per_second(8, 1)
    print(f"jumps,   1,024 sites, 1 vacancy       {small:9.2e} jumps/s {_met(small, LEAST_JUMPS)}")
    large = jumps_per_second(64, 512)
    least = LEAST_SHARE * LEAST_JUMPS
    print(f"jumps, 524,288 sites, 512 vacancies   {large:9.2e} jumps/s {_met(large, least)}")


def jumps_per_second(edge: int, vacancies: int) -> float:
    """At 2,000 K, from a state that has relaxed a little."""
    rng = np.random.default_rng(4)
    lattice = CubicLattice("bcc", CONSTANT, (edge, edge, edge))
    kinetics = VacancyKinetics(lattice, nbmota_expansion_barriers())
    states, places = random_alloys(lattice, equal_counts(lattice, 3, vacancies), 1, rng)
    kinetics.evolve(states, places, KELVIN, rng, jumps=50_000)
    _, seconds = _timed(lambda: kinetics.evolve(states, places, KELVIN, rng, jumps=RELAXED))
    return RELAXED / seconds


def _met(value: float, least: float | None) -> str:
    if least is None:
        return ""
    return f"(at least {least:.2g}: {'PASS' if value >= least else 'short'})"


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """What a call gives, and the processor seconds that it took."""
    began = time.process_time()
    found = call()
    return found, time.process_time() - began


if __name__ == "__main__":
    main()
