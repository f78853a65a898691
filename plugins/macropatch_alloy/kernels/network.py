"""Kernel: the barriers of a vacancy's eight jumps on bcc by a network of dense layers.

The eight directions are the rows of one matrix that goes through all layers.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer
from macropatch_alloy.kernels.sites import Cells, site_of, wrapped

DIRECTIONS = 8
Layers = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""What the network is made of:

* offsets of the sites that it reads ``(sites, 3)``, half lattice constants
* the order in which each direction reads them ``(8, sites)``
* weights of the first layer ``(sites, width)``
* of the further ones ``(layers, width, width)``
* the biases of all of these, then the weights of the output and, repeated, its bias
  ``(layers + 3, width)``
"""


@njit(nogil=True, cache=True)
def apply_layer(
    rows: np.ndarray, weights: np.ndarray, bias: np.ndarray, result: np.ndarray
) -> None:
    """``result = max(0, rows @ weights + bias)``."""
    # So small a product is not shared among threads by BLAS, whatever their number.
    np.dot(rows, weights, result)
    zero = np.float32(0.0)
    for row in range(DIRECTIONS):
        for j in range(len(bias)):
            result[row, j] = max(zero, result[row, j] + bias[j])


@njit(nogil=True, cache=True, fastmath={"contract", "nsz", "reassoc"})
def weighted_sum(row: np.ndarray, weights: np.ndarray) -> np.float32:
    """``row @ weights``."""
    total = np.float32(0.0)
    for j in range(len(row)):
        total += row[j] * weights[j]
    return total


@njit(nogil=True, cache=True)
def network_barriers(
    occupation: np.ndarray,
    cells: Cells,
    x: Integer,
    y: Integer,
    z: Integer,
    tables: Layers,
    out: np.ndarray,
) -> None:
    """Barriers (eV) of the jumps of the vacancy at ``(x, y, z)``; see ``BarrierModel``."""
    offsets, order, first, further, biases = tables
    edge_x, edge_y, edge_z = 2 * cells[0], 2 * cells[1], 2 * cells[2]
    count, width = len(offsets), first.shape[1]
    codes = np.empty(count, np.float32)
    for i in range(count):
        site = site_of(
            wrapped(x + offsets[i, 0], edge_x),
            wrapped(y + offsets[i, 1], edge_y),
            wrapped(z + offsets[i, 2], edge_z),
            cells,
            2,
        )
        codes[i] = occupation[site]
    inputs = np.empty((DIRECTIONS, count), np.float32)
    for direction in range(DIRECTIONS):
        for i in range(count):
            inputs[direction, i] = codes[order[direction, i]]
    rows = np.empty((DIRECTIONS, width), np.float32)
    result = np.empty((DIRECTIONS, width), np.float32)
    apply_layer(inputs, first, biases[0], rows)
    for layer in range(len(further)):
        apply_layer(rows, further[layer], biases[layer + 1], result)
        rows, result = result, rows
    last, offset = biases[len(further) + 1], biases[len(further) + 2, 0]
    for direction in range(DIRECTIONS):
        out[direction] = offset + weighted_sum(rows[direction], last)
