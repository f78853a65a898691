"""Measures of predicted against true trajectories: pure functions of arrays.

The functions know nothing of experiments and run folders. :mod:`macropatch.measures.evaluations`
turns them into metric records, which :mod:`macropatch.measures.plugin` registers.
"""

from macropatch.measures.fluctuations import (
    equilibrium_mean,
    equilibrium_standard_deviation,
    last_half,
    ratio,
)
from macropatch.measures.mmd import mmd, mmd_at_times, trajectory_mmd
from macropatch.measures.trajectories import (
    grouped_test_error,
    shifted_test_errors,
    test_error,
)
from macropatch.measures.uncertainty import (
    Estimate,
    blocking_error,
    bootstrap_error,
    integrated_autocorrelation_time,
    jackknife_error,
    quadrature,
    squared_distance_error,
)

__all__ = [
    "Estimate",
    "blocking_error",
    "bootstrap_error",
    "equilibrium_mean",
    "equilibrium_standard_deviation",
    "grouped_test_error",
    "integrated_autocorrelation_time",
    "jackknife_error",
    "last_half",
    "mmd",
    "mmd_at_times",
    "quadrature",
    "ratio",
    "shifted_test_errors",
    "squared_distance_error",
    "test_error",
    "trajectory_mmd",
]
