"""Settings of the spin systems, as users write them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from macropatch.contract import PluginSettings

Magnetisation = Annotated[float, Field(ge=-1, le=1)]


class SpinSettings(PluginSettings):
    """What all spin systems share.

    ``temperature`` and ``field`` named in ``conditions`` vary between snapshots (table
    ``[conditions]``), and the numbers here are then not used.
    """

    temperature: Annotated[float, Field(gt=0, le=1e6)]
    field: Annotated[float, Field(ge=-1e6, le=1e6)]
    conditions: tuple[Literal["temperature", "field"], ...] = ()

    @field_validator("conditions")
    @classmethod
    def _no_repeats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("lists a condition twice")
        return value


class CurieWeissSettings(SpinSettings):
    """``[system] name = "curie-weiss"``; energies are in units of the coupling."""

    temperature: Annotated[float, Field(gt=0, le=1e6)] = 1.1
    field: Annotated[float, Field(ge=-1e6, le=1e6)] = 0.1


class IsingSettings(SpinSettings):
    """``[system] name = "ising"``: ``coupling`` is the unit of energies in the paper, 1."""

    temperature: Annotated[float, Field(gt=0, le=1e6)] = 2.5
    field: Annotated[float, Field(ge=-1e6, le=1e6)] = 0.1
    coupling: Annotated[float, Field(ge=-1e6, le=1e6)] = 1.0


class SpinStart(PluginSettings):
    """How spins start: ``m`` a magnetisation, or a range ``[low, high]`` drawn from uniformly.

    The spins that point up are chosen at random; their number is the nearest to ``m``.
    """

    m: Magnetisation | tuple[Magnetisation, Magnetisation] = (-1.0, 1.0)

    @field_validator("m")
    @classmethod
    def _ordered(cls, value: float | tuple[float, float]) -> float | tuple[float, float]:
        if isinstance(value, tuple) and value[0] > value[1]:
            raise ValueError("the range is [low, high] with low <= high")
        return value
