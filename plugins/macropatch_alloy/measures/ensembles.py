"""Ensembles of short-range order by source and temperature: ours, exchanges, jumps of vacancies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from macropatch.contract.results import Evaluation
from macropatch.measures import Estimate, stationary_mean
from macropatch.measures.ensembles import at_conditions
from macropatch_alloy.measures.settling import differs, drifts


@dataclass(frozen=True)
class Ensemble:
    """Order of a system at one temperature, as one source has it.

    Attributes
    ----------
    source : ``sde``; ``swap`` (exchanges by Monte Carlo); ``kmc``, ``pool`` (jumps of vacancies in
        the large and the small system, the late half of their records)
    temperature : kelvin
    sites : of the system
    values : ``(runs, records, pairs)``
    members : ``(member, runs, records, pairs)``, those of the SDE's ensemble, each on its own
    settled : whether it can be taken for equilibrium
    """

    source: str
    temperature: float
    sites: int
    values: Float[np.ndarray, "runs records pairs"]
    members: Float[np.ndarray, "members any_runs records pairs"] | None = None
    settled: bool = True

    def means(self) -> list[Estimate]:
        """Mean of each pair with its sampling error: over runs where vacancies jump."""
        return [self._mean(self.values[..., pair]) for pair in range(self.values.shape[-1])]

    def _mean(self, series: Float[np.ndarray, "runs records"]) -> Estimate:
        if self.source != "pool" or len(series) < 2:
            return stationary_mean(series)
        of_runs = series.mean(axis=1)
        return Estimate(float(series.mean()), float(of_runs.std(ddof=1) / np.sqrt(len(of_runs))))


def ensembles_of(evaluation: Evaluation) -> list[Ensemble]:
    """All that an evaluation holds, those of the SDE first.

    Direct simulations have not settled at a temperature if one pair still drifts there or differs
    from the exchanges (:mod:`~macropatch_alloy.measures.settling`), and nowhere below the
    temperatures that the SDE is fitted to. Of the small system there are all temperatures, but for
    an SDE of a single one only that.

    Raises
    ------
    ValueError
        if no stationary ensembles were asked for or there is no temperature.
    """
    ours, swaps = [], []
    for labels, found in at_conditions(evaluation):
        if "temperature" not in labels:
            raise ValueError("it takes an alloy with the condition 'temperature'")
        here = (float(labels["temperature"]), evaluation.sites)
        members = found["members"].values if "members" in found else None
        ours.append(Ensemble("sde", *here, found["sde"].values, members))
        if "direct" in found:
            swaps.append(Ensemble("swap", *here, found["direct"].values))
    fitted = {one.temperature for one in ours}
    exchanged = {one.temperature: one.means() for one in swaps}
    jumps, small = list(_direct(evaluation)), list(_small(evaluation))
    if len(fitted) == 1:
        small = [one for one in small if one.temperature in fitted]
    judged = []
    for one in (*jumps, *small):
        apart = differs(one.means(), exchanged.get(one.temperature))
        settled = one.settled and not apart and one.temperature >= min(fitted)
        judged.append(replace(one, settled=settled))
    return [*ours, *swaps, *judged]


def _direct(evaluation: Evaluation) -> Iterator[Ensemble]:
    """Late halves of both sets of direct simulations, all starts of a temperature together."""
    temperatures = np.asarray(evaluation.truth["temperature"].values, dtype=float)
    runs = np.concatenate([evaluation.truth.values, evaluation.truth_again.values], axis=1)
    late = runs[:, :, runs.shape[2] // 2 :]
    for temperature in np.unique(temperatures):
        starts = late[temperatures == temperature]
        yield Ensemble(
            "kmc", float(temperature), evaluation.sites, np.concatenate(list(starts)),
            settled=not any(drifts(one) for one in starts),
        )  # fmt: skip


def _small(evaluation: Evaluation) -> Iterator[Ensemble]:
    """Late halves of the small system's runs, at all temperatures of the pool."""
    pool = evaluation.pool
    if pool is None:
        return
    runs = len(np.unique(pool["run"].values))
    values = np.asarray(pool.values).reshape(runs, -1, pool.sizes["observable"])
    temperatures = np.asarray(pool["temperature"].values).reshape(runs, -1)[:, 0]
    late = values[:, values.shape[1] // 2 :]
    for temperature in np.unique(temperatures):
        own = late[temperatures == temperature]
        sites = int(pool.attrs["sites"])
        yield Ensemble("pool", float(temperature), sites, own, settled=not drifts(own))
