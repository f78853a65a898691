"""Short-range order as records: against temperature, against size, and a test of equilibrium."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from macropatch.contract.results import Evaluation, Metric
from macropatch.measures import Estimate, jackknife_error, quadrature
from macropatch.measures.ensembles import standard_deviation
from macropatch_alloy.measures.ensembles import Ensemble, ensembles_of
from macropatch_alloy.measures.equal_means import mean_chi_square, p_value

SYMBOL = re.compile("[A-Z][a-z]?")


def measure_short_range_order(evaluation: Evaluation) -> list[Metric]:
    """Records ``delta``, ``delta_by_size``, ``delta_spread_by_size``, ``equilibrium_chi_square``.

    Labels are ``pair``, ``temperature`` (K) and ``source``: ``sde`` (ours; the error includes that
    of the fit), ``swap`` (exchanges by Monte Carlo), ``kmc`` and ``pool`` (jumps of vacancies in
    the large and the small system, the late half). ``settled`` is false where the latter two are in
    no equilibrium. Records by size have the label ``sites``. The reference of ours is ``kmc`` where
    that has settled, else ``swap``.

    ``equilibrium_chi_square`` compares ``swap`` with settled ``kmc`` over the pairs of unlike
    species and all temperatures; its label ``degrees`` counts both, and ``equilibrium_p_value``
    is the probability of a larger one.

    Raises
    ------
    ValueError
        if no stationary ensembles were asked for or there is no temperature.
    """
    names = [str(name) for name in evaluation.truth["observable"].values]
    pairs = [name for name in names if name != "energy"]  # which is the last, if there
    ensembles = ensembles_of(evaluation)
    fitted = {one.temperature for one in ensembles if one.source == "sde"}
    metrics = []
    for one in ensembles:
        means = [_with_fit(one, index, _mean_alone, mean) for index, mean in enumerate(one.means())]
        references = _references(ensembles, one)
        by_size = one.temperature in fitted
        for index, (pair, mean) in enumerate(zip(pairs, means, strict=True)):
            labels: dict[str, Any] = {
                **evaluation.labels,
                "pair": pair,
                "temperature": one.temperature,
                "source": one.source,
                **({} if one.settled else {"settled": False}),
            }
            reference = references[index] if references else None
            metrics.append(
                Metric("delta", mean.value, mean.uncertainty, labels, reference=reference)
            )
            if by_size:
                labels = {**labels, "sites": one.sites}
                spread = standard_deviation(one.values[..., index])
                spread = _with_fit(one, index, _spread_alone, spread)
                for name, figure in (("delta_by_size", mean), ("delta_spread_by_size", spread)):
                    metrics.append(Metric(name, figure.value, figure.uncertainty, labels))
    return metrics + _tested(evaluation, ensembles, pairs)


def unlike(pair: str) -> bool:
    """Whether a pair such as ``"NbMo"`` is of two species: their orders are independent."""
    return len(set(SYMBOL.findall(pair))) > 1


def _with_fit(
    ensemble: Ensemble, pair: int, alone: Callable[[np.ndarray], float], sampled: Estimate
) -> Estimate:
    """An estimate whose error includes that of the fit, from the members."""
    if ensemble.members is None:
        return sampled
    of_members = np.array([alone(member[..., pair]) for member in ensemble.members])
    return Estimate(sampled.value, quadrature(sampled.uncertainty, jackknife_error(of_members)))


def _mean_alone(series: np.ndarray) -> float:
    return float(series.mean())


def _spread_alone(series: np.ndarray) -> float:
    return float(series.std())


def _references(ensembles: list[Ensemble], own: Ensemble) -> list[float] | None:
    """Means to put beside ours."""
    if own.source != "sde":
        return None
    there = {
        one.source: one for one in ensembles if one.temperature == own.temperature and one.settled
    }
    beside = there.get("kmc", there.get("swap"))
    return None if beside is None else [mean.value for mean in beside.means()]


def _tested(evaluation: Evaluation, ensembles: list[Ensemble], pairs: list[str]) -> list[Metric]:
    """The test over all temperatures where both samplers are in equilibrium."""
    own = [index for index, pair in enumerate(pairs) if unlike(pair)]
    jumps = {one.temperature: one for one in ensembles if one.source == "kmc" and one.settled}
    found = [
        mean_chi_square(one.values[..., own], jumps[one.temperature].values[..., own])
        for one in ensembles
        if one.source == "swap" and one.temperature in jumps
    ]
    known = [figure for figure in found if figure is not None]
    if not known:
        return []
    degrees = len(own) * len(known)
    labels = {**evaluation.labels, "degrees": degrees}
    total = sum(known)
    return [
        Metric("equilibrium_chi_square", total, None, labels),
        Metric("equilibrium_p_value", p_value(total, degrees), None, labels),
    ]
