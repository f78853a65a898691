"""Frozen records that hooks yield; factories are lazy, so that listing plugins stays quick."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from macropatch.contract.quantities import Geometry, Size, Surroundings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from macropatch.contract.closure import ClosureEncoder
    from macropatch.contract.results import Evaluation, Metric
    from macropatch.contract.sde import SDEModel
    from macropatch.contract.system import MicroscopicSystem


@dataclass(frozen=True)
class SystemExample:
    """The small case that the conformance suite runs.

    Attributes
    ----------
    settings, start : keyword arguments of the record's settings and start models
    size, patch, cell : edges of the system, of a patch and (or ``None``) of a cell
    dt : duration at which partial and whole evolution are compared (at most 0.1, or say why)
    surroundings : kind and width that are compared
    conditions : values of each condition; their combinations alternate between snapshots
    """

    size: Size
    patch: Size
    dt: float
    surroundings: Surroundings
    settings: Mapping[str, Any] = field(default_factory=dict)
    start: Mapping[str, Any] = field(default_factory=dict)
    cell: Size | None = None
    conditions: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def geometry(self) -> Geometry:
        """Patch and cell."""
        return Geometry(self.patch, self.cell)


@dataclass(frozen=True)
class SystemRecord:
    """A microscopic system.

    Attributes
    ----------
    name, summary : what settings files call it; one line for ``macropatch plugins``
    api_version : the contract that it was written for
    settings, start : its own pydantic models (``start`` describes initial states)
    capabilities : the optional members that it has
    surroundings : the kinds that its ``evolve_patches`` takes, preferred first
    releases_gil : whether kernels release the GIL (threads) or not (processes)
    factory : ``settings -> MicroscopicSystem``
    example : what the conformance suite runs
    """

    name: str
    summary: str
    api_version: int
    settings: type[BaseModel]
    start: type[BaseModel]
    capabilities: frozenset[str]
    surroundings: tuple[str, ...]
    releases_gil: bool
    factory: Callable[[Any], MicroscopicSystem]
    example: SystemExample


@dataclass(frozen=True)
class ClosureRecord:
    """A closure encoder: ``factory(settings) -> ClosureEncoder``."""

    name: str
    summary: str
    api_version: int
    settings: type[BaseModel]
    factory: Callable[[Any], ClosureEncoder]


@dataclass(frozen=True)
class SDERecord:
    """An SDE model: ``factory(settings, training, dimension, conditions, members) -> SDEModel``."""

    name: str
    summary: str
    api_version: int
    settings: type[BaseModel]
    factory: Callable[[Any, Any, int, int, int], SDEModel]


@dataclass(frozen=True)
class ExperimentRecord:
    """A named experiment: a settings file that the plugin ships."""

    name: str
    summary: str
    api_version: int
    path: Path


@dataclass(frozen=True)
class MeasureRecord:
    """A measure: ``factory()`` gives a pure function of an evaluation.

    ``stationary`` says that it takes stationary ensembles (``[predict.stationary]``), which an
    experiment then must ask for.
    """

    name: str
    summary: str
    api_version: int
    factory: Callable[[], Callable[[Evaluation], list[Metric]]]
    stationary: bool = False


@dataclass(frozen=True)
class FigureRecord:
    """A figure: ``factory()`` gives ``draw(results, ax=None) -> Axes``."""

    name: str
    summary: str
    api_version: int
    factory: Callable[[], Callable[..., Axes]]


Record = SystemRecord | ClosureRecord | SDERecord | ExperimentRecord | MeasureRecord | FigureRecord
