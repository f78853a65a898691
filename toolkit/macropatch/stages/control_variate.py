"""fit: the patches' martingale, regressed out of increments: targets of equal mean, less noise.

A martingale has mean zero given the snapshot, hence given ``z0``: subtracting any fixed multiple
``B`` of it from the increments leaves their conditional mean as it is. Least squares makes what is
left smallest. ``B`` must not depend on the pairs that it is applied to, so that of a block of the
pool's runs is found from the other blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from macropatch.stages.calibrate import residuals

STILL = 1e-10
"""A martingale that others determine up to this share gets no coefficient of its own."""


@dataclass(frozen=True)
class ControlVariate:
    """Targets of the drift's fit, and what was done to make them.

    Attributes
    ----------
    targets : ``(N, d)``, ``change − B martingale`` with the ``B`` of the other blocks
    coefficient, coefficient_error : ``(d, observables)``, ``B`` of all blocks, and its jackknife
        error
    left, left_error : ``(d,)``, variance of the targets given ``z0`` over that of the increments
    """

    targets: Float[np.ndarray, "pairs d"]
    coefficient: Float[np.ndarray, "d observables"]
    coefficient_error: Float[np.ndarray, "d observables"]
    left: Float[np.ndarray, " d"]
    left_error: Float[np.ndarray, " d"]

    def to_json(self) -> dict[str, Any]:
        """What was done, as plain lists."""
        return {name: value.tolist() for name, value in vars(self).items() if name != "targets"}


def regress_out(
    z0: Float[np.ndarray, "pairs d"],
    c: Float[np.ndarray, "pairs conditions"],
    change: Float[np.ndarray, "pairs d"],
    martingale: Float[np.ndarray, "pairs observables"],
    block: Int[np.ndarray, " pairs"],
) -> ControlVariate:
    """Regress the martingale out of the increments; one ``B`` for all ``z0`` and conditions.

    Polynomials in ``z0`` and ``c`` are regressed out of both first, block by block.
    """
    blocks = [block == one for one in np.unique(block)]
    noise, own = [], []
    for rows in blocks:
        both = np.concatenate([change, martingale], axis=1)[rows]
        rest = residuals(z0[rows], c[rows], both)
        noise.append(rest[:, : change.shape[1]])
        own.append(rest[:, change.shape[1] :])
    squares = np.stack([m.T @ m for m in own])
    products = np.stack([m.T @ r for m, r in zip(own, noise, strict=True)])
    everything = _slope(squares.sum(axis=0), products.sum(axis=0))
    others = [
        _slope(squares.sum(axis=0) - s, products.sum(axis=0) - p)
        for s, p in zip(squares, products, strict=True)
    ]
    targets = change.copy()
    for rows, slope in zip(blocks, others, strict=True):
        targets[rows] -= martingale[rows] @ slope
    before = np.stack([(r**2).sum(axis=0) for r in noise])
    after = np.stack(
        [((r - m @ b) ** 2).sum(axis=0) for r, m, b in zip(noise, own, others, strict=True)]
    )
    left = _share(after.sum(axis=0), before.sum(axis=0))
    without = _share(after.sum(axis=0) - after, before.sum(axis=0) - before)
    return ControlVariate(
        targets, everything.T, _jackknife(np.stack(others)).T, left, _jackknife(without)
    )


def _slope(
    squares: Float[np.ndarray, "observables observables"],
    products: Float[np.ndarray, "observables d"],
) -> Float[np.ndarray, "observables d"]:
    """Least squares from sums of products, whatever the units of the observables."""
    size = np.sqrt(np.diagonal(squares))
    unit = np.where(size > 0.0, size, 1.0)[:, None]
    scaled = np.linalg.lstsq(squares / (unit * unit.T), products / unit, rcond=STILL)[0]
    return np.asarray(scaled / unit)


def _share(after: np.ndarray, before: np.ndarray) -> np.ndarray:
    """What is left; nothing where there was nothing."""
    return np.asarray(after / np.maximum(before, np.finfo(float).tiny))


def _jackknife(left_out: Float[np.ndarray, "blocks ..."]) -> np.ndarray:
    """Standard errors from figures without each block in turn."""
    count = len(left_out)
    spread = ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(np.sqrt((count - 1) / count * spread))
