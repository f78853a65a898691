"""Finite-size scaling: power laws in the size, and values and slopes at one temperature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Real

from macropatch.measures.regression import WeightedFit, weighted_least_squares
from macropatch.measures.uncertainty import Estimate

Values = Float[np.ndarray, " points"]


@dataclass(frozen=True)
class PowerLaw:
    """``value = amplitude · L^exponent``.

    Attributes
    ----------
    exponent, amplitude : with standard errors (that of the amplitude at fixed units of ``L``)
    chi_square, degrees : sum of squared residuals over errors (``None`` for values without errors),
        and degrees of freedom: much more than one per degree means corrections to scaling
    """

    exponent: Estimate
    amplitude: Estimate
    chi_square: float | None
    degrees: int

    def at(self, sizes: Real[np.ndarray, " any"]) -> Float[np.ndarray, " any"]:
        """The fitted values at given sizes."""
        return np.asarray(self.amplitude.value * np.float64(sizes) ** self.exponent.value)


def fit_power_law(
    sizes: Real[np.ndarray, " points"], values: Values, errors: Values | None = None
) -> PowerLaw:
    """Power law through values at several sizes, by weighted least squares of logarithms.

    Parameters
    ----------
    sizes : edges ``L``
    values : above zero; give the absolute value of a negative slope
    errors : standard errors of the values, small beside them and independent of one another.
        Without them the scatter about the fit gives the errors.

    Raises
    ------
    ValueError
        If a value or a size is not positive, or there are fewer than two sizes.
    """
    if not (np.all(values > 0.0) and np.all(sizes > 0)):
        raise ValueError("a power law needs sizes and values above zero: fit absolute values")
    lengths = np.log(np.asarray(sizes, dtype=np.float64))
    # about the middle of the sizes exponent and amplitude are nearly independent
    middle = lengths.mean()
    design = np.stack([np.ones_like(lengths), lengths - middle], axis=1)
    fit = weighted_least_squares(
        design, np.log(values), None if errors is None else errors / values
    )
    at_one = fit.combined(np.array([1.0, -middle]))
    amplitude = float(np.exp(at_one.value))
    error = None if at_one.uncertainty is None else amplitude * at_one.uncertainty
    exponent = fit.combined(np.array([0.0, 1.0]))
    return PowerLaw(exponent, Estimate(amplitude, error), fit.chi_square, fit.degrees)


@dataclass(frozen=True)
class LocalFit:
    """What a polynomial through several temperatures gives at one of them.

    Attributes
    ----------
    value, slope : there, with standard errors; the slope is the derivative by temperature
    chi_square, degrees : as of :class:`PowerLaw`
    """

    value: Estimate
    slope: Estimate
    chi_square: float | None
    degrees: int


def fit_at(
    temperature: float,
    temperatures: Values,
    values: Values,
    errors: Values | None = None,
    degree: int = 2,
) -> LocalFit:
    """Value and slope at a temperature, such as the critical one, from values at several.

    Parameters
    ----------
    temperature : where; it should lie among ``temperatures``
    temperatures, values : ``(points,)``
    errors : standard errors of the values, independent of one another. Without them the scatter
        about the fit gives the errors.
    degree : of the polynomial

    Raises
    ------
    ValueError
        If there are fewer different temperatures than coefficients.
    """
    fit, scale = polynomial(temperatures - temperature, values, errors, degree)
    at_zero = np.zeros(degree + 1)
    at_zero[0] = 1.0
    slope = np.zeros(degree + 1)
    slope[1:2] = 1.0 / scale
    return LocalFit(fit.combined(at_zero), fit.combined(slope), fit.chi_square, fit.degrees)


def polynomial(
    places: Values, values: Values, errors: Values | None, degree: int
) -> tuple[WeightedFit, float]:
    """Polynomial in ``places / scale``, lowest power first, and the scale: the farthest place."""
    scale = float(np.max(np.abs(places))) or 1.0
    design = np.vander(places / scale, degree + 1, increasing=True)
    return weighted_least_squares(design, values, errors), scale
