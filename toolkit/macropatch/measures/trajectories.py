"""The test error: how far the mean of predicted trajectories is from the mean of true ones."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from macropatch.measures.uncertainty import Estimate, squared_distance_error

Trajectories = Float[np.ndarray, "starts runs times"]

FEWEST_GROUPS = 5
"""With fewer groups than this their scatter says too little, and runs are resampled instead."""


def test_error(
    predicted_mean: Float[np.ndarray, "starts times"], true_mean: Float[np.ndarray, "starts times"]
) -> float:
    """Mean over initial states of ``MSE(predicted mean, true mean) / mean(true mean²)``.

    The measure of arXiv 2511.12842. It is biased upwards by the noise of both means: compare it
    with the statistical floor, the same measure between two independent sets of true trajectories.

    Parameters
    ----------
    predicted_mean, true_mean : ``(starts, times)``, averaged over runs, on a common time grid

    Raises
    ------
    ValueError
        if the true mean of an initial state vanishes at all times.
    """
    size = np.mean(true_mean**2, axis=-1)
    if np.any(size == 0.0):
        raise ValueError(
            "the true mean of an initial state is zero at all times, so its relative error is "
            "undefined; leave that initial state or observable out"
        )
    return float(np.mean(np.mean((predicted_mean - true_mean) ** 2, axis=-1) / size))


def grouped_test_error(
    predicted: Trajectories,
    truth: Float[np.ndarray, "starts true_runs times"],
    group: int,
    rng: np.random.Generator,
) -> Estimate:
    """Test error of means over ``group`` trajectories, averaged over disjoint groups.

    Group ``g`` of the predictions is compared with group ``g`` of the truth, so the groups are
    independent and the uncertainty is the standard error over them. With fewer than
    ``FEWEST_GROUPS`` groups it comes from resampling the runs of each
    (``squared_distance_error``). Runs of one index belong together across initial states, for they
    may share random numbers. Runs beyond the last whole group are not used.

    Parameters
    ----------
    predicted, truth : ``(starts, runs, times)``; the numbers of runs may differ
    group : trajectories a mean

    Raises
    ------
    ValueError
        if there are fewer than ``group`` runs.
    """
    one, other = _group_means(predicted, group), _group_means(truth, group)
    groups = min(len(one), len(other))
    errors = np.array([test_error(a, b) for a, b in zip(one[:groups], other[:groups], strict=True)])
    value = float(errors.mean())
    if groups >= FEWEST_GROUPS:
        return Estimate(value, float(np.std(errors, ddof=1) / np.sqrt(groups)))
    variances = []
    for runs in (slice(g * group, (g + 1) * group) for g in range(groups)):
        gram = _gram_of_runs(predicted[:, runs], truth[:, runs])
        error = squared_distance_error(gram, group, rng)
        if error is None:
            return Estimate(value)
        variances.append(error**2)
    return Estimate(value, float(np.sqrt(np.mean(variances) / groups)))


def shifted_test_errors(
    predicted: Trajectories,
    truth: Float[np.ndarray, "starts true_runs times"],
    members: Float[np.ndarray, "members starts member_runs times"],
    group: int,
) -> Float[np.ndarray, " members"]:
    """Test error after moving the prediction by each ensemble member's departure from the average.

    Member ``b`` of a jackknife ensemble runs with the same random numbers as the others, so the
    noise of its mean curve cancels in ``curve_b − average curve``. That difference is added to
    the predicted mean and the error computed again. The jackknife error of the result is what
    the training data leave undetermined.

    Parameters
    ----------
    predicted, truth : ``(starts, runs, times)``
    members : ``(members, starts, runs, times)``, common random numbers
    group : trajectories a mean, as in :func:`grouped_test_error`
    """
    curves = members.mean(axis=2)
    shifts = curves - curves.mean(axis=0)
    one, other = _group_means(predicted, group), _group_means(truth, group)
    pairs = list(zip(one, other, strict=False))
    return np.array([np.mean([test_error(a + shift, b) for a, b in pairs]) for shift in shifts])


def _group_means(
    trajectories: Trajectories, group: int
) -> Float[np.ndarray, "groups starts times"]:
    starts, runs, times = trajectories.shape
    groups = runs // group
    if groups == 0:
        raise ValueError(f"a mean over {group} trajectories needs as many runs; there are {runs}")
    whole = trajectories[:, : groups * group].reshape(starts, groups, group, times)
    return np.asarray(whole.mean(axis=2).swapaxes(0, 1))


def _gram_of_runs(
    predicted: Trajectories, truth: Trajectories
) -> Float[np.ndarray, "all_runs all_runs"]:
    """Inner products of runs in which the squared distance of means is the test error."""
    starts, _, times = truth.shape
    centre = truth.mean(axis=1, keepdims=True)
    scale = np.sqrt(starts * times * np.mean(centre**2, axis=2, keepdims=True))
    runs = np.concatenate([predicted - centre, truth - centre], axis=1) / scale
    flat = runs.swapaxes(0, 1).reshape(runs.shape[1], starts * times)
    return np.asarray(flat @ flat.T)
