"""The tables of an experiment file, one pydantic model each (plugins bring their own as well)."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

Edge = Annotated[int, Field(ge=1, le=10**8)]
Duration = Annotated[float, Field(gt=0, le=1e12)]
Count = Annotated[int, Field(ge=1, le=10**9)]
Scheme = Literal["partial", "published", "naive"]


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, int | str) and not isinstance(value, bool) else value


SizeSetting = Annotated[tuple[Edge, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
Schemes = Annotated[tuple[Scheme, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
Start = dict[str, Any]


class Table(BaseModel):
    """Base of all tables: immutable; a misspelt key is an error; no NaN or infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ExperimentTable(Table):
    """``[experiment]``: what it is called and the seed of all its random numbers."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,79}$")]
    description: Annotated[str, Field(max_length=2000)] = ""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0


class SmallTable(Table):
    """``[small]``: trajectories of the small system, the pool.

    ``size`` is the patch's if it is not given. Each of ``runs`` starts from ``start`` (the system's
    own start settings) and is recorded ``records`` times, ``record_every`` time units apart. With
    ``from``, snapshots of one's own are the pool instead: a Zarr group with the arrays of a state.
    ``conditions`` lists the pool's values of a condition where it has more of them than the SDE is
    fitted at (table ``[conditions]``).
    """

    from_: Annotated[str, Field(min_length=1)] | None = Field(default=None, alias="from")
    size: SizeSetting | None = None
    runs: Annotated[int, Field(ge=5, le=10**7)] = 1000
    records: Annotated[int, Field(ge=1, le=10**6)] = 200
    record_every: Annotated[Duration | None, Field(validate_default=True)] = None
    start: Start = {}
    conditions: dict[str, tuple[float, ...]] = {}

    @field_validator("runs", "records", "record_every", "start", "conditions")
    @classmethod
    def _simulated_or_imported(cls, value: Any, info: ValidationInfo) -> Any:
        imported = info.data.get("from_") is not None
        if imported and value is not None:
            raise ValueError("has no meaning beside from, which takes snapshots from a file")
        if value is None and not imported and "from_" in info.data:
            raise PydanticCustomError("missing", "missing")
        return value


class LargeTable(Table):
    """``[large]``: the system that is to be predicted."""

    size: SizeSetting


class UpsampleTable(Table):
    """``[upsample]``: snapshots of the large system.

    A share ``random_share`` of ``snapshots`` is drawn from ``random_start`` and evolves for times
    up to ``random_time``: they teach the way from the starts, which tiled snapshots leave as they
    relax. So does a share ``given_share`` from the starts of ``[predict]``. The others are tiled
    from the pool (``join`` different snapshots of similar observables, or ``repeat`` one; a share
    ``repeat_share`` under ``mixture``) and relaxed for ``relax`` time units: level by level, edges
    growing by ``factor`` at a time as long as that divides what is left. ``auto`` doubles the time
    of each level, from ``dt`` on and with so many ``pilots``, until the drift given ``z`` changes
    by no more than its standard error; it fails if that is longer than ``relax_at_most`` (default:
    1,000 pair durations). Where relaxation is long, take ``along``
    snapshots of each relaxed trajectory, ``along_every`` time units apart.
    """

    snapshots: Annotated[int, Field(ge=10, le=10**8)] = 200_000
    random_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    random_start: Start = {}
    random_time: Annotated[float, Field(ge=0, le=1e12)] = 0.0
    given_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    tiling: Literal["join", "repeat", "mixture"] = "join"
    repeat_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    factor: Annotated[int, Field(ge=2, le=10**6)] = 2
    relax: Annotated[float, Field(ge=0, le=1e12)] | Literal["auto"] = 0.0
    pilots: Annotated[int, Field(ge=500, le=10**7)] = 10_000
    relax_at_most: Annotated[float, Field(gt=0, le=1e12)] | None = None
    along: Annotated[int, Field(ge=1, le=10**6)] = 1
    along_every: Annotated[Duration | None, Field(validate_default=True)] = None

    @field_validator("given_share")
    @classmethod
    def _shares(cls, value: float, info: ValidationInfo) -> float:
        if value + info.data.get("random_share", 0.0) > 1.0:
            raise ValueError("and random_share are together more than 1")
        return value

    @field_validator("along_every")
    @classmethod
    def _apart(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is None and info.data.get("along", 1) > 1:
            raise ValueError("is missing: how far apart are the snapshots of a trajectory?")
        return value


class EvolveTable(Table):
    """``[evolve]``: partial evolution.

    ``patches`` of the ``K`` patches of each snapshot are evolved for ``dt``; ``average`` joins them
    to one pair. ``surroundings`` defaults to the first kind that the system declares; ``halo`` is
    the width of kind ``halo``. The first scheme is the headline; the others are baselines, with
    one patch a snapshot. ``cell`` defaults to the smallest patch of the sweep, edges at most 16.
    With ``control_variate`` the drift is fitted to increments less their regression on the patches'
    martingale (systems with that capability, scheme ``partial``): equal mean, less noise.
    """

    scheme: Schemes = ("partial",)
    patch_size: SizeSetting
    dt: Duration
    surroundings: str | None = None
    halo: Annotated[int, Field(ge=0, le=10**6)] = 4
    patches: Count | Literal["all"] = 1
    average: bool = True
    control_variate: bool = False
    cell: SizeSetting | None = None

    @model_validator(mode="after")
    def _schemes_differ(self) -> EvolveTable:
        if len(set(self.scheme)) != len(self.scheme):
            raise ValueError("lists a scheme twice")
        return self


class TrainingTable(Table):
    """``[training]``: how networks are trained.

    ``patience`` counts epochs without a better held-out likelihood: after it the learning rate is
    divided by ``decay``, until it is below ``learning_rate_floor`` or ``epochs`` are done.
    """

    batch: Annotated[int, Field(ge=1, le=10**7)] = 1024
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 3e-3
    learning_rate_floor: Annotated[float, Field(gt=0, le=1)] = 1e-5
    decay: Annotated[float, Field(gt=1, le=1000)] = 4.0
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 1e-4
    epochs: Annotated[int, Field(ge=1, le=10**6)] = 40
    patience: Annotated[int, Field(ge=1, le=10**6)] = 3
    gradient_clip: Annotated[float, Field(gt=0, le=1e6)] = 1.0
    closure_cells: Annotated[int, Field(ge=10, le=10**8)] = 50_000


class StationaryTable(Table):
    """``[predict.stationary]``: long ensembles of the fitted SDE at each condition.

    ``runs`` trajectories (``member_runs`` of each member) begin in training snapshots, run for
    ``burn_in`` and are recorded ``records`` times, ``record_every`` time units apart.
    """

    runs: Annotated[int, Field(ge=2, le=10**7)] = 200
    member_runs: Annotated[int, Field(ge=2, le=10**7)] = 40
    records: Annotated[int, Field(ge=2, le=10**7)] = 200
    record_every: Duration
    burn_in: Annotated[float, Field(ge=0, le=1e12)]


class PredictTable(Table):
    """``[predict]``: ensembles of the fitted SDE.

    ``starts`` are the system's own start settings; ``clamp`` keeps trajectories inside the range of
    the training data and reports the share clamped. Predictions, and direct simulations, are made
    at the ``conditions`` listed, by default all. A table ``stationary`` asks for long ensembles.
    """

    starts: Annotated[tuple[Start, ...], Field(min_length=1)]
    duration: Duration
    record_every: Duration | None = None
    runs: Annotated[int, Field(ge=2, le=10**7)] = 200
    member_runs: Annotated[int, Field(ge=2, le=10**7)] = 40
    clamp: bool = False
    conditions: dict[str, tuple[float, ...]] = {}
    stationary: StationaryTable | None = None


class PublishedFigure(Table):
    """A cited figure that the report puts beside ours: matched by name and labels.

    ``exact`` ones become records of their own, of the source ``exact``.
    """

    name: str
    value: float
    labels: dict[str, str | int | float | list[int]] = {}


class EquilibriumTable(Table):
    """``[evaluate.equilibrium]``: samples of the stationary law of the large system.

    By the system's own faster sampler (capability ``equilibrate``), as a truth to compare with: it
    is no part of the method. ``runs`` independent ones from ``start`` at each combination of
    conditions, ``burn_in`` sweeps first, then ``records`` that are ``sweeps`` apart.
    """

    runs: Annotated[int, Field(ge=2, le=10**6)] = 20
    records: Annotated[int, Field(ge=1, le=10**7)] = 100
    sweeps: Annotated[int, Field(ge=1, le=10**9)] = 10
    burn_in: Annotated[int, Field(ge=0, le=10**9)] = 1000
    start: Start = {}


class EvaluateTable(Table):
    """``[evaluate]``: comparison with two independent sets of direct simulations.

    With ``closures`` they are encoded too, and ``mmd`` also compares all of ``z``; each encoder
    then has direct simulations of its own. With a table ``equilibrium`` the stationary law is
    sampled as well. With a ``critical_temperature`` exponents are fitted to the stationary
    ensembles of several sizes (measure ``critical``).
    """

    truth_runs: Annotated[int, Field(ge=2, le=10**7)] = 200
    group: Annotated[int, Field(ge=2, le=10**6)] = 20
    closures: bool = False
    equilibrium: EquilibriumTable | None = None
    critical_temperature: Annotated[float, Field(gt=0, le=1e12)] | None = None
    measures: tuple[str, ...] = ("test_error", "mean", "standard_deviation")
    published: tuple[PublishedFigure, ...] = ()
    exact: tuple[PublishedFigure, ...] = ()


class ReportTable(Table):
    """``[report]``: the figures, in their order."""

    figures: tuple[str, ...] = (
        "test_error",
        "trajectories",
        "standard_deviation",
        "drift_and_diffusion",
        "stationary",
        "cost",
    )


class RunTable(Table):
    """``[run]``: how work is cut and where it runs; none of it changes results but ``task_size``.

    ``task_size`` is the number of snapshots (or pairs, or trajectories) of a task, ``workers = 0``
    means all cores, ``disk`` the bytes that stored snapshots may take before they are made again
    from their seeds instead.
    """

    task_size: Annotated[int, Field(ge=1, le=10**7)] = 4000
    workers: Annotated[int, Field(ge=0, le=4096)] = 0
    executor: Literal["auto", "threads", "processes"] = "auto"
    disk: Annotated[int, Field(ge=0)] = 4 * 10**9
    device: Literal["auto", "cpu", "cuda"] = "cpu"


class PluginChoice(Table):
    """A plugin's record by name, with the plugin's own settings."""

    name: str
    settings: Any


class SDEChoice(PluginChoice):
    """``[sde]``: the model, the variance ratio ``λ`` and the size of the ensemble.

    ``lambda`` is ``"K"``, a number or ``"calibrated"`` (then with a relative standard error of at
    most ``calibration_error``; with ``calibration_matrix`` the whole matrix is measured). At a
    smaller ``calibration_size`` it costs less: ``λ/K`` is then taken from there. Schemes
    ``published`` and ``naive`` ignore ``λ``. With ``symmetry`` the system's ``reflect`` is a
    symmetry of the fit: closures, drift and diffusion have parities.
    """

    lambda_: Annotated[float, Field(gt=0, le=1e12)] | Literal["K", "calibrated"] = Field(
        default="calibrated", alias="lambda"
    )
    ensemble: Annotated[int, Field(ge=1, le=5)] = 5
    calibration_error: Annotated[float, Field(gt=0, le=1)] = 0.05
    calibration_matrix: bool = False
    calibration_size: SizeSetting | None = None

    @field_validator("calibration_size")
    @classmethod
    def _by_component(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("calibration_matrix"):
            raise ValueError("goes with ratios by component alone, not with calibration_matrix")
        return value

    symmetry: bool = False


class Experiment(Table):
    """A whole, validated experiment (one member of a sweep)."""

    experiment: ExperimentTable
    system: PluginChoice
    conditions: dict[str, tuple[float, ...]] = {}
    small: SmallTable
    large: LargeTable
    upsample: UpsampleTable = UpsampleTable()
    evolve: EvolveTable
    closure: PluginChoice
    sde: SDEChoice
    training: TrainingTable = TrainingTable()
    predict: PredictTable
    evaluate: EvaluateTable = EvaluateTable()
    report: ReportTable = ReportTable()
    run: RunTable = RunTable()

    @property
    def record_every(self) -> float:
        """Between records of predictions; ``[small]``'s where ``[predict]`` has none.

        Infinite if neither has one, which is refused before any work.
        """
        return self.predict.record_every or self.small.record_every or math.inf

    @property
    def pool_conditions(self) -> dict[str, tuple[float, ...]]:
        """Values of each condition in the pool."""
        return {**self.conditions, **self.small.conditions}

    @property
    def small_size(self) -> tuple[int, ...]:
        """Edges of the small system."""
        return self.small.size or self.evolve.patch_size
