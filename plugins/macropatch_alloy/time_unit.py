"""How long a time unit is: the time of so many jumps of a vacancy, by temperature.

Rates span decades between 300 K and 3,000 K, and a vacancy mostly jumps to and fro. A unit of as
many jumps as it takes for that to be forgotten lets one duration serve all temperatures.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase.units import kB
from jaxtyping import Float

from macropatch_alloy.barriers.model import BarrierModel
from macropatch_alloy.compositions import equal_counts, random_alloys
from macropatch_alloy.lattices import CubicLattice

JUMPS = 125.0
"""Jumps of a time unit where none were measured: the paper's pair."""

SAMPLES = 400
"""Random alloys whose mean residence time is the unit where none was measured."""

CELLS = 8
"""Their edge, in cubic cells."""


@dataclass(frozen=True)
class TimeUnit:
    """Seconds of a time unit; between temperatures log-linear in ``1/T``, beyond them too."""

    temperatures: tuple[float, ...]
    seconds: tuple[float, ...]

    def __call__(self, kelvin: Float[np.ndarray, " count"]) -> Float[np.ndarray, " count"]:
        """Seconds at temperatures in K. Raises ``ValueError`` unless they are above 0 K."""
        if not (np.asarray(kelvin) > 0.0).all():
            raise ValueError(
                f"temperatures of {np.min(kelvin)} to {np.max(kelvin)} K: they are > 0"
            )
        inverse, logs = 1.0 / np.array(self.temperatures), np.log(self.seconds)
        order = np.argsort(inverse)
        x, y = inverse[order], logs[order]
        if len(x) == 1:
            return np.full(len(kelvin), float(self.seconds[0]))
        at = 1.0 / np.asarray(kelvin, dtype=np.float64)
        piece = np.clip(np.searchsorted(x, at) - 1, 0, len(x) - 2)
        slope = (y[piece + 1] - y[piece]) / (x[piece + 1] - x[piece])
        return np.asarray(np.exp(y[piece] + slope * (at - x[piece])))

    def scaled(self, factor: float) -> TimeUnit:
        """Units so many times as long."""
        return TimeUnit(self.temperatures, tuple(factor * one for one in self.seconds))


def residence_times(
    model: BarrierModel, frequency: float, jumps: float = JUMPS, samples: int = SAMPLES
) -> TimeUnit:
    """So many mean residence times of a vacancy in random alloys of equal parts."""
    lattice = CubicLattice(model.structure, model.constant, (CELLS, CELLS, CELLS))
    counts = equal_counts(lattice, len(model.species) - 1, 1)
    rng = np.random.default_rng(0)
    occupation, vacancies = random_alloys(lattice, counts, samples, rng)
    barriers = np.stack([
        model.evaluate(lattice, *one)[0] for one in zip(occupation, vacancies, strict=True)
    ])  # fmt: skip
    kelvin = np.geomspace(100.0, 10_000.0, 60)
    rates = frequency * np.exp(-barriers[None] / (kB * kelvin[:, None, None])).sum(axis=2)
    seconds = jumps * (1.0 / rates).mean(axis=1)
    return TimeUnit(tuple(kelvin.tolist()), tuple(seconds.tolist()))


def load_time_unit(path: Path, name: str) -> TimeUnit:
    """What was measured with barriers of a name.

    Raises
    ------
    ValueError
        if the file holds something else; names it.
    """
    try:
        content = json.loads(path.read_text())[name]
        unit = TimeUnit(*(tuple(map(float, content[key])) for key in ("temperature", "seconds")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: no time units of {name!r} ({error!r})") from error
    numbers, count = np.array([*unit.temperatures, *unit.seconds]), len(set(unit.temperatures))
    if (
        not len(unit.temperatures) == len(unit.seconds) == count > 0
        or not (np.isfinite(numbers) & (numbers > 0)).all()
    ):
        raise ValueError(
            f"{path}: time units of {name!r} are no positive numbers at distinct temperatures"
        )
    return unit
