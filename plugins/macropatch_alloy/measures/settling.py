"""Whether direct simulations have come to equilibrium."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy import stats

from macropatch.measures import Estimate, quadrature, stationary_mean

SMALLEST_DRIFT, DRIFT_ERRORS = 0.02, 3.0
"""A drift is larger than both: the difference itself, and so many standard errors."""

SMALLEST_DIFFERENCE, DIFFERENCE_ERRORS = 0.1, 4.0
"""So is a difference from the exchanges; the small system's order may differ a little."""


def drifts(late: Float[np.ndarray, "runs records pairs"]) -> bool:
    """Whether some pair's mean changes between the two halves of the late records.

    With few runs, so many errors are demanded as have the false-alarm rate of three (0.27 %) under
    Student's law; with a single one, errors are those of its two halves.
    """
    runs, records, pairs = late.shape
    half = records // 2
    if half == 0:
        return False
    third, fourth = late[:, :half], late[:, records - half :]
    change = fourth.mean(axis=1) - third.mean(axis=1)
    if runs > 1:
        errors = change.std(axis=0, ddof=1) / np.sqrt(runs)
        limit = stats.t.isf(stats.norm.sf(DRIFT_ERRORS), runs - 1) * errors
    else:
        errors = [
            quadrature(*(stationary_mean(part[..., pair]).uncertainty for part in (third, fourth)))
            for pair in range(pairs)
        ]
        limit = DRIFT_ERRORS * np.array([error or 0.0 for error in errors])
    return bool((np.abs(change.mean(axis=0)) > np.maximum(limit, SMALLEST_DRIFT)).any())


def differs(own: Sequence[Estimate], exchanged: Sequence[Estimate] | None) -> bool:
    """Whether some pair's mean is another than by exchanges, where there are some."""
    return any(
        abs(one.value - other.value)
        > max(
            SMALLEST_DIFFERENCE,
            DIFFERENCE_ERRORS * (quadrature(one.uncertainty, other.uncertainty) or 0.0),
        )
        for one, other in zip(own, exchanged or own, strict=True)
    )
