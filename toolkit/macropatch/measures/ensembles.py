"""Stationary ensembles as metric records: ours, and samples of the stationary law beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import xarray as xr

from macropatch.contract.results import Evaluation, Metric
from macropatch.measures.blocking import estimate_of_means, stationary_mean
from macropatch.measures.critical import binder_cumulant, order_parameter, susceptibility
from macropatch.measures.uncertainty import Estimate, jackknife_error, quadrature

OF_ONE_SERIES = Callable[[np.ndarray], Estimate]


def measure_stationary(evaluation: Evaluation) -> list[Metric]:
    """``stationary_mean`` and ``stationary_sd`` of each observable at each condition.

    Of the long ensembles of the SDE (source ``sde``) and of the system's own sampler (``direct``).
    """
    metrics = []
    for labels, ensembles in at_conditions(evaluation):
        for name in map(str, ensembles["sde"]["observable"].values):
            for record, statistic in (
                ("stationary_mean", stationary_mean),
                ("stationary_sd", standard_deviation),
            ):
                own = {**labels, "observable": name}
                metrics += compared(record, own, ensembles, name, statistic)
    return metrics


def measure_critical(evaluation: Evaluation) -> list[Metric]:
    """``abs_m``, ``chi`` and ``binder`` of the observable ``m`` at each temperature.

    Labels are ``size`` (the edge), ``temperature`` and ``source``.
    """
    metrics = []
    for labels, ensembles in at_conditions(evaluation):
        temperature = labels.get("temperature", labels.get("system.temperature"))
        if temperature is None or "m" not in ensembles["sde"]["observable"].values:
            raise ValueError(
                "it takes an observable 'm' and a temperature, as a condition or swept setting"
            )
        edges = set(evaluation.size)
        size = int(edges.pop()) if len(edges) == 1 else list(evaluation.size)
        own = {**labels, "temperature": float(temperature), "size": size}
        for record, statistic in statistics_of_m(evaluation.sites, float(temperature)).items():
            metrics += compared(record, own, ensembles, "m", statistic)
    return metrics


def statistics_of_m(sites: int, temperature: float) -> dict[str, OF_ONE_SERIES]:
    """What is measured of a magnetisation, by the names of the records."""
    return {
        "abs_m": order_parameter,
        "chi": lambda m: susceptibility(m, sites, temperature),
        "binder": binder_cumulant,
    }


def standard_deviation(series: np.ndarray) -> Estimate:
    """Of a stationary series ``(runs, times)``, with its error."""
    centred = series - series.mean()
    records = np.stack([centred, centred**2], axis=-1)
    return estimate_of_means(
        records, lambda m: np.sqrt(np.maximum(m[:, 1] - m[:, 0] ** 2, 0.0)), centred
    )


def at_conditions(
    evaluation: Evaluation,
) -> Iterator[tuple[dict[str, Any], dict[str, xr.DataArray]]]:
    """Labels and ensembles (``sde``, ``members``, ``direct``) at each combination of conditions.

    Raises
    ------
    ValueError
        if no stationary ensembles were asked for.
    """
    ours = evaluation.stationary
    if ours is None:
        raise ValueError("it takes stationary ensembles: add a table [predict.stationary]")
    members, direct = evaluation.stationary_members, evaluation.equilibrium
    for index in range(ours.sizes["condition"]):
        at = {name: float(ours[name].values[index]) for name in evaluation.conditions}
        found = {"sde": ours[index]}
        if members is not None:
            found["members"] = members[:, index]
        if direct is not None:
            found["direct"] = direct[index]
        yield {**evaluation.labels, **at}, found


def compared(
    record: str,
    labels: dict[str, Any],
    ensembles: dict[str, xr.DataArray],
    observable: str,
    statistic: OF_ONE_SERIES,
) -> list[Metric]:
    """A statistic of both sources; the error of ours includes that of the fit."""
    series = {key: x.sel(observable=observable).values for key, x in ensembles.items()}
    ours = statistic(series["sde"])
    fit = None
    if "members" in series:
        fit = jackknife_error(np.array([statistic(one).value for one in series["members"]]))
    direct = statistic(series["direct"]) if "direct" in series else None
    found = [
        Metric(
            record,
            ours.value,
            quadrature(ours.uncertainty, fit),
            {**labels, "source": "sde"},
            reference=None if direct is None else direct.value,
        )
    ]
    if direct is not None:
        told = {**labels, "source": "direct"}
        found.append(Metric(record, direct.value, direct.uncertainty, told))
    return found
