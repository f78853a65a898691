"""Vacancy kinetics of Nb–Mo–Ta by the network: jumps a second, and the figures that it must give.

One core. Snapshots are random alloys after a number of jumps; jumps at low temperatures are mostly
to and fro. Times are of the processor, for the call as a user makes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from macropatch_alloy.barriers.network import CONSTANT, nbmota_network
from macropatch_alloy.compositions import equal_counts, random_alloys
from macropatch_alloy.kinetics import VacancyKinetics
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.order import pair_counts, pair_names, short_range_order, species_counts

LEAST_BARRIERS = 4.4e5
LEAST_JUMPS = {2000: 1e5, 1400: 1e5, 1000: 1e5, 700: 1e6, 500: 1e6, 300: 1e6}
"""By temperature (K), of 1,024 sites with one vacancy."""

PUBLISHED_SECONDS = 1.63e-10
PUBLISHED_SHARES = (0.593, 0.045, 0.362)
PUBLISHED_ORDER = (-0.065, 0.174, -0.118, -0.676, 0.487, -0.352)
"""At 2,000 K: time a jump (s), jumps of Nb, Mo, Ta, ``δ`` of NbNb, NbMo, NbTa, MoMo, MoTa, TaTa."""


def main() -> None:
    """Barriers, jumps and pairs a second; then time, shares and order at 2,000 K."""
    small, large = (_kinetics(edge) for edge in (8, 64))
    print_barriers(small)
    for temperature, least in LEAST_JUMPS.items():
        relaxed = 50_000 if temperature >= 1000 else 500_000
        speed = jumps_per_second(small, 1, temperature, relaxed, relaxed)
        print(f"1,024 sites, {temperature:>5} K  {speed:9.2e} jumps/s {_met(speed, least)}")
    for temperature in (2000, 700):
        speed = jumps_per_second(large, 512, temperature, 100_000, 200_000)
        print(f"524,288 sites, 512 vacancies, {temperature:>5} K  {speed:9.2e} jumps/s")
    for kinetics, vacancies in ((small, 1), (large, 512)):
        for halo in (0.0, 15.0):
            print_pairs(kinetics, vacancies, halo)
    print_figures(small)


def print_barriers(kinetics: VacancyKinetics, vacancies: int = 20_000) -> None:
    """Barriers a second without a cache."""
    rng = np.random.default_rng(0)
    occupation, _ = _alloys(kinetics, 1, 1, rng)
    sites = rng.integers(0, kinetics.lattice.sites, vacancies)
    kinetics.model.evaluate(kinetics.lattice, occupation[0], sites[:1])
    _, seconds = _timed(lambda: kinetics.model.evaluate(kinetics.lattice, occupation[0], sites))
    speed = vacancies * kinetics.model.directions / seconds
    print(f"network, nothing cached  {speed:9.2e} barriers/s {_met(speed, LEAST_BARRIERS)}")


def jumps_per_second(
    kinetics: VacancyKinetics, vacancies: int, temperature: float, relaxed: int, jumps: int
) -> float:
    """Of one snapshot, after ``relaxed`` jumps."""
    rng = np.random.default_rng(1)
    occupation, sites = _alloys(kinetics, vacancies, 1, rng)
    kinetics.evolve(occupation, sites, temperature, rng, jumps=relaxed)
    _, seconds = _timed(lambda: kinetics.evolve(occupation, sites, temperature, rng, jumps=jumps))
    return jumps / seconds


def print_pairs(
    kinetics: VacancyKinetics, vacancies: int, halo: float, temperature: float = 2000.0
) -> None:
    """One vacancy at a time, over the mean time of 125 jumps."""
    rng = np.random.default_rng(2)
    occupation, sites = _alloys(kinetics, vacancies, 1, rng)
    pairs = np.stack([np.zeros(1000, np.int64), rng.integers(0, vacancies, 1000)], axis=1)
    done, seconds = _timed(
        lambda: kinetics.evolve_one_vacancy(
            occupation, sites, pairs, temperature, rng, duration=125 * PUBLISHED_SECONDS, halo=halo
        )
    )
    print(
        f"{kinetics.lattice.sites:,} sites, one vacancy with a halo of {halo:g} Å, "
        f"{done.count.mean():.0f} jumps of its own: {len(pairs) / seconds:9.2e} pairs/s"
    )


def print_figures(
    kinetics: VacancyKinetics, runs: int = 8, records: int = 40, jumps: int = 5_000
) -> None:
    """Time, shares and time-weighted order at 2,000 K beside what is known of them."""
    rng = np.random.default_rng(3)
    occupation, sites = _alloys(kinetics, 1, runs, rng)
    codes = len(kinetics.model.species)
    kinetics.evolve(occupation, sites, 2000.0, rng, jumps=40_000)
    seconds, moved, order = [], [], []
    for _ in range(records):
        # Records one duration apart weigh states by time.
        done = kinetics.evolve(occupation, sites, 2000.0, rng, duration=jumps * PUBLISHED_SECONDS)
        seconds.append(done.elapsed.sum() / done.count.sum())
        moved.append(done.by_species.sum(axis=0)[1:])
        counts = species_counts(occupation, codes)
        order.append(short_range_order(pair_counts(kinetics.lattice, occupation, codes), counts, 8))
    each = np.mean(order, axis=0)
    error = each.std(axis=0, ddof=1) / np.sqrt(runs)
    shares = np.sum(moved, axis=0) / np.sum(moved)
    print(f"2,000 K: {np.mean(seconds):.3g} s a jump (known: {PUBLISHED_SECONDS:.3g})")
    for name, share, known in zip(("Nb", "Mo", "Ta"), shares, PUBLISHED_SHARES, strict=True):
        print(f"  jumps of {name} {share:.3f} (known: {known:.3f})")
    names = [name for name in pair_names(kinetics.model.species) if "X" not in name]
    for name, mean, one, known in zip(
        names, each.mean(axis=0), error, PUBLISHED_ORDER, strict=True
    ):
        print(f"  δ {name} {mean:+.3f} ± {one:.3f} (known: {known:+.3f})")


def _kinetics(edge: int) -> VacancyKinetics:
    return VacancyKinetics(CubicLattice("bcc", CONSTANT, (edge, edge, edge)), nbmota_network())


def _alloys(
    kinetics: VacancyKinetics, vacancies: int, snapshots: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    counts = equal_counts(kinetics.lattice, len(kinetics.model.species) - 1, vacancies)
    return random_alloys(kinetics.lattice, counts, snapshots, rng)


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    result = call()
    return result, time.process_time() - began


def _met(value: float, least: float) -> str:
    return f"(at least {least:g}: {'PASS' if value >= least else 'short'})"


if __name__ == "__main__":
    main()
