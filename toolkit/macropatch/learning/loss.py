"""The partial loss: negative log-likelihood of increments whose noise is that of a patch."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

EPSILON = 1e-10
"""Added to ``C``, in units of normalised ``z`` squared: far below any noise, it keeps ``C⁻¹``."""


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
    sigma : diagonal of ``σ`` if it has the shape of ``drift``, else ``σ`` itself
    factor : ``A``
    diagonal : whether ``A`` is known to be diagonal (then a diagonal ``σ`` needs no factorisation)

    Source: arXiv 2511.12842, partial loss, with a matrix in the place of ``√λ``.
    """
    rest = change - drift * dt.unsqueeze(-1)
    if sigma.dim() == drift.dim() and (diagonal or drift.shape[-1] == 1):
        scale = torch.diagonal(factor, dim1=-2, dim2=-1) * sigma
        variance = scale * scale * dt.unsqueeze(-1) + EPSILON
        return (rest * rest / variance + torch.log(variance)).sum(-1)
    root = torch.diag_embed(sigma) if sigma.dim() == drift.dim() else sigma
    spread = factor @ root
    identity = torch.eye(drift.shape[-1], dtype=drift.dtype, device=drift.device)
    covariance = spread @ spread.mT * dt[..., None, None] + EPSILON * identity
    lower = torch.linalg.cholesky_ex(covariance).L
    white = torch.linalg.solve_triangular(lower, rest.unsqueeze(-1), upper=False).squeeze(-1)
    log_det = 2.0 * torch.log(torch.diagonal(lower, dim1=-2, dim2=-1)).sum(-1)
    loss: Tensor = (white * white).sum(-1) + log_det
    return loss
