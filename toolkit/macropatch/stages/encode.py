"""encode: macroscopic states ``z = (z*, ẑ)``; ``ẑ`` is the mean over a snapshot's cells."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from macropatch.contract import ClosureEncoder, MicroscopicSystem, Size, States


def encode_cells(
    encoder: ClosureEncoder, cells: Float[np.ndarray, "count cells channels ..."]
) -> Float[np.ndarray, "count closures"]:
    """Closures of snapshots: the mean over their cells."""
    count, per_snapshot = cells.shape[:2]
    encoded = encoder.encode(cells.reshape(count * per_snapshot, *cells.shape[2:]))
    return np.asarray(encoded.reshape(count, per_snapshot, -1).mean(axis=1))


def macroscopic(
    system: MicroscopicSystem, states: States, encoder: ClosureEncoder | None, cell: Size | None
) -> Float[np.ndarray, "count d"]:
    """``z`` of whole snapshots; without an encoder the observables alone."""
    observed = system.observe(states)
    if encoder is None or cell is None:
        return observed
    return np.concatenate([observed, encode_cells(encoder, system.cells(states, cell))], axis=1)
