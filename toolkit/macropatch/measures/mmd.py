"""Maximum mean discrepancy between predicted and true trajectories.

``MMD = mean over widths w of [mean k(x, x') + mean k(y, y') − 2 mean k(x, y)]`` with
``k = exp(−|x − y|²/2w²)``: the biased (V) statistic, diagonals included, not square-rooted (Gretton
et al., J. Mach. Learn. Res. 13, 723, 2012; widths as in arXiv 2511.12842).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from macropatch.measures.uncertainty import Estimate, squared_distance_error

WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Widths of the Gaussian kernels, in standard deviations of the truth."""

Ensemble = Float[np.ndarray, "starts runs times d"]


def mmd(
    x: Float[np.ndarray, "first d"],
    y: Float[np.ndarray, "second d"],
    widths: tuple[float, ...] = WIDTHS,
) -> float:
    """MMD of two samples, as they are (scale them before).

    Parameters
    ----------
    x, y : ``(points, d)``
    """
    inside = _kernel(x, x, widths).mean() + _kernel(y, y, widths).mean()
    return float(inside - 2.0 * _kernel(x, y, widths).mean())


def trajectory_mmd(
    predicted: Ensemble,
    truth: Float[np.ndarray, "starts true_runs times d"],
    rng: np.random.Generator,
    widths: tuple[float, ...] = WIDTHS,
) -> Estimate:
    """MMD at each time from each initial state, averaged, with its sampling error.

    Every component is scaled to unit variance over all of ``truth``. The average over times and
    initial states is taken of the kernel between runs, whence the error by resampling runs.

    Parameters
    ----------
    predicted, truth : ``(starts, runs, times, d)``; the numbers of runs may differ
    """
    scale = unit_variance(truth)
    x, y = predicted / scale, truth / scale
    crossed = kernel_of_runs(x, y, widths)
    gram = np.block(
        [[kernel_of_runs(x, x, widths), crossed], [crossed.T, kernel_of_runs(y, y, widths)]]
    )
    return mmd_of_gram(gram, x.shape[1], rng)


def mmd_at_times(
    predicted: Ensemble,
    truth: Float[np.ndarray, "starts true_runs times d"],
    records: Int[np.ndarray, " chosen"] | None = None,
    widths: tuple[float, ...] = WIDTHS,
) -> Float[np.ndarray, " chosen"]:
    """MMD at each time, averaged over initial states; its mean is that of :func:`trajectory_mmd`.

    Parameters
    ----------
    predicted, truth : ``(starts, runs, times, d)``; the numbers of runs may differ
    records : which times; by default all. Components are scaled by all of ``truth`` in any case.
    """
    scale = unit_variance(truth)
    chosen = np.arange(truth.shape[2]) if records is None else records
    pairs = [(predicted[:, :, time] / scale, truth[:, :, time] / scale) for time in chosen]
    return np.array(
        [np.mean([mmd(x, y, widths) for x, y in zip(*pair, strict=True)]) for pair in pairs]
    )


def mmd_of_gram(
    gram: Float[np.ndarray, "all_runs all_runs"], first: int, rng: np.random.Generator
) -> Estimate:
    """MMD and its error from the kernel between runs, the first ``first`` of which are ``x``."""
    inside = gram[:first, :first].mean() + gram[first:, first:].mean()
    value = float(inside - 2.0 * gram[:first, first:].mean())
    return Estimate(value, squared_distance_error(gram, first, rng))


def unit_variance(truth: Ensemble) -> Float[np.ndarray, " d"]:
    """Standard deviation of each component over all true data; 1 for one that never varies."""
    scale = truth.std(axis=(0, 1, 2))
    return np.asarray(np.where(scale > 0.0, scale, 1.0))


def kernel_of_runs(
    x: Ensemble,
    y: Float[np.ndarray, "starts other_runs times d"],
    widths: tuple[float, ...] = WIDTHS,
) -> Float[np.ndarray, "runs other_runs"]:
    """Kernel between each two runs at equal time and initial state, averaged over both."""
    starts, runs, times, _ = x.shape
    total: np.ndarray = np.zeros((runs, y.shape[1]))
    for start in range(starts):
        for time in range(times):
            total += _kernel(x[start, :, time], y[start, :, time], widths)
    total /= starts * times
    return total


def _kernel(
    x: Float[np.ndarray, "first d"], y: Float[np.ndarray, "second d"], widths: tuple[float, ...]
) -> Float[np.ndarray, "first second"]:
    """Gaussian kernel averaged over its widths.

    From the widest on, halving the width takes the kernel to its fourth power: two products in
    place of an exponential.
    """
    square = np.zeros((x.shape[0], y.shape[0]))
    for component in range(x.shape[1]):
        square += np.subtract.outer(x[:, component], y[:, component]) ** 2
    total = np.zeros_like(square)
    kernel, before = total, None
    for width in sorted(widths, reverse=True):
        if before is not None and width == 0.5 * before:
            kernel = kernel * kernel
            kernel *= kernel
        else:
            kernel = np.exp(square * (-0.5 / width**2))
        total += kernel
        before = width
    return total / len(widths)
