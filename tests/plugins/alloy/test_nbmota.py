"""The shipped parameter set: its file, its errors, and kinetics that agree with Monte Carlo."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import f as f_law

from macropatch.lattice import draw_seeds
from macropatch_alloy.barriers.jump_barriers import barriers_of_jumps, neighbours_of
from macropatch_alloy.barriers.nbmota import (
    NBMOTA,
    load_parameters,
    nbmota_expansion,
    nbmota_expansion_barriers,
)
from macropatch_alloy.barriers.network import CHECKSUM, nbmota_network
from macropatch_alloy.compositions import equal_counts, random_alloys
from macropatch_alloy.kinetics import VacancyKinetics
from macropatch_alloy.lattices import CubicLattice
from macropatch_alloy.local_energy import LocalEnergy
from macropatch_alloy.monte_carlo import swap_monte_carlo
from macropatch_alloy.order import pair_counts, short_range_order, species_counts

LATTICE = CubicLattice("bcc", 3.24, (6, 6, 6))
FALSE_ALARM, SNAPSHOTS = 1e-3, 96
PARTS = [1, 2, 4]
"""NbMo, NbTa, MoTa: the others follow from these."""


@pytest.fixture(scope="module")
def local() -> LocalEnergy:
    return LocalEnergy.of(nbmota_expansion(), LATTICE)


def test_file_tells_how_good_the_fit_is():
    fit = json.loads(NBMOTA.read_text())["fit"]
    assert fit["barrier_rmse_eV"] <= 0.030
    assert 0.0 < fit["barrier_rmse_uncertainty_eV"] < 0.002
    assert fit["energy_r2"] > 0.95
    assert fit["network_sha256"] == CHECKSUM


def test_barriers_are_near_the_networks():
    rng = np.random.default_rng(15)
    occupations, vacancies = random_alloys(LATTICE, equal_counts(LATTICE, 3, 1), 60, rng)
    network, ours = (
        barriers_of_jumps(model, LATTICE, occupations, vacancies[:, 0]).forth
        for model in (nbmota_network(), nbmota_expansion_barriers())
    )
    assert np.sqrt(((network - ours) ** 2).mean()) < 0.030  # 480 jumps: 0.025 ± 0.001


def test_detailed_balance_to_the_last_digits(local):
    rng = np.random.default_rng(16)
    occupations, vacancies = random_alloys(LATTICE, equal_counts(LATTICE, 3, 1), 20, rng)
    model = nbmota_expansion_barriers()
    jumps = barriers_of_jumps(model, LATTICE, occupations, vacancies[:, 0])
    changes = local.jumps(occupations, vacancies[:, 0])
    np.testing.assert_allclose(jumps.changes, changes, atol=1e-12)


def test_energies_close_around_rings_of_jumps():
    """Around a ring of four sites, three times, everything is back: twelve jumps."""
    rng = np.random.default_rng(17)
    occupations, vacancies = random_alloys(LATTICE, equal_counts(LATTICE, 3, 1), 1, rng)
    model, state, place = nbmota_expansion_barriers(), occupations.copy(), vacancies[:, 0].copy()
    directions, total = [0, 3, 7, 4], 0.0  # −−−, −++, +++, +−−
    for direction in directions * 3:
        total += barriers_of_jumps(model, LATTICE, state, place).changes[0, direction]
        there = neighbours_of(LATTICE, place)[0, direction]
        state[0, place[0]], state[0, there] = state[0, there], 0
        place = np.array([there])
    np.testing.assert_array_equal(state, occupations)
    assert total == pytest.approx(0.0, abs=1e-12)


def order(occupations: np.ndarray) -> np.ndarray:
    pairs = pair_counts(LATTICE, occupations, 4)
    return short_range_order(pairs, species_counts(occupations, 4), 8)[:, PARTS]


def no_difference(one: np.ndarray, two: np.ndarray) -> float:
    """Hotelling's two-sample test: probability of means so far apart by chance."""
    m, n, p = len(one), len(two), one.shape[1]
    gap = one.mean(axis=0) - two.mean(axis=0)
    spread = ((m - 1) * np.cov(one.T) + (n - 1) * np.cov(two.T)) / (m + n - 2)
    squared = m * n / (m + n) * gap @ np.linalg.solve(spread, gap)
    return float(f_law.sf(squared * (m + n - p - 1) / (p * (m + n - 2)), p, m + n - p - 1))


@pytest.fixture(scope="module")
def sampled(local) -> np.ndarray:
    """Snapshots of the equilibrium at 2,000 K, by swaps."""
    rng = np.random.default_rng(18)
    start, _ = random_alloys(LATTICE, equal_counts(LATTICE, 3, 1), 2 * SNAPSHOTS, rng)
    temperatures, seeds = np.full(2 * SNAPSHOTS, 2000.0), draw_seeds(rng, 2 * SNAPSHOTS)
    return swap_monte_carlo(local, start, temperatures, 15_000, seeds).occupations


@pytest.mark.parametrize(("kelvin", "agree"), [(2000.0, True), (2400.0, False)])
def test_kinetics_keep_the_order_of_monte_carlo(sampled, kelvin, agree):
    """At its own temperature they do, at another they do not."""
    rng = np.random.default_rng(19)
    still, moving = sampled[:SNAPSHOTS], sampled[SNAPSHOTS:].copy()
    vacancies = np.nonzero(moving == 0)[1].reshape(SNAPSHOTS, 1).copy()
    kinetics = VacancyKinetics(LATTICE, nbmota_expansion_barriers())
    kinetics.evolve(moving, vacancies, kelvin, rng, duration=8e-7)
    assert (no_difference(order(still), order(moving)) > FALSE_ALARM) is agree


def edited(change: Callable[[dict[str, Any]], Any], folder: Path) -> Path:
    content = json.loads(NBMOTA.read_text())
    change(content)
    path = folder / "edited.json"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["saddle"]["coefficients"][0].__setitem__(0, 9.9), "checksum: the content"),
        (lambda c: c["saddle"].pop("radius"), "saddle.radius: Field required"),
        (lambda c: c.__setitem__("version", 2), "version"),
        (lambda c: c.__setitem__("more", 1), "more: Extra inputs"),
        (lambda c: c["saddle"].__setitem__("pairs", "5"), "saddle.pairs"),
    ],
)
def test_damaged_files_are_refused(tmp_path, change, message):
    path = edited(change, tmp_path)
    with pytest.raises(ValueError, match=rf"edited\.json.*{message}"):
        load_parameters(path)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"structure": "fcc"}, "expansion.structure: the file's is 'bcc', 'fcc' is needed"),
        ({"constant": 3.3}, "expansion.constant: the file's is 3.24"),
        ({"species": ("X", "Nb", "W", "Ta")}, "expansion.components"),
        ({"checksum": "0"}, "checksum: the file's is"),
    ],
)
def test_files_of_something_else_are_refused(wanted, message):
    with pytest.raises(ValueError, match=rf"nbmota\.json: {message}"):
        load_parameters(NBMOTA, **wanted)


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none\.json: no set of vacancy barriers"):
        load_parameters(tmp_path / "none.json")
