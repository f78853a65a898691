"""Order against temperature from ``Atoms``: exact on an enumerated lattice; what it refuses."""

from __future__ import annotations

from itertools import combinations

import ase.io
import numpy as np
import pytest
from ase.build import bulk
from ase.units import kB

from macropatch_alloy import (
    ClusterExpansion,
    ClusterSpace,
    CubicLattice,
    order_against_temperature,
    pair_counts,
    short_range_order,
    species_counts,
    to_atoms,
)

LATTICE = CubicLattice("bcc", 3.2, (2, 2, 2))
MIXED = np.array([1, 2] * 8, dtype=np.int8)
KELVIN, STANDARD_ERRORS = 2000.0, 4.0


def binary(components=("Nb", "Mo")) -> ClusterExpansion:
    """Unlike neighbours attract."""
    space = ClusterSpace("bcc", 3.2, components, {2: 2.9})
    coefficients = np.zeros(space.columns)
    coefficients[0], coefficients[-1] = -1.0, 0.02
    return ClusterExpansion(space, coefficients)


def enumerated(kelvin: float) -> tuple[float, float]:
    """Mean ``δ`` of the unlike pair and energy per site over all 12,870 arrangements."""
    chosen = np.array(list(combinations(range(16), 8)))
    all_ = np.ones((len(chosen), 16), np.int8)
    np.put_along_axis(all_, chosen, 2, axis=1)
    energies = binary().energy(all_, LATTICE)
    delta = short_range_order(pair_counts(LATTICE, all_, 3), species_counts(all_, 3), 8)[:, 1]
    weights = np.exp(-(energies - energies.min()) / (kB * kelvin))
    weights /= weights.sum()
    return float(weights @ delta), float(weights @ energies) / 16


def test_means_are_those_of_all_arrangements():
    """Four means within four standard errors of 40 walks: a false alarm in 900 for another seed."""
    atoms = to_atoms(LATTICE, MIXED, ("X", "Nb", "Mo"))
    found = order_against_temperature(
        atoms, [KELVIN, 4000.0], binary(), walks=40, burn_in=100, sweeps=1000
    ).data
    for kelvin in (KELVIN, 4000.0):
        own, exact = found.sel(temperature=kelvin), enumerated(kelvin)
        assert abs(own.order.sel(pair="NbMo") - exact[0]) < (
            STANDARD_ERRORS * own.order_error.sel(pair="NbMo")
        )
        assert abs(own.energy - exact[1]) < STANDARD_ERRORS * own.energy_error
    # a temperature three per cent off would be told
    gap = enumerated(KELVIN)[0] - enumerated(1.03 * KELVIN)[0]
    assert abs(gap) > STANDARD_ERRORS * found.order_error.sel(temperature=KELVIN, pair="NbMo")


def test_relaxed_structures_with_a_vacancy_and_two_of_three_species():
    rng = np.random.default_rng(4)
    atoms = bulk("Nb", "bcc", a=3.26, cubic=True).repeat((4, 4, 4))
    atoms.symbols = rng.permutation(["Nb", "Ta"] * 64)
    del atoms[7]
    atoms.rattle(0.15, seed=1)
    found = order_against_temperature(atoms, [2000.0], walks=4, burn_in=2, sweeps=2)
    assert found.data.pair.values.tolist() == ["NbNb", "NbTa", "TaTa"]
    for snapshot in found.snapshots:
        assert sorted(snapshot.symbols.species()) == ["Nb", "Ta", "X"]
        assert snapshot.get_chemical_formula() == found.snapshots[0].get_chemical_formula()
        assert snapshot.cell.lengths() == pytest.approx(4 * 3.24)
    assert [one.info["walk"] for one in found.snapshots] == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["end.extxyz", "end.traj"])
def test_snapshots_go_to_files(tmp_path, name):
    atoms = to_atoms(LATTICE, MIXED, ("X", "Nb", "Mo"))
    found = order_against_temperature(atoms, [KELVIN], binary(), walks=2, burn_in=1, sweeps=1)
    ase.io.write(tmp_path / name, found.snapshots)
    again = ase.io.read(tmp_path / name, ":")
    assert [one.info["temperature"] for one in again] == [KELVIN, KELVIN]
    assert (again[1].numbers == found.snapshots[1].numbers).all()


def test_errors_show_walks_that_do_not_come_together():
    """At 1 K the ordered structure stays as it is, the shuffled one freezes elsewhere."""
    ordered = np.where(LATTICE.coordinates(np.arange(16))[:, 0] % 2, 2, 1).astype(np.int8)
    atoms = to_atoms(LATTICE, ordered, ("X", "Nb", "Mo"))
    found = order_against_temperature(
        atoms, [1.0, 20_000.0], binary(), walks=8, burn_in=1, sweeps=4
    ).data
    assert found.order.sel(pair="NbMo")[0] > 2.0  # 4 in perfect order
    assert found.order_error.sel(pair="NbMo")[0] > 0.2


def test_the_other_measure_and_seeds():
    atoms = to_atoms(LATTICE, MIXED, ("X", "Nb", "Mo"))
    one, two, other = (
        order_against_temperature(
            atoms, [KELVIN], binary(), walks=4, burn_in=5, sweeps=5, seed=seed, order=order
        ).data
        for seed, order in ((1, "delta"), (1, "warren-cowley"), (2, "delta"))
    )
    np.testing.assert_allclose(two.order, -one.order / 4.0, atol=1e-12)
    assert one.energy.equals(two.energy) and not one.energy.equals(other.energy)


NBMO = bulk("Nb", "bcc", a=3.24, cubic=True).repeat((4, 4, 4))
NBMO.symbols[:40] = "Mo"


def edited(change):
    atoms = NBMO.copy()
    change(atoms)
    return atoms


@pytest.mark.parametrize(
    ("atoms", "settings", "message"),
    [
        (bulk("Nb"), {}, "is no cuboid along the axes x, y and z: give a supercell"),
        (bulk("Nb", cubic=True).repeat(4), {}, "Nb128: short-range order is of two species"),
        (NBMO[:0], {}, "there are no atoms"),
        (NBMO, {"temperatures": []}, r"temperatures have the shape \(0,\): list one or more"),
        (NBMO, {"temperatures": [0.0]}, "temperatures: 0.0 K; each must be above 0 K"),
        (NBMO, {"walks": 1}, "walks = 1, .*: take 2 walks or more, for errors"),
        (edited(lambda a: a.symbols.__setitem__(3, "W")), {}, r"atom 3 \(W at .* no component"),
        (edited(lambda a: a.set_cell(1.1 * a.cell, scale_atoms=True)), {}, "scale the cell"),
        (edited(lambda a: a.set_pbc(False)), {}, "not periodic along x, y, z: set atoms.pbc"),
        (edited(lambda a: a.positions.__setitem__(5, [1.0, 1.0, 0.0])), {}, "on one site|nearest"),
        (bulk("NbMo", "cesiumchloride", a=3.24).repeat((3, 2, 2)), {}, "take at least 3 cells an"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(atoms, settings, message):
    asked = {"temperatures": [1000.0], "burn_in": 1, "sweeps": 1, **settings}
    with pytest.raises(ValueError, match=message):
        order_against_temperature(atoms, **asked)


def test_a_missing_atom_needs_the_vacancy_as_a_component():
    message = "1 of 128 sites have no atom, .* the vacancy, 'X', is no component"
    with pytest.raises(ValueError, match=message):
        order_against_temperature(edited(lambda a: a.pop(0)), [1000.0], binary())
