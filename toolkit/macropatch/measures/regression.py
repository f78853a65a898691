"""Weighted linear least squares, with the covariance of the coefficients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from macropatch.measures.uncertainty import Estimate


@dataclass(frozen=True)
class WeightedFit:
    """Coefficients of a linear model and what is known of them.

    Attributes
    ----------
    coefficients : ``(terms,)``
    covariance : ``(terms, terms)``, or ``None`` where the data do not determine it
    chi_square : sum of squares of residuals over errors, ``None`` for values without errors
    degrees : of freedom: values less terms
    """

    coefficients: Float[np.ndarray, " terms"]
    covariance: Float[np.ndarray, "terms terms"] | None
    chi_square: float | None
    degrees: int

    def combined(self, weights: Float[np.ndarray, " terms"]) -> Estimate:
        """A weighted sum of the coefficients, with its error."""
        value = float(weights @ self.coefficients)
        if self.covariance is None:
            return Estimate(value)
        return Estimate(value, float(np.sqrt(weights @ self.covariance @ weights)))


def weighted_least_squares(
    design: Float[np.ndarray, "values terms"],
    values: Float[np.ndarray, " values"],
    errors: Float[np.ndarray, " values"] | None = None,
) -> WeightedFit:
    """Fit ``values ≈ design @ coefficients``.

    The covariance follows from the errors alone: a poor fit shows in ``chi_square``, not in wider
    errors. Without errors all values weigh alike, and their scatter about the fit stands for them.

    Parameters
    ----------
    errors : standard errors of the values, independent of one another

    Raises
    ------
    ValueError
        If numbers are not finite, errors are not positive, or terms cannot be told apart.
    """
    count, terms = design.shape
    if not (np.isfinite(values).all() and np.isfinite(design).all()):
        raise ValueError("a fit needs finite numbers: leave out what is missing or diverged")
    if errors is not None and not (np.isfinite(errors).all() and np.all(errors > 0.0)):
        raise ValueError("a fit needs an error above zero for each value, or no errors at all")
    weights = np.ones(count) if errors is None else 1.0 / errors
    scaled = design * weights[:, None]
    # columns of equal length: rank is then judged without units
    lengths = np.sqrt(np.sum(scaled**2, axis=0))
    lengths[lengths == 0.0] = 1.0
    solution, _, rank, _ = np.linalg.lstsq(scaled / lengths, values * weights, rcond=None)
    if rank < terms:
        raise ValueError(
            f"{count} values at these places cannot determine {terms} coefficients: "
            "give more of them, or lower the degree"
        )
    square = float(np.sum((values * weights - scaled @ (solution / lengths)) ** 2))
    degrees = count - terms
    covariance = np.linalg.inv((scaled / lengths).T @ (scaled / lengths)) / np.outer(
        lengths, lengths
    )
    if errors is not None:
        return WeightedFit(solution / lengths, covariance, square, degrees)
    scatter = covariance * (square / degrees) if degrees > 0 else None
    return WeightedFit(solution / lengths, scatter, None, degrees)
