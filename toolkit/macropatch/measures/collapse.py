"""Data collapse: curves of all sizes on one, ``value = L^exponent · f(x)``, ``x = t L^(1/ν)``.

``t = (T − T_c)/T_c``, and ``f`` is a polynomial, fitted to all points. Its ``χ²`` is a likelihood,
whence the errors of exponents; straight lines between points of other sizes (Houdayer and Hartmann,
Phys. Rev. B 70, 014418, 2004) need many temperatures, or curvature passes for misfit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Float, Real

from macropatch.measures.regression import weighted_least_squares
from macropatch.measures.scaling import Values
from macropatch.measures.uncertainty import Estimate

DEGREE = 4
INDISTINCT = 1e-6
"""Numbers that move all points alike to so small a share cannot be told apart."""


@dataclass(frozen=True)
class ScalingForm:
    """Numbers that a collapse rests on.

    Attributes
    ----------
    critical_temperature : ``T_c``
    inverse_nu : ``1/ν``, of the correlation length
    exponent : of the value at ``T_c``: ``−β/ν`` of ``⟨|m|⟩``, ``γ/ν`` of ``χ``, 0 of Binder's
        cumulant
    """

    critical_temperature: float
    inverse_nu: float
    exponent: float = 0.0

    def place(self, sizes: Real[np.ndarray, " points"], temperatures: Values) -> Values:
        """``x = (T − T_c)/T_c · L^(1/ν)`` of each point."""
        reduced = temperatures / self.critical_temperature - 1.0
        return np.asarray(reduced * np.float64(sizes) ** self.inverse_nu)

    def scaled(self, sizes: Real[np.ndarray, " points"], values: Values) -> Values:
        """``L^(−exponent) · value`` of each point (or of its error)."""
        return np.asarray(values * np.float64(sizes) ** -self.exponent)


@dataclass(frozen=True)
class Collapse:
    """Best numbers for a collapse, with standard errors (zero for those that were given).

    Attributes
    ----------
    chi_square, degrees : misfit of the common curve, and degrees of freedom: about one per degree
        where the points do fall on one curve within their errors
    """

    critical_temperature: Estimate
    inverse_nu: Estimate
    exponent: Estimate
    chi_square: float
    degrees: int

    @property
    def form(self) -> ScalingForm:
        """The numbers without their errors."""
        return ScalingForm(*(getattr(self, field.name).value for field in fields(ScalingForm)))


def collapse_quality(
    sizes: Real[np.ndarray, " points"],
    temperatures: Values,
    values: Values,
    errors: Values,
    form: ScalingForm,
    degree: int = DEGREE,
) -> tuple[float, int]:
    """``χ²`` and degrees of freedom of one curve through the points of all sizes.

    Parameters
    ----------
    sizes, temperatures, values, errors : of each point, errors independent of one another
    degree : of the polynomial; it must follow the curve over the whole range of ``x``

    Raises
    ------
    ValueError
        If there are too few places ``x`` for the degree, or an error is not positive.
    """
    residuals = _residuals(sizes, temperatures, values, errors, form, degree)
    return float(residuals @ residuals), len(values) - degree - 1


def fit_collapse(
    sizes: Real[np.ndarray, " points"],
    temperatures: Values,
    values: Values,
    errors: Values,
    start: ScalingForm,
    free: tuple[str, ...] = ("critical_temperature", "inverse_nu", "exponent"),
    degree: int = DEGREE,
) -> Collapse:
    """The critical temperature and exponents that collapse the points best.

    Least ``χ²``; errors to first order, by the curvature of ``χ²`` at its minimum. Corrections to
    scaling are not in them: leave out the smallest size to see what they do.

    Parameters
    ----------
    sizes, temperatures, values, errors : of each point, errors independent of one another
    start : where the search begins; its numbers that are not ``free`` stay
    free : which are fitted, of the names of :class:`ScalingForm`
    degree : of the polynomial

    Raises
    ------
    ValueError
        If there are no more points than numbers to fit or a single size, or no minimum is found.
    """
    from scipy.optimize import least_squares

    degrees = len(values) - degree - 1 - len(free)
    if degrees < 1:
        raise ValueError(
            f"{len(values)} points cannot determine {degree + 1 + len(free)} numbers and show "
            "how well they fit: add temperatures or sizes, or lower the degree"
        )
    if len(np.unique(sizes)) < 2:
        raise ValueError("one size has nothing to collapse onto: give two or more")

    def moved(numbers: np.ndarray) -> ScalingForm:
        return replace(start, **dict(zip(free, (float(number) for number in numbers), strict=True)))

    found = least_squares(
        lambda numbers: _residuals(sizes, temperatures, values, errors, moved(numbers), degree),
        [getattr(start, name) for name in free],
        x_scale="jac",
        jac="3-point",
    )
    lengths = np.sqrt(np.sum(found.jac**2, axis=0))
    directions = found.jac / np.where(lengths > 0.0, lengths, 1.0)
    if not found.success or np.linalg.svd(directions, compute_uv=False)[-1] < INDISTINCT:
        raise ValueError(f"no best collapse near {start}: start elsewhere, or free less")
    covariance = np.linalg.inv(directions.T @ directions) / np.outer(lengths, lengths)
    wide = dict(zip(free, np.sqrt(np.diag(covariance)), strict=True))
    best = moved(found.x)
    numbers = {
        field.name: Estimate(getattr(best, field.name), float(wide.get(field.name, 0.0)))
        for field in fields(ScalingForm)
    }
    return Collapse(**numbers, chi_square=float(2.0 * found.cost), degrees=degrees)


def _residuals(
    sizes: Real[np.ndarray, " points"],
    temperatures: Values,
    values: Values,
    errors: Values,
    form: ScalingForm,
    degree: int,
) -> Float[np.ndarray, " points"]:
    """Deviations from the best common curve, in standard errors."""
    places = form.place(sizes, temperatures)
    design = np.vander(places / (np.max(np.abs(places)) or 1.0), degree + 1, increasing=True)
    scaled, wide = form.scaled(sizes, values), form.scaled(sizes, errors)
    fit = weighted_least_squares(design, scaled, wide)
    return np.asarray((scaled - design @ fit.coefficients) / wide)
