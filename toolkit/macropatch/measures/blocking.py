"""Standard errors of stationary averages, from independent runs or long blocks of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from macropatch.measures.autocorrelation import Series, as_runs, integrated_autocorrelation_time
from macropatch.measures.uncertainty import Estimate, jackknife_error

ENOUGH_RUNS = 16
"""From as many independent runs on, a unit is a whole run; with fewer, a long block of one."""

BLOCK_IN_TAU = 10.0
"""Length of a block in integrated autocorrelation times ``τ``.

What neighbouring blocks share makes errors too small by ``τ/4`` over the length: 2.5 %.
"""


def blocking_error(series: Series) -> float:
    """Standard error of the mean of a correlated stationary series, by blocking.

    Neighbouring records are averaged in pairs again and again (Flyvbjerg and Petersen, J. Chem.
    Phys. 91, 461, 1989); the block length is the smallest with
    ``length³ > 2 N (error / uncorrelated error)⁴`` (Lee et al., Phys. Rev. E 83, 066706, 2011).
    Blocks never cross the end of a run. If none is long enough, the largest error is returned.

    Parameters
    ----------
    series : ``(times,)`` or ``(runs, times)``, equally spaced
    """
    blocks = as_runs(series)
    blocks = blocks - blocks.mean()
    records = blocks.size
    length, errors = 1, [_error_of_mean(blocks)]
    while blocks.shape[1] >= 2 and blocks.shape[0] * (blocks.shape[1] // 2) >= 2:
        even = blocks.shape[1] // 2 * 2
        blocks = 0.5 * (blocks[:, 0:even:2] + blocks[:, 1:even:2])
        length *= 2
        errors.append(_error_of_mean(blocks))
        if length**3 > 2.0 * records * (errors[-1] / max(errors[0], 1e-300)) ** 4:
            return errors[-1]
    return max(errors)


def independent_means(
    records: Float[np.ndarray, "runs times moments"],
    slowest: Float[np.ndarray, "*any_runs any_times"],
) -> Float[np.ndarray, "units moments"]:
    """Means over units that are independent of one another.

    A unit is a run. With fewer than ``ENOUGH_RUNS`` of them each is cut into blocks of
    ``BLOCK_IN_TAU`` integrated autocorrelation times of ``slowest``, or into halves if it is
    shorter than two such blocks. What does not fill a block is dropped from the front of a run,
    which is the less relaxed end.
    """
    runs, times, moments = records.shape
    length = times
    if runs < ENOUGH_RUNS:
        tau = integrated_autocorrelation_time(slowest).value
        length = min(int(np.ceil(BLOCK_IN_TAU * tau)), max(times // 2, 1))
    blocks = times // length
    cut = records[:, times - blocks * length :].reshape(runs * blocks, length, moments)
    return np.asarray(cut.mean(axis=1))


def estimate_of_means(
    records: Float[np.ndarray, "runs times moments"],
    function: Callable[[Float[np.ndarray, "cases moments"]], Float[np.ndarray, " cases"]],
    slowest: Float[np.ndarray, "*any_runs any_times"],
) -> Estimate:
    """A smooth function of stationary averages, with its delete-one jackknife error.

    Parameters
    ----------
    records : ``(runs, times, moments)``, what is averaged, such as ``|m|``, ``m²``
    function : maps averages ``(cases, moments)`` to ``(cases,)``
    slowest : ``(runs, times)``; its autocorrelation time sets the length of blocks, as
        :func:`independent_means` describes

    Returns
    -------
    The function of the averages over all records. The error is ``None`` if they make one unit.
    """
    units = independent_means(records, slowest)
    value = function(records.mean(axis=(0, 1))[None])[0]
    if len(units) < 2:
        return Estimate(float(value))
    without = (units.sum(axis=0) - units) / (len(units) - 1)
    return Estimate(float(value), jackknife_error(function(without)))


def stationary_mean(series: Series) -> Estimate:
    """Mean of a stationary series, such as an energy, and its error from independent units.

    Parameters
    ----------
    series : ``(times,)`` or ``(runs, times)``, equally spaced, relaxed
    """
    runs = as_runs(series)
    return estimate_of_means(runs[..., None], lambda means: means[:, 0], runs)


def _error_of_mean(blocks: Float[np.ndarray, "runs blocks"]) -> float:
    return float(np.std(blocks, ddof=1) / np.sqrt(blocks.size)) if blocks.size > 1 else 0.0
