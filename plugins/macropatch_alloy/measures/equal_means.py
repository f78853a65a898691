"""Whether two samplers have one stationary law: a test of all mean orders at once."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy import stats

from macropatch.measures import independent_means, integrated_autocorrelation_time

SMALLEST_P = 1e-290
"""Below it ``χ²`` has no finite quantile in floating point."""


def mean_chi_square(
    one: Float[np.ndarray, "runs records pairs"], other: Float[np.ndarray, "runs2 records2 pairs"]
) -> float | None:
    """A figure that has the law of ``χ²`` with ``pairs`` degrees if both have the same means.

    Hotelling's statistic ``T²`` of the two means, with the covariance of each between independent
    units (runs or long blocks), which are few: ``T²`` has nearly the law of ``F`` with the degrees
    of K. Krishnamoorthy and J. Yu (Stat. Probab. Lett. 66, 161, 2004), and is brought to that
    ``χ²`` which has the same probability.

    Returns
    -------
    The figure, or ``None`` if there are too few units for so many pairs.
    """
    samples = [_units(values) for values in (one, other)]
    pairs, counts = one.shape[-1], [len(units) for units in samples]
    if min(counts) <= pairs:
        return None
    covariances = [np.atleast_2d(np.cov(units, rowvar=False)) / len(units) for units in samples]
    inverse = np.linalg.inv(sum(covariances))
    apart = samples[0].mean(axis=0) - samples[1].mean(axis=0)
    squared = float(apart @ inverse @ apart)
    shares = [covariance @ inverse for covariance in covariances]
    spread = sum(
        (np.trace(share @ share) + np.trace(share) ** 2) / (count - 1)
        for share, count in zip(shares, counts, strict=True)
    )
    degrees = (pairs + pairs**2) / spread
    if degrees <= pairs:
        return None
    scaled = squared * (degrees - pairs + 1.0) / (degrees * pairs)
    probability = float(stats.f.sf(scaled, pairs, degrees - pairs + 1.0))
    return float(stats.chi2.isf(probability, pairs)) if probability > SMALLEST_P else squared


def p_value(chi_square: float, degrees: int) -> float:
    """Probability of at least so large a ``χ²``."""
    return float(stats.chi2.sf(chi_square, degrees))


def _units(values: Float[np.ndarray, "runs records pairs"]) -> Float[np.ndarray, "units pairs"]:
    """Means of independent units, by the memory of the slowest pair."""
    memories = [
        integrated_autocorrelation_time(values[..., pair]).value for pair in range(values.shape[-1])
    ]
    return independent_means(values, values[..., int(np.argmax(memories))])
