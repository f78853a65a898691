"""How long predictions and direct simulations remember, as metric records."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from macropatch.contract.results import Evaluation, Metric
from macropatch.measures.autocorrelation import integrated_autocorrelation_time
from macropatch.measures.evaluations import by_condition
from macropatch.measures.fluctuations import last_half
from macropatch.measures.uncertainty import Estimate, jackknife_error, quadrature

SERIES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {"": lambda x: x, "abs_": np.abs}
"""What precedes the name of an observable, and what it says."""


def measure_autocorrelation(evaluation: Evaluation) -> list[Metric]:
    """``autocorrelation_time`` of each observable and of its size (``abs_m``), in time units.

    Of the late halves of equally long runs, predicted and direct: where a run is not many times as
    long as what it forgets, both are too short by as much. The mean is that over all runs, of an
    observable of both signs with symmetric starts zero.
    """
    metrics = []
    for one in by_condition(evaluation):
        every = float(np.diff(one.truth["time"].values[:2])[0])
        for name in map(str, one.truth["observable"].values):
            both_signs = float(one.truth.sel(observable=name).min()) < 0.0
            for prefix, function in SERIES.items():
                if prefix and not both_signs:
                    continue

                def time(runs: np.ndarray, of: Callable[..., np.ndarray] = function) -> Estimate:
                    late = of(last_half(runs)).reshape(-1, last_half(runs).shape[-1])
                    return integrated_autocorrelation_time(late)

                ours, direct = (
                    time(x.sel(observable=name).values) for x in (one.predicted, one.truth)
                )
                fit = None
                if one.members is not None:
                    members = one.members.sel(observable=name).values
                    fit = jackknife_error(np.array([time(member).value for member in members]))
                error = quadrature(ours.uncertainty, fit)
                labels = {**one.labels, "observable": prefix + name}
                for source, estimate, told in (
                    ("sde", ours, error), ("direct", direct, direct.uncertainty)
                ):  # fmt: skip
                    metrics.append(
                        Metric(
                            "autocorrelation_time",
                            every * estimate.value,
                            None if told is None else every * told,
                            {**labels, "source": source},
                            reference=every * direct.value if source == "sde" else None,
                        )
                    )
    return metrics
