"""What ``λ`` makes of the noise: a fit with a wrong variance ratio predicts a wrong spread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from macropatch.contract.results import Metric


def patch_total(metrics: Iterable[Metric], labels: Mapping[str, Any]) -> int | None:
    """``K``, the number of patches, as a calibration at the same patch size names it.

    Parameters
    ----------
    metrics : records among which ``lambda_calibrated`` is sought
    labels : of the record that is asked about

    Returns
    -------
    ``None`` if no ``λ`` was calibrated at its patch size
    """
    for metric in metrics:
        at_its_size = metric.labels.get("patch_size") == labels.get("patch_size")
        if metric.name == "lambda_calibrated" and "K" in metric.labels and at_its_size:
            return int(metric.labels["K"])
    return None


def expected_sd_ratio(metrics: Iterable[Metric], labels: Mapping[str, Any]) -> float | None:
    """``√(K/λ)``: standard deviation over the true one of a fit that takes ``λ`` for a number.

    The fitted covariance is that of one patch's increments over ``λ``, which ``λ = K`` makes the
    whole system's as ``dt → 0`` (arXiv 2511.12842).

    Returns
    -------
    ``None`` for schemes that ignore ``λ``, for a ``λ`` that is no number, and where ``K`` is
    unknown (see :func:`patch_total`)
    """
    lambda_ = numeric_lambda(labels)
    if lambda_ is None or labels.get("scheme") != "partial":
        return None
    total = patch_total(metrics, labels)
    return None if total is None else float((total / lambda_) ** 0.5)


def numeric_lambda(labels: Mapping[str, Any]) -> float | None:
    """A record's ``λ`` where it is a number, not ``K`` or ``calibrated``."""
    lambda_ = labels.get("lambda")
    return float(lambda_) if isinstance(lambda_, int | float) else None
