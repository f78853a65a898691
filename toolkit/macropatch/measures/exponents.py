"""Exponents of finite-size scaling, out of the stationary ensembles of several sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from macropatch.contract.results import Evaluation, Metric
from macropatch.measures.ensembles import at_conditions, statistics_of_m
from macropatch.measures.scaling import fit_at, fit_power_law
from macropatch.measures.uncertainty import Estimate, jackknife_error, quadrature

FEWEST = 3
"""A size counts that has so many temperatures: a parabola goes through them."""

SLOPE = "binder_slope"
SIZE = "large.size"


@dataclass(frozen=True)
class Curve:
    """What was measured of one size: temperatures, values and errors, of members values alone."""

    temperatures: np.ndarray
    values: np.ndarray
    errors: np.ndarray
    members: np.ndarray


def critical_exponents(
    evaluations: Sequence[Evaluation], critical_temperature: float
) -> list[Metric]:
    """``binder_slope`` of each size and ``exponent`` of ``abs_m``, ``chi``, ``binder_slope``.

    Values at the critical temperature are those of parabolas through all temperatures. Errors are
    of sampling and, in quadrature, of the fit: the same for each jackknife member.
    """
    groups: dict[str, list[Evaluation]] = {}
    for one in evaluations:
        told = {key: value for key, value in one.labels.items() if key != SIZE}
        groups.setdefault(str(sorted(told.items(), key=str)), []).append(one)
    metrics = []
    for group in groups.values():
        labels = {key: value for key, value in group[0].labels.items() if key != SIZE}
        for source in ("sde", "direct"):
            metrics += _of_source(group, source, critical_temperature, labels)
    return metrics


def _of_source(
    evaluations: Sequence[Evaluation], source: str, critical: float, labels: dict[str, Any]
) -> list[Metric]:
    curves = {max(one.size): _curves(one, source) for one in evaluations}
    curves = {edge: found for edge, found in sorted(curves.items()) if found}
    metrics = []
    own = {**labels, "source": source, "temperature": critical}
    edges = np.array(list(curves))
    for name in ("abs_m", "chi", SLOPE):
        at: list[tuple[Estimate, np.ndarray]] = [
            _at(critical, found[name], name) for found in curves.values()
        ]
        if name == SLOPE:
            metrics += [
                Metric(
                    SLOPE,
                    value.value,
                    quadrature(value.uncertainty, jackknife_error(members)),
                    {**own, "size": int(edge)},
                )
                for edge, (value, members) in zip(edges, at, strict=True)
            ]
        values = np.array([value.value for value, _ in at])
        errors = np.array([value.uncertainty or np.nan for value, _ in at])
        members = np.array([members for _, members in at])
        if len(edges) < 2 or not (values > 0).all() or not np.isfinite(errors).all():
            continue
        law = fit_power_law(edges, values, errors).exponent
        error = None  # a member without a power law leaves the error unknown
        if (members > 0).all():
            fits = [fit_power_law(edges, one, errors).exponent.value for one in members.T]
            error = quadrature(law.uncertainty, jackknife_error(np.array(fits)))
        metrics.append(Metric("exponent", law.value, error, {**own, "observable": name}))
    return metrics


def _curves(evaluation: Evaluation, source: str) -> dict[str, Curve]:
    """By the name of the record; nothing if there are too few temperatures."""
    found: dict[str, list[tuple[float, Estimate, list[float]]]] = {}
    for labels, ensembles in at_conditions(evaluation):
        temperature = labels.get("temperature")
        if temperature is None or source not in ensembles:
            return {}
        m = ensembles[source].sel(observable="m").values
        members = ensembles.get("members") if source == "sde" else None
        own = [] if members is None else list(members.sel(observable="m").values)
        for name, statistic in statistics_of_m(evaluation.sites, temperature).items():
            each = [statistic(one).value for one in own]
            found.setdefault(name, []).append((temperature, statistic(m), each))
    curves = {}
    for name, points in found.items():
        if len({temperature for temperature, _, _ in points}) < FEWEST:
            return {}
        curves[SLOPE if name == "binder" else name] = Curve(
            np.array([temperature for temperature, _, _ in points]),
            np.array([value.value for _, value, _ in points]),
            np.array([value.uncertainty or np.nan for _, value, _ in points]),
            np.array([members for _, _, members in points]).reshape(len(points), -1),
        )
    return curves


def _at(critical: float, curve: Curve, name: str) -> tuple[Estimate, np.ndarray]:
    """Value at the critical temperature (of Binder's cumulant: the steepness), also of members."""

    def fitted(values: np.ndarray) -> Estimate:
        fit = fit_at(critical, curve.temperatures, values, curve.errors)
        if name != SLOPE:
            return fit.value
        return Estimate(abs(fit.slope.value), fit.slope.uncertainty)

    members = np.array([fitted(values).value for values in curve.members.T])
    return fitted(curve.values), members
