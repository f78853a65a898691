"""How likely held-out increments of the observables alone are under a fit, in physical units.

``z`` has as many dimensions as there are closures, so the likelihood of all of it cannot be
compared between closures. That of the observables can: it is the marginal, whose covariance is the
top left block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from macropatch.contract import SDEModel, TrainingPairs

ROWS = 32_768
"""Rows at a time: memory stays bounded for any number of pairs."""


@dataclass(frozen=True)
class HeldOut:
    """Mean log-density a pair of each member's held-out block ``(members,)``, and its error."""

    mean: Float[np.ndarray, " members"]
    error: Float[np.ndarray, " members"]


def held_out_of_observables(
    model: SDEModel,
    pairs: TrainingPairs,
    held_out: Int[np.ndarray, " members"],
    scale: Float[np.ndarray, " d"],
    observables: int,
) -> HeldOut:
    """Judge each member by the block that it was trained without; see :func:`marginal`."""
    means, errors = np.full(len(held_out), np.nan), np.full(len(held_out), np.nan)
    for member, block in enumerate(held_out):
        rows = np.flatnonzero(pairs.block == block)
        if len(rows):
            values = marginal(model, member, pairs, rows, scale, observables)
            means[member] = values.mean()
            errors[member] = values.std() / np.sqrt(len(values))
    return HeldOut(means, errors)


def marginal(
    model: SDEModel,
    member: int,
    pairs: TrainingPairs,
    rows: Int[np.ndarray, " rows"],
    scale: Float[np.ndarray, " d"],
    observables: int,
) -> Float[np.ndarray, " rows"]:
    """Log-density of the change of the first ``observables`` variables under one member.

    Parameters
    ----------
    pairs : in normalised ``z``
    scale : of the normalisation; the density is that of the change in physical units
    """
    parts = [np.zeros(0)]
    for first in range(0, len(rows), ROWS):
        some = rows[first : first + ROWS]
        drift, sigma = model.coefficients(pairs.z0[some], pairs.c[some])
        dt = pairs.dt[some]
        factor = pairs.factor if pairs.factor.ndim == 2 else pairs.factor[some]
        spread = (factor @ sigma[member])[:, :observables] * np.sqrt(dt)[:, None, None]
        rest = (pairs.change[some] - drift[member] * dt[:, None])[:, :observables]
        parts.append(_log_density(rest, spread) - np.log(scale[:observables]).sum())
    return np.concatenate(parts)


def _log_density(
    rest: Float[np.ndarray, "rows k"], spread: Float[np.ndarray, "rows k d"]
) -> Float[np.ndarray, " rows"]:
    """Of a Gaussian of mean zero and covariance ``spread spreadᵀ``; ``−∞`` if it has no root."""
    covariance = spread @ np.swapaxes(spread, -1, -2)
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return np.full(len(rest), -np.inf)
    white = np.linalg.solve(root, rest[..., None])[..., 0]
    log_det = 2.0 * np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(-1)
    return np.asarray(-0.5 * ((white**2).sum(-1) + log_det + rest.shape[1] * np.log(2.0 * np.pi)))
