"""All pairs in one tensor, and which of its rows each member trains on and is judged by."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from macropatch.contract import Member, TrainingPairs
from macropatch.errors import TrainingError


class TrainingRows:
    """Pairs as one table.

    Attributes
    ----------
    train, judge : ``(members, rows)``, indices of each member's rows: without its held-out block,
        and that block; equally many of each member
    diagonal : whether every ``A`` is diagonal
    has_targets : whether the drift is fitted to other increments than the noise is
    """

    def __init__(self, pairs: TrainingPairs, members: tuple[Member, ...], device: str) -> None:
        count, self.dimension = pairs.z0.shape
        self._conditions = pairs.c.shape[1]
        columns = [pairs.z0, pairs.c, pairs.change, pairs.dt[:, None]]
        self._factor_each = pairs.factor.ndim == 3
        if self._factor_each:
            columns.append(pairs.factor.reshape(count, -1))
        self.has_targets = pairs.drift_change is not None
        if pairs.drift_change is not None:
            columns.append(pairs.drift_change)
        table = np.concatenate(columns, axis=1, dtype=np.float32)
        self._table = torch.from_numpy(table).to(device)
        self._factor = torch.from_numpy(pairs.factor.astype(np.float32)).to(device)
        self.diagonal = not np.any(pairs.factor * (1.0 - np.eye(self.dimension)))
        held = [pairs.block == member.held_out for member in members]
        if any(not rows.any() or rows.all() for rows in held):
            raise TrainingError(
                "a block of pool runs has no pairs, so no member can be judged by it; "
                "make more snapshots ([upsample] snapshots) or more runs ([small] runs)"
            )
        self.train = _equally_many([np.flatnonzero(~rows) for rows in held]).to(device)
        self.judge = _equally_many([np.flatnonzero(rows) for rows in held]).to(device)

    def take(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
        """``z0, c, change, targets, dt, factor`` of the indexed rows."""
        d, k = self.dimension, self._conditions
        table = self._table[index]
        factor = self._factor
        if self._factor_each:
            factor = table[..., 2 * d + k + 1 :][..., : d * d].unflatten(-1, (d, d))
        z0, c, change = table[..., :d], table[..., d : d + k], table[..., d + k : 2 * d + k]
        targets = table[..., -d:] if self.has_targets else change
        return z0, c, change, targets, table[..., 2 * d + k], factor


def _equally_many(rows: list[np.ndarray]) -> Tensor:
    """``(members, fewest)``: as many rows of each member, evenly spread."""
    fewest = min(map(len, rows))
    picks = [r[np.linspace(0, len(r) - 1, fewest).astype(np.int64)] for r in rows]
    return torch.from_numpy(np.stack(picks))
