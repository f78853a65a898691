"""Mean and standard deviation in equilibrium, with errors that allow for autocorrelation."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from macropatch.measures.blocking import independent_means
from macropatch.measures.uncertainty import Estimate, bootstrap_error

Trajectories = Float[np.ndarray, "starts runs times"]


def last_half(trajectories: Trajectories) -> Float[np.ndarray, "starts runs late"]:
    """The last half of the records, which the measures of this module take for equilibrium."""
    return trajectories[..., trajectories.shape[-1] // 2 :]


def equilibrium_mean(late: Trajectories, rng: np.random.Generator) -> Estimate:
    """Mean over initial states, runs and times, and its standard error.

    Parameters
    ----------
    late : ``(starts, runs, times)``, records in equilibrium (see :func:`last_half`)
    """
    units = independent_moments(late)
    error = bootstrap_error(units, lambda moments: moments[:, 0], rng)
    return Estimate(float(late.mean()), error)


def equilibrium_standard_deviation(late: Trajectories, rng: np.random.Generator) -> Estimate:
    """Standard deviation about the mean over runs at equal start and time, and its error.

    What all runs from a start do together does not count: damped oscillations, a slow approach to
    equilibrium. A single run spreads about its mean over time.

    Parameters
    ----------
    late : ``(starts, runs, times)`` (see :func:`last_half`)
    """
    runs = late.shape[1]
    about = late - late.mean(axis=1 if runs > 1 else 2, keepdims=True)
    about *= np.sqrt(runs / (runs - 1.0)) if runs > 1 else 1.0
    error = bootstrap_error(independent_moments(about), _standard_deviation, rng)
    return Estimate(float(about.std()), error)


def ratio(numerator: Estimate, denominator: Estimate) -> Estimate:
    """Quotient of two independent estimates, errors propagated to first order."""
    value = numerator.value / denominator.value
    if numerator.uncertainty is None or denominator.uncertainty is None:
        return Estimate(value)
    above = numerator.uncertainty / denominator.value
    below = value * denominator.uncertainty / denominator.value
    return Estimate(value, float(np.hypot(above, below)))


def independent_moments(late: Trajectories) -> Float[np.ndarray, "units 2"]:
    """First and second moments, about the common mean, of units that are independent.

    A unit is the runs of one index over all initial states, which may share random numbers, or a
    long block of them (:func:`~macropatch.measures.blocking.independent_means`).
    """
    starts, runs, times = late.shape
    centred = late - late.mean()
    moments = np.stack([centred.mean(axis=0), (centred**2).mean(axis=0)], axis=-1)
    # a run that diverged makes the figure not finite, which is told; it has no memory to measure
    series = np.nan_to_num(centred.reshape(starts * runs, times), posinf=0.0, neginf=0.0)
    return independent_means(moments, series)


def _standard_deviation(
    moments: Float[np.ndarray, "resamples 2"],
) -> Float[np.ndarray, " resamples"]:
    variance = moments[:, 1] - moments[:, 0] ** 2
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))
