"""Measures of trajectories and stationary ensembles: pure functions of arrays.

The functions know nothing of experiments and run folders. :mod:`macropatch.measures.evaluations`
turns them into metric records, which :mod:`macropatch.measures.plugin` registers.
"""

from macropatch.measures.autocorrelation import (
    effective_sample_size,
    integrated_autocorrelation_time,
)
from macropatch.measures.blocking import (
    blocking_error,
    estimate_of_means,
    independent_means,
    stationary_mean,
)
from macropatch.measures.collapse import Collapse, ScalingForm, collapse_quality, fit_collapse
from macropatch.measures.critical import binder_cumulant, order_parameter, susceptibility
from macropatch.measures.crossing import Crossing, crossing, neighbouring_crossings
from macropatch.measures.fluctuations import (
    equilibrium_mean,
    equilibrium_standard_deviation,
    last_half,
    ratio,
)
from macropatch.measures.mmd import mmd, mmd_at_times, trajectory_mmd
from macropatch.measures.relaxation import path_error, relaxation_time
from macropatch.measures.scaling import LocalFit, PowerLaw, fit_at, fit_power_law
from macropatch.measures.trajectories import (
    grouped_test_error,
    shifted_test_errors,
    test_error,
)
from macropatch.measures.uncertainty import (
    Estimate,
    bootstrap_error,
    jackknife_error,
    quadrature,
    squared_distance_error,
)

__all__ = [
    "Collapse",
    "Crossing",
    "Estimate",
    "LocalFit",
    "PowerLaw",
    "ScalingForm",
    "binder_cumulant",
    "blocking_error",
    "bootstrap_error",
    "collapse_quality",
    "crossing",
    "effective_sample_size",
    "equilibrium_mean",
    "equilibrium_standard_deviation",
    "estimate_of_means",
    "fit_at",
    "fit_collapse",
    "fit_power_law",
    "grouped_test_error",
    "independent_means",
    "integrated_autocorrelation_time",
    "jackknife_error",
    "last_half",
    "mmd",
    "mmd_at_times",
    "neighbouring_crossings",
    "order_parameter",
    "path_error",
    "quadrature",
    "ratio",
    "relaxation_time",
    "shifted_test_errors",
    "squared_distance_error",
    "stationary_mean",
    "susceptibility",
    "test_error",
    "trajectory_mmd",
]
