"""How systems relax from a start: the mean path, and how long it takes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from macropatch.measures.uncertainty import RESAMPLES, Estimate

CLEAR = 5.0
"""A path whose ends differ by fewer standard errors than this has no time of relaxation."""

DRIFTS = 0.05
"""Nor has one that goes on by so much of its way from its third quarter to its last."""

Runs = Float[np.ndarray, "runs times"]


def path_error(one: Runs, other: Runs) -> Estimate:
    """Root mean square distance of two mean paths over time, in units of the way ``other`` goes.

    Parameters
    ----------
    one, other : ``(runs, times)``, runs from equal starts at equal times

    Returns
    -------
    The distance with its error by resampling runs; infinite if ``other`` goes nowhere.
    """
    rng = np.random.default_rng(0)

    def distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        way = np.abs(_last(second) - second[..., 0])
        apart = np.sqrt(((first - second) ** 2).mean(axis=-1))
        return np.asarray(np.divide(apart, way, out=np.full_like(apart, np.inf), where=way > 0))

    value = float(distance(one.mean(axis=0), other.mean(axis=0)))
    if min(len(one), len(other)) < 2 or not np.isfinite(value):
        return Estimate(value)
    resampled = distance(_resampled(one, rng), _resampled(other, rng))
    return Estimate(value, float(resampled.std(ddof=1)))


def relaxation_time(
    runs: Runs, times: Float[np.ndarray, " times"], share: float = 0.9
) -> Estimate | None:
    """When the mean path has first gone a ``share`` of the way from its start to its last quarter.

    Parameters
    ----------
    runs : ``(runs, times)``
    times : from 0 on

    Returns
    -------
    The time, interpolated, with its error by resampling runs; ``None`` if start and end cannot be
    told apart, or the end is still on its way.
    """
    mean = runs.mean(axis=0)
    error = runs[:, -(-3 * runs.shape[1] // 4) :].mean(axis=1).std() / np.sqrt(len(runs))
    way = abs(_last(mean) - mean[0])
    if not way > CLEAR * error:
        return None
    quarter = len(times) // 4
    on = abs(_last(mean) - mean[-2 * quarter : -quarter].mean()) if quarter else 0.0
    if on > max(DRIFTS * way, CLEAR * error):
        return None
    found = _first_time(mean[None], times, share)[0]
    if len(runs) < 2:
        return Estimate(float(found))
    rng = np.random.default_rng(0)
    resampled = _first_time(_resampled(runs, rng), times, share)
    return Estimate(float(found), float(resampled.std(ddof=1)))


def _first_time(
    paths: Float[np.ndarray, "cases times"], times: Float[np.ndarray, " times"], share: float
) -> Float[np.ndarray, " cases"]:
    start = paths[:, :1]
    gone = (paths - start) / (_last(paths)[:, None] - start)
    after = np.maximum((gone >= share).argmax(axis=1), 1)
    rows = np.arange(len(paths))
    low, high = gone[rows, after - 1], gone[rows, after]
    weight = np.clip((share - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
    return np.asarray(times[after - 1] + weight * (times[after] - times[after - 1]))


def _last(paths: Float[np.ndarray, "*cases times"]) -> Float[np.ndarray, "*cases"]:
    """Mean of the last quarter."""
    return np.asarray(paths[..., -(-3 * paths.shape[-1] // 4) :].mean(axis=-1))


def _resampled(runs: Runs, rng: np.random.Generator) -> Float[np.ndarray, "resamples times"]:
    """Mean paths of resampled runs."""
    count = len(runs)
    weights = rng.multinomial(count, np.full(count, 1.0 / count), size=RESAMPLES) / count
    return np.asarray(weights @ runs)
