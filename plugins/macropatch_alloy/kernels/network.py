"""Kernel: the barriers of a vacancy's eight jumps on bcc by a network of dense layers.

The eight directions are the rows of one matrix that goes through all layers. Each layer adds four
rows of weights at a time to four rows of the result, which compilers turn into vector instructions.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from macropatch.lattice.random import Integer
from macropatch_alloy.kernels.sites import Cells, site_of, wrapped

DIRECTIONS = 8
BLOCK = 4
"""Widths of layers are multiples of it, as is the number of directions."""

Layers = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""What the network is made of:

* offsets of the sites that it reads ``(sites, 3)``, half lattice constants
* the order in which each direction reads them ``(8, sites)``
* weights of the first layer ``(sites, width)``
* of the further ones ``(layers, width, width)``
* the biases of all of these, then the weights of the output and, repeated, its bias
  ``(layers + 3, width)``
"""


@njit(nogil=True, cache=True, fastmath={"contract", "nsz"})
def add_layer(rows: np.ndarray, weights: np.ndarray, bias: np.ndarray, result: np.ndarray) -> None:
    """``result = max(0, rows @ weights + bias)``."""
    width = weights.shape[1]
    zero = np.float32(0.0)
    for r in range(0, DIRECTIONS, BLOCK):
        y0, y1, y2, y3 = result[r], result[r + 1], result[r + 2], result[r + 3]
        x0, x1, x2, x3 = rows[r], rows[r + 1], rows[r + 2], rows[r + 3]
        for j in range(width):
            y0[j] = y1[j] = y2[j] = y3[j] = bias[j]
        for k in range(0, weights.shape[0], BLOCK):
            w0, w1, w2, w3 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
            a0, a1, a2, a3 = x0[k], x0[k + 1], x0[k + 2], x0[k + 3]
            b0, b1, b2, b3 = x1[k], x1[k + 1], x1[k + 2], x1[k + 3]
            c0, c1, c2, c3 = x2[k], x2[k + 1], x2[k + 2], x2[k + 3]
            d0, d1, d2, d3 = x3[k], x3[k + 1], x3[k + 2], x3[k + 3]
            for j in range(width):
                v0, v1, v2, v3 = w0[j], w1[j], w2[j], w3[j]
                y0[j] += a0 * v0 + a1 * v1 + a2 * v2 + a3 * v3
                y1[j] += b0 * v0 + b1 * v1 + b2 * v2 + b3 * v3
                y2[j] += c0 * v0 + c1 * v1 + c2 * v2 + c3 * v3
                y3[j] += d0 * v0 + d1 * v1 + d2 * v2 + d3 * v3
        for j in range(width):
            y0[j], y1[j] = max(zero, y0[j]), max(zero, y1[j])
            y2[j], y3[j] = max(zero, y2[j]), max(zero, y3[j])


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
    add_layer(inputs, first, biases[0], rows)
    for layer in range(len(further)):
        add_layer(rows, further[layer], biases[layer + 1], result)
        rows, result = result, rows
    last, offset = biases[len(further) + 1], biases[len(further) + 2, 0]
    for direction in range(DIRECTIONS):
        out[direction] = offset + weighted_sum(rows[direction], last)
