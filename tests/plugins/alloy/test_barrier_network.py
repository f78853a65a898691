"""The network of Nb–Mo–Ta, against barriers that its authors' own evaluation gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from macropatch_alloy.barriers.model import BarrierModel
from macropatch_alloy.barriers.network import WEIGHTS, nbmota_network
from macropatch_alloy.lattices import CubicLattice, first_neighbours, offsets_within

HERE = Path(__file__).parent
ALL_CASES = HERE.parents[2].parent / "shared" / "reference" / "nnk" / "barrier_cases.npz"
CONSTANT = 3.24


def surrounded(codes, offsets, lattice, vacancy, rng):
    """An occupation with these codes around the vacancy, at random elsewhere."""
    occupation = rng.integers(1, 4, lattice.sites).astype(np.int8)
    occupation[vacancy] = 0
    occupation[lattice.site(lattice.coordinates(vacancy) + offsets)] = codes
    return occupation


@pytest.fixture(scope="module")
def network():
    return nbmota_network()


@pytest.mark.parametrize("source", [HERE / "data" / "barrier_cases.npz", ALL_CASES])
@pytest.mark.parametrize("cells", [(8, 8, 8), (6, 7, 9)])
def test_barriers_are_the_authors(source, cells, network):
    if not source.is_file():
        pytest.skip(f"{source} is not here")
    with np.load(source, allow_pickle=False) as cases, np.load(WEIGHTS) as weights:
        codes, expected = cases["occupation"], cases["barriers_eV"]
        offsets = weights["site_offsets"].astype(np.int64)
    lattice, rng = CubicLattice("bcc", CONSTANT, cells), np.random.default_rng(3)
    vacancies = rng.integers(0, lattice.sites, len(codes))
    found = [
        network.evaluate(lattice, surrounded(row, offsets, lattice, site, rng), np.array([site]))[0]
        for row, site in zip(codes, vacancies, strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_it_reads_the_sites_within_its_radius(network):
    offsets = {tuple(row) for row in network.tables[0].tolist()}
    assert offsets == {tuple(row) for row in offsets_within("bcc", CONSTANT, 7.5).tolist()}
    assert len(network.offsets) == 112


def test_directions_are_mapped_to_those_of_the_lattice(network, tmp_path):
    with np.load(WEIGHTS) as file:
        arrays = {name: file[name] for name in file.files}
    shuffle = np.random.default_rng(0).permutation(8)
    arrays["directions"] = arrays["directions"][shuffle]
    arrays["site_order"] = arrays["site_order"][shuffle]
    np.savez(tmp_path / "shuffled.npz", **arrays)
    other = nbmota_network(tmp_path / "shuffled.npz", checksum=None)
    np.testing.assert_array_equal(other.tables[1], network.tables[1])
    assert len(first_neighbours("bcc")) == network.directions


def test_damaged_weights_are_refused(tmp_path):
    path = tmp_path / "weights.npz"
    content = bytearray(WEIGHTS.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"weights\.npz: SHA-256 is .* install the plugin again"):
        nbmota_network(path)


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("weight_1", (128, 64), r"weight_1 has shape \(128, 64\), expected \(128, 128\)"),
        ("site_order", (8, 111), r"site_order has shape .* expected \(8, 112\)"),
        ("bias_4", (2,), r"bias_4 has shape"),
        ("directions", (8, 3), r"give each bcc neighbour once"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name, shape, message, tmp_path):
    with np.load(WEIGHTS) as file:
        arrays = {key: file[key] for key in file.files}
    arrays[name] = np.zeros(shape, arrays[name].dtype)
    np.savez(tmp_path / "weights.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        nbmota_network(tmp_path / "weights.npz", checksum=None)


def test_a_model_says_what_is_wrong_with_it():
    def fine(occupation, cells, x, y, z, tables, out):
        out[:] = 1.0

    def wrong(occupation, cells, x, y, z, tables, out):
        out[:] = tables[3]

    with pytest.raises(ValueError, match="the first is the vacancy"):
        BarrierModel("mine", "bcc", 3.24, 3.0, ("Nb", "X"), fine, (np.zeros(1),))
    with pytest.raises(ValueError, match=r"no first neighbours within its radius of 2\.00 Å"):
        BarrierModel("mine", "bcc", 3.24, 2.0, ("X", "Nb"), fine, (np.zeros(1),))
    lattice = CubicLattice("bcc", 3.24, (2, 2, 2))
    occupation, at = np.ones(lattice.sites, np.int8), np.array([0])
    model = BarrierModel("mine", "bcc", 3.24, 3.0, ("X", "Nb"), wrong, (np.zeros(1),))
    with pytest.raises(ValueError, match="mine: numba cannot compile its function"):
        model.evaluate(lattice, occupation, at)
    model = BarrierModel("mine", "bcc", 3.24, 3.0, ("X", "Nb"), fine, (np.zeros(1),))
    assert model.evaluate(lattice, occupation, at).tolist() == [[1.0] * 8]
    with pytest.raises(
        ValueError, match=r"mine is for bcc of constant 3\.240 Å, the lattice is fcc"
    ):
        model.evaluate(CubicLattice("fcc", 3.24, (2, 2, 2)), occupation, at)
