"""Figures, one a file: each draws :class:`~macropatch.contract.results.Results` on an axes.

    >>> axes = draw_test_error(results)
    >>> axes.figure.savefig("test_error.pdf")

Without ``ax`` a figure makes its own Matplotlib figure, outside pyplot's global state.
"""

from macropatch.report.figures.appearance import NothingToDrawError, to_svg
from macropatch.report.figures.cost import draw_cost
from macropatch.report.figures.drift_and_diffusion import draw_drift_and_diffusion
from macropatch.report.figures.finite_size_collapse import draw_finite_size_collapse
from macropatch.report.figures.mmd import draw_mmd
from macropatch.report.figures.mmd_over_time import draw_mmd_over_time
from macropatch.report.figures.phase_portrait import draw_phase_portrait
from macropatch.report.figures.scaling_laws import draw_scaling_laws
from macropatch.report.figures.snapshots import draw_snapshots
from macropatch.report.figures.standard_deviation import draw_standard_deviation
from macropatch.report.figures.stationary import draw_stationary
from macropatch.report.figures.test_error import draw_test_error
from macropatch.report.figures.trajectories import draw_trajectories

__all__ = [
    "NothingToDrawError",
    "draw_cost",
    "draw_drift_and_diffusion",
    "draw_finite_size_collapse",
    "draw_mmd",
    "draw_mmd_over_time",
    "draw_phase_portrait",
    "draw_scaling_laws",
    "draw_snapshots",
    "draw_standard_deviation",
    "draw_stationary",
    "draw_test_error",
    "draw_trajectories",
    "to_svg",
]
