"""encode: macroscopic states ``z = (z*, ẑ)``; ``ẑ`` is the mean over a snapshot's cells.

SDEs are fitted to the independent observables, of which the others are reconstructed.
"""

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


def independent_columns(system: MicroscopicSystem) -> list[int]:
    """Places of the independent observables among all."""
    names = [quantity.name for quantity in system.observables]
    return [names.index(name) for name in system.independent]


def independent(
    system: MicroscopicSystem, z: Float[np.ndarray, "... every"]
) -> Float[np.ndarray, "... d"]:
    """Of arrays of all observables (and then closures), those of the independent ones."""
    observables = len(system.observables)
    columns = [*independent_columns(system), *range(observables, z.shape[-1])]
    return np.asarray(z if len(columns) == z.shape[-1] else z[..., columns])


def macroscopic(
    system: MicroscopicSystem, states: States, encoder: ClosureEncoder | None, cell: Size | None
) -> Float[np.ndarray, "count d"]:
    """``z`` of whole snapshots; without an encoder the independent observables alone."""
    return independent(system, everything(system, states, encoder, cell))


def everything(
    system: MicroscopicSystem, states: States, encoder: ClosureEncoder | None, cell: Size | None
) -> Float[np.ndarray, "count every"]:
    """All observables of whole snapshots, then closures."""
    observed = system.observe(states)
    if encoder is None or cell is None:
        return observed
    return np.concatenate([observed, encode_cells(encoder, system.cells(states, cell))], axis=1)
