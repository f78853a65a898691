"""The partial loss: negative log-likelihood of increments whose noise is that of a patch."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

EPSILON = 1e-10
"""Added to ``C``, in units of normalised ``z`` squared: far below any noise, it keeps ``C⁻¹``."""
UNROLLED = 8
"""Up to this dimension, factors are written out: LAPACK takes several times as long."""


def partial_loss(
    drift: Float[Tensor, "*batch d"],
    sigma: Float[Tensor, "*batch d"] | Float[Tensor, "*batch d d"],
    change: Float[Tensor, "*batch d"],
    dt: Float[Tensor, "*batch"],
    factor: Float[Tensor, "*#batch d d"],
    diagonal: bool,
) -> Float[Tensor, "*batch"]:
    """``r' C⁻¹ r + log det C`` of each pair, ``r = z1 − z0 − μ dt``, ``C = A Σ Aᵀ dt + ε I``.

    Parameters
    ----------
    sigma : diagonal of ``σ`` if it has the shape of ``drift``, else ``σ``, lower triangular
    factor : ``A``
    diagonal : whether ``A`` is known to be diagonal (then nothing needs factorising; ``ε`` is added
        to the squared diagonal of the factor of ``C``)

    Source: arXiv 2511.12842, partial loss, with a matrix in the place of ``√λ``.
    """
    rest = change - drift * dt.unsqueeze(-1)
    if diagonal or drift.shape[-1] == 1:
        scale = torch.diagonal(factor, dim1=-2, dim2=-1) * dt.sqrt().unsqueeze(-1)
        if sigma.dim() == drift.dim():
            variance = (scale * sigma).square() + EPSILON
            loss: Tensor = (rest.square() / variance + torch.log(variance)).sum(-1)
            return loss
        return _gaussian(scale.unsqueeze(-1) * sigma, rest)
    root = torch.diag_embed(sigma) if sigma.dim() == drift.dim() else sigma
    spread = factor @ root
    return _gaussian(_cholesky(spread @ spread.mT * dt[..., None, None]), rest)


def split_loss(
    drift: Float[Tensor, "*batch d"],
    sigma: Float[Tensor, "*batch d"] | Float[Tensor, "*batch d d"],
    change: Float[Tensor, "*batch d"],
    targets: Float[Tensor, "*batch d"],
    dt: Float[Tensor, "*batch"],
    factor: Float[Tensor, "*#batch d d"],
    diagonal: bool,
) -> Float[Tensor, "*batch"]:
    """A loss for targets of less noise than the changes, with the partial loss's mean gradient.

    The partial loss has the gradient ``−2 dt C⁻¹ r`` in ``μ``, linear in the change; targets of
    equal mean given ``z0`` may stand for it there. Its gradient in ``C``, ``C⁻¹ − C⁻¹ r r' C⁻¹``,
    needs the changes: targets have lost a part of the noise that ``C`` is to describe. So ``μ`` is
    fitted to the targets at a given ``C``, and ``C`` to the changes about a given ``μ``. The value
    is the sum of both and no likelihood.
    """
    noise = partial_loss(drift.detach(), sigma, change, dt, factor, diagonal)
    return noise + partial_loss(drift, sigma.detach(), targets, dt, factor, diagonal)


def _gaussian(lower: Float[Tensor, "*batch d d"], rest: Float[Tensor, "*batch d"]) -> Tensor:
    """``|L⁻¹ r|² + 2 log det L`` for a lower triangle ``L``."""
    d = rest.shape[-1]
    variances = torch.diagonal(lower, dim1=-2, dim2=-1).square() + EPSILON
    log_det = torch.log(variances).sum(-1)
    if d > UNROLLED:
        raised = torch.tril(lower, -1) + torch.diag_embed(variances.sqrt())
        solved = torch.linalg.solve_triangular(raised, rest.unsqueeze(-1), upper=False)
        large: Tensor = solved.square().sum((-2, -1)) + log_det
        return large
    inverse = torch.rsqrt(variances)
    white: list[Tensor] = []
    for i in range(d):
        total = rest[..., i]
        for k in range(i):
            total = total - lower[..., i, k] * white[k]
        white.append(total * inverse[..., i])
    return torch.stack(white, dim=-1).square().sum(-1) + log_det


def _cholesky(covariance: Float[Tensor, "*batch d d"]) -> Tensor:
    """The Cholesky factor; a conditional variance that rounding made negative becomes ``ε``."""
    d = covariance.shape[-1]
    if d > UNROLLED:
        identity = torch.eye(d, dtype=covariance.dtype, device=covariance.device)
        factor: Tensor = torch.linalg.cholesky_ex(covariance + EPSILON * identity).L
        return factor
    nothing = torch.zeros_like(covariance[..., 0, 0])
    rows: list[list[Tensor]] = []
    for i in range(d):
        row: list[Tensor] = []
        for j in range(i + 1):
            rest = covariance[..., i, j]
            for k in range(j):
                rest = rest - row[k] * (rows[j] if j < i else row)[k]
            row.append(rest.clamp(min=EPSILON).sqrt() if i == j else rest / rows[j][j])
        rows.append(row)
    padded = [torch.stack(row + [nothing] * (d - len(row)), dim=-1) for row in rows]
    return torch.stack(padded, dim=-2)
