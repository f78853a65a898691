"""Normal random numbers inside kernels: the ziggurat of Marsaglia and Tsang (2000).

256 layers of equal area cover the half bell. One draw of 64 bits gives the layer (8 bits), the sign
(1 bit) and the place in it (53 bits); 98.8 % of the draws need no more than a comparison. The
magnitude shares no bits with the layer, as Doornik (2005) asks for.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from macropatch.lattice import advance, next64

LAYERS = 256
TAIL = 3.6541528853610088
"""Where the tail begins: with it the innermost of 256 layers of equal area closes at zero."""


def layers() -> tuple[np.ndarray, np.ndarray]:
    """Right edges ``(LAYERS + 1,)``, from the widest layer's (the tail's) to zero.

    Also the bell ``exp(−x²/2)`` there.
    """
    bell = math.exp(-0.5 * TAIL**2)
    area = TAIL * bell + math.sqrt(0.5 * math.pi) * math.erfc(TAIL / math.sqrt(2.0))
    edges = np.zeros(LAYERS + 1)
    edges[0], edges[1] = area / bell, TAIL
    for layer in range(2, LAYERS):
        below = math.exp(-0.5 * edges[layer - 1] ** 2)
        edges[layer] = math.sqrt(-2.0 * math.log(area / edges[layer - 1] + below))
    return edges, np.exp(-0.5 * edges**2)


_UNIT = 2.0**-53
_EDGES, _BELL = layers()
_SCALE = _EDGES[:LAYERS] * _UNIT
_INSIDE = (_EDGES[1:] / _EDGES[:LAYERS] * 2.0**53).astype(np.uint64)
_LAYER, _SIGN, _SHIFT = np.uint64(LAYERS - 1), np.uint64(LAYERS), np.uint64(11)


@njit(nogil=True, cache=True)
def _beyond(state: np.ndarray, bits: np.uint64) -> float:
    """A normal number from draws that do not lie wholly inside their layer."""
    while True:
        layer, place = np.int64(bits & _LAYER), bits >> _SHIFT
        x = np.float64(np.int64(place)) * _SCALE[layer]
        accepted = place < _INSIDE[layer]
        if not accepted and layer == 0:
            while True:  # Marsaglia's exponential rejection in the tail
                a = -math.log(1.0 - np.float64(next64(state) >> _SHIFT) * _UNIT) / TAIL
                b = -math.log(1.0 - np.float64(next64(state) >> _SHIFT) * _UNIT)
                if b + b > a * a:
                    break
            x, accepted = TAIL + a, True
        elif not accepted:
            height = np.float64(next64(state) >> _SHIFT) * _UNIT
            level = _BELL[layer] + height * (_BELL[layer + 1] - _BELL[layer])
            accepted = level < math.exp(-0.5 * x * x)
        if accepted:
            return -float(x) if bits & _SIGN else float(x)
        bits = next64(state)


@njit(nogil=True, cache=True)
def draw_normals(state: np.ndarray, normals: np.ndarray, count: int) -> None:
    """Fill ``normals[:count]`` with independent standard normal numbers; advances ``state``."""
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    for i in range(count):
        bits, s0, s1, s2, s3 = advance(s0, s1, s2, s3)
        layer, place = np.int64(bits & _LAYER), bits >> _SHIFT
        if place < _INSIDE[layer]:
            x = np.float64(np.int64(place)) * _SCALE[layer]
            normals[i] = -x if bits & _SIGN else x
        else:
            state[0], state[1], state[2], state[3] = s0, s1, s2, s3
            normals[i] = _beyond(state, bits)
            s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    state[0], state[1], state[2], state[3] = s0, s1, s2, s3
