"""Barriers of Nb–Mo–Ta by the neural network kinetics model.

Xing, Rupert, Pan and Cao, Nature Communications 15, 3879 (2024); weights by UCICaoLab, MIT licence.
The network reads the codes of the 112 sites within 7.5 Å of the vacancy, in an order of its own for
each direction, as numbers.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
from jaxtyping import Int

from macropatch_alloy.barriers.model import VACANCY, BarrierModel
from macropatch_alloy.kernels.network import DIRECTIONS, network_barriers
from macropatch_alloy.lattices import first_neighbours

CONSTANT = 3.24
"""Edge of the cubic cell, Å."""

RADIUS = 7.5
SPECIES = (VACANCY, "Nb", "Mo", "Ta")
SOURCE = "Xing, Rupert, Pan and Cao, Nat. Commun. 15, 3879 (2024), UCICaoLab, MIT licence"
WEIGHTS = Path(__file__).parent.parent / "data" / "nbmota_barrier_network.npz"
CHECKSUM = "30e6f46780a17bef1b8c688aa2e3486881a9c2a35140d97b46cfbdaf44fcb68a"
"""SHA-256 of the file of weights."""


def nbmota_network(path: Path = WEIGHTS, checksum: str | None = CHECKSUM) -> BarrierModel:
    """The network of Nb–Mo–Ta.

    Parameters
    ----------
    path : a file of arrays (``.npz``) ``site_offsets`` (sites, 3), ``site_order`` (8, sites),
        ``directions`` (8, 3), and ``weight_i``, ``bias_i`` of the layers
    checksum : SHA-256 that the file must have; ``None`` for any

    Raises
    ------
    ValueError
        if the file has another checksum, lacks an array, or has one of a shape that does not fit.
    """
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if checksum is not None and found != checksum:
        raise ValueError(
            f"{path}: SHA-256 is {found}, not {checksum}: the file of weights is damaged or "
            "another one; install the plugin again"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = {name: np.asarray(file[name]) for name in file.files}
    return BarrierModel(
        name="Nb–Mo–Ta barrier network",
        structure="bcc",
        constant=CONSTANT,
        radius=RADIUS,
        species=SPECIES,
        function=network_barriers,
        tables=_tables(arrays, path),
        source=SOURCE,
    )


def _tables(arrays: dict[str, np.ndarray], path: Path) -> tuple[np.ndarray, ...]:
    """What the kernel reads, directions in the order of ``first_neighbours``."""
    layers = sum(name.startswith("weight_") for name in arrays)
    if layers < 2:
        raise ValueError(f"{path}: {layers} layer(s) of weights, at least 2 are needed")
    offsets = _array(arrays, path, "site_offsets", (None, 3))
    directions = _array(arrays, path, "directions", (DIRECTIONS, 3))
    sites = len(offsets)
    order = _array(arrays, path, "site_order", (DIRECTIONS, sites))
    first = _array(arrays, path, "weight_0", (sites, None))
    width = first.shape[1]
    further = [_array(arrays, path, f"weight_{i}", (width, width)) for i in range(1, layers - 1)]
    biases = [_array(arrays, path, f"bias_{i}", (width,)) for i in range(layers - 1)]
    last = _array(arrays, path, f"weight_{layers - 1}", (width, 1))
    offset = _array(arrays, path, f"bias_{layers - 1}", (1,))
    if not 0 <= order.min() <= order.max() < sites:
        raise ValueError(f"{path}: site_order reaches {order.max()}, but there are {sites} sites")
    rows = _rows_of(first_neighbours("bcc"), directions, path)
    return (
        offsets.astype(np.int64),
        np.ascontiguousarray(order[rows], dtype=np.int64),
        np.ascontiguousarray(first, dtype=np.float32),
        np.array(further, dtype=np.float32).reshape(layers - 2, width, width),
        np.array([*biases, last[:, 0], np.full(width, offset[0])], dtype=np.float32),
    )


def _array(
    arrays: dict[str, np.ndarray], path: Path, name: str, shape: tuple[int | None, ...]
) -> np.ndarray:
    """One array of the file, of the shape that it must have (``None``: any length)."""
    if name not in arrays:
        raise ValueError(f"{path}: no array {name!r}; it has {sorted(arrays)}")
    found = arrays[name].shape
    if len(found) != len(shape) or any(
        wanted not in (None, length) for wanted, length in zip(shape, found, strict=True)
    ):
        wanted_shape = tuple("any" if length is None else length for length in shape)
        raise ValueError(f"{path}: {name} has shape {found}, expected {wanted_shape}")
    return arrays[name]


def _rows_of(
    wanted: Int[np.ndarray, "directions 3"], given: Int[np.ndarray, "directions 3"], path: Path
) -> Int[np.ndarray, " directions"]:
    """Where each wanted direction stands among the given ones."""
    same = (wanted[:, None] == given[None].astype(np.int64)).all(axis=2)
    if not (same.sum(axis=1) == 1).all():
        raise ValueError(f"{path}: directions are {given.tolist()}: give each bcc neighbour once")
    return np.asarray(same.argmax(axis=1))
