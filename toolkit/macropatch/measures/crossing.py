"""Where the curves of two sizes cross: Binder cumulants do near the critical temperature."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Real

from macropatch.measures.regression import WeightedFit
from macropatch.measures.scaling import Values, polynomial
from macropatch.measures.uncertainty import Estimate

DISTINCT = 2.0
"""Slopes that differ by fewer standard errors leave the error of their crossing unknown."""


@dataclass(frozen=True)
class Crossing:
    """Temperature and common value where two curves cross, with standard errors."""

    temperature: Estimate
    value: Estimate


def crossing(
    temperatures: Values,
    first: Values,
    second: Values,
    first_errors: Values,
    second_errors: Values,
    degree: int = 2,
) -> Crossing | None:
    """Crossing of two curves, each a polynomial through values at the same temperatures.

    Errors are propagated to first order: with the errors ``s`` of the two curves there and the
    difference ``D`` of their slopes, ``√(s₁² + s₂²)/|D|`` for the temperature. They are ``None``
    where ``D`` is not two of its standard errors from zero.

    Parameters
    ----------
    first, second : ``(temperatures,)``, of independent ensembles
    degree : of the polynomials

    Returns
    -------
    The crossing nearest to the middle of the temperatures, or ``None`` if there is none among them.
    """
    middle = 0.5 * float(temperatures.min() + temperatures.max())
    one, scale = polynomial(temperatures - middle, first, first_errors, degree)
    two, _ = polynomial(temperatures - middle, second, second_errors, degree)
    place = _root(one.coefficients - two.coefficients)
    if place is None:
        return None
    powers = place ** np.arange(degree + 1)
    common = float(powers @ one.coefficients)
    here, there = _slope(one, place), _slope(two, place)
    difference = here.value - there.value
    doubt = np.hypot(here.uncertainty or 0.0, there.uncertainty or 0.0)
    if abs(difference) < DISTINCT * doubt:
        return Crossing(Estimate(middle + scale * place), Estimate(common))
    s1, s2 = (fit.combined(powers).uncertainty or 0.0 for fit in (one, two))
    # a curve that is shifted up by δ moves the crossing along the other curve
    along = float(np.hypot(there.value * s1, here.value * s2) / abs(difference))
    across = float(np.hypot(s1, s2) / abs(difference))
    return Crossing(Estimate(middle + scale * place, scale * across), Estimate(common, along))


def neighbouring_crossings(
    sizes: Real[np.ndarray, " sizes"],
    temperatures: Values,
    values: Float[np.ndarray, "sizes points"],
    errors: Float[np.ndarray, "sizes points"],
    degree: int = 2,
) -> dict[tuple[float, float], Crossing]:
    """Crossings of the curves of each size and the next larger one, where they cross.

    Neighbouring pairs share a size: the errors of their crossings are not independent.

    Parameters
    ----------
    values, errors : ``(sizes, temperatures)``, such as Binder cumulants
    """
    found = {}
    for small, large in pairwise(np.argsort(sizes)):
        where = crossing(
            temperatures, values[small], values[large], errors[small], errors[large], degree
        )
        if where is not None:
            found[float(sizes[small]), float(sizes[large])] = where
    return found


def _root(coefficients: Float[np.ndarray, " terms"]) -> float | None:
    """The real root within −1 and 1 that is nearest to zero, of powers from zero up."""
    roots = np.polynomial.polynomial.polyroots(coefficients)
    real = roots.real[(np.abs(roots.imag) < 1e-9) & (np.abs(roots.real) <= 1.0)]
    return float(min(real, key=abs)) if real.size else None


def _slope(fit: WeightedFit, place: float) -> Estimate:
    degree = len(fit.coefficients) - 1
    slope = np.zeros(degree + 1)
    orders = np.arange(1, degree + 1)
    slope[1:] = orders * place ** (orders - 1)
    return fit.combined(slope)
