"""What measures return and figures draw: labelled data in, records and axes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import xarray as xr

if TYPE_CHECKING:
    from ase import Atoms


@dataclass(frozen=True)
class Metric:
    """One record of ``metrics.json``.

    Attributes
    ----------
    name : e.g. ``"test_error"``
    value, uncertainty : the figure and its standard error (or ``None``)
    labels : what tells it apart, e.g. ``{"scheme": "partial", "patch_size": 8}``
    floor : the same measure between two independent sets of true trajectories
    floor_uncertainty : its standard error
    reference : direct simulation
    published : cited figure
    """

    name: str
    value: float
    uncertainty: float | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    floor: float | None = None
    floor_uncertainty: float | None = None
    reference: float | None = None
    published: float | None = None


@dataclass(frozen=True)
class Evaluation:
    """Predicted and true trajectories of one member of a sweep under one scheme.

    All arrays have dimensions ``(start, run, time, observable)`` in that order, with coordinates
    ``time`` (unit in its attributes) and ``observable`` (names; ``start`` holds readable labels).
    Along ``start`` there are also the values of each condition by its name and, where the system
    tells it, ``physical_time``: how long a time unit is.

    Attributes
    ----------
    labels : what tells it apart: ``scheme``, ``patch_size``, ``lambda`` and the sweep's own keys
    predicted : trajectories of the fitted SDE (mean drift and covariance of the ensemble)
    members : ``(member, start, run, time, observable)``, each jackknife member's own trajectories
        with common random numbers, or ``None`` for an ensemble of one
    truth, truth_again : two independent sets of direct simulations
    group : trajectories that a published test error averages over (20)
    macroscopic : the same of all of ``z``, closures last along ``observable``, where direct
        simulations were encoded (``[evaluate] closures``)
    stationary : ``(condition, run, record, observable)``, long ensembles of the fitted SDE, where
        asked for (``[predict.stationary]``), with the values of each condition along ``condition``
        and the attribute ``record_every``
    stationary_members : ``(member, condition, run, record, observable)``, of each member
    equilibrium : ``(condition, run, record, observable)``, samples of the stationary law by the
        system's own sampler, where asked for (``[evaluate.equilibrium]``)
    pool : ``(record, observable)``, all records of the small system one after another, with the
        values of each condition along ``record``, and ``run``
    conditions : names of the conditions
    size : edges of the large system
    sites : its number of sites
    """

    labels: Mapping[str, Any]
    predicted: xr.DataArray
    members: xr.DataArray | None
    truth: xr.DataArray
    truth_again: xr.DataArray
    group: int = 20
    macroscopic: Evaluation | None = None
    stationary: xr.DataArray | None = None
    stationary_members: xr.DataArray | None = None
    equilibrium: xr.DataArray | None = None
    pool: xr.DataArray | None = None
    conditions: tuple[str, ...] = ()
    size: tuple[int, ...] = ()
    sites: int = 0


@dataclass(frozen=True)
class Results:
    """All that figures are drawn from.

    Attributes
    ----------
    experiment : name of the experiment
    evaluations : one a member and scheme, headline scheme first
    metrics : all metric records
    functions : one dataset for each fitted model (same order as ``evaluations``): ``drift`` and
        ``covariance`` of the SDE on a grid of each observable with the others at their mean, with
        dimensions ``(observable, grid)`` and, where the ensemble has members, their spread
        (``drift_error``); ``exact_drift``/``exact_covariance`` where the system knows them
    observables : name → (label, unit)
    time_unit : unit of all times
    seconds : stage → core seconds
    structures : label → a snapshot as ASE's ``Atoms``, of at most 20,000 atoms, where the system
        has the capability ``to_atoms``
    """

    experiment: str
    evaluations: tuple[Evaluation, ...]
    metrics: tuple[Metric, ...]
    functions: tuple[xr.Dataset, ...]
    observables: Mapping[str, tuple[str, str]]
    time_unit: str
    seconds: Mapping[str, float]
    structures: Mapping[str, Atoms] = field(default_factory=dict)
