"""Order parameter, susceptibility and Binder cumulant of stationary ensembles.

Errors are delete-one jackknife errors over whole runs (16 or more) or over blocks of ten integrated
autocorrelation times of ``|m|`` (:func:`~macropatch.measures.blocking.independent_means`). All are
even in ``m``, so that how often ``m`` tunnels between phases does not matter.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from macropatch.measures.autocorrelation import Series, as_runs
from macropatch.measures.blocking import estimate_of_means, stationary_mean
from macropatch.measures.uncertainty import Estimate

OfMeans = Callable[[Float[np.ndarray, "cases 2"]], Float[np.ndarray, " cases"]]


def order_parameter(m: Series) -> Estimate:
    """Mean absolute magnetisation ``⟨|m|⟩``.

    Parameters
    ----------
    m : magnetisation per site, ``(times,)`` or ``(runs, times)``, equally spaced, relaxed
    """
    return stationary_mean(np.abs(m))


def susceptibility(m: Series, sites: int, temperature: float) -> Estimate:
    """Susceptibility per site ``χ = n (⟨m²⟩ − ⟨|m|⟩²)/T``, of fluctuations within a phase.

    From ``N`` effectively independent records it is too small by a share of about ``1/N``.

    Parameters
    ----------
    m : magnetisation per site, ``(times,)`` or ``(runs, times)``, equally spaced, relaxed
    sites : ``n``, of the whole system
    temperature : ``T``, in units of the coupling over Boltzmann's constant
    """
    scale = sites / temperature
    return _of_powers(m, (1, 2), lambda means: scale * (means[:, 1] - means[:, 0] ** 2))


def binder_cumulant(m: Series) -> Estimate:
    """Binder's cumulant ``U = 1 − ⟨m⁴⟩/(3⟨m²⟩²)``: 0 for Gaussian ``m``, 2/3 for ``m = ±m₀``.

    K. Binder, Z. Phys. B 43, 119 (1981). Only ratios count, so any scale of ``m`` will do.

    Parameters
    ----------
    m : magnetisation, ``(times,)`` or ``(runs, times)``, equally spaced, relaxed

    Raises
    ------
    ValueError
        If ``m`` is zero throughout, where ``U`` has no value.
    """
    if not np.any(m):
        raise ValueError("m is zero in all records: Binder's cumulant has no value there")
    return _of_powers(m, (2, 4), lambda means: 1.0 - means[:, 1] / (3.0 * means[:, 0] ** 2))


def _of_powers(m: Series, powers: tuple[int, int], function: OfMeans) -> Estimate:
    size = np.abs(as_runs(m))
    records = np.stack([size**power for power in powers], axis=-1)
    return estimate_of_means(records, function, size)
