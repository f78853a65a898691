"""The stages of a study: what each member and scheme needs; equal stages are one."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from macropatch.contract import Geometry, Size
from macropatch.experiment import Experiment, Study
from macropatch.experiment.tables import LargeTable
from macropatch.host import Host
from macropatch.pipeline.calibration import CalibrationStage
from macropatch.pipeline.closure import ClosureStage, default_cell
from macropatch.pipeline.equilibrium import EquilibriumStage
from macropatch.pipeline.evaluation import EvaluationStage
from macropatch.pipeline.imported_pool import ImportedPoolStage, Pool
from macropatch.pipeline.model import FitStage
from macropatch.pipeline.pairs import AlonePairsStage, PairsStage, PartialPairsStage
from macropatch.pipeline.pool import PoolStage
from macropatch.pipeline.pool_file import Layout, absent, check_pool_file
from macropatch.pipeline.prediction import PredictionStage
from macropatch.pipeline.preflight import surroundings_of
from macropatch.pipeline.relaxation import RelaxationStage
from macropatch.pipeline.snapshots import SnapshotsStage
from macropatch.pipeline.source import ClosureSource, SystemSource
from macropatch.pipeline.stationary import StationaryStage
from macropatch.pipeline.symmetry import Symmetry
from macropatch.pipeline.tiles import Growth, level_sizes
from macropatch.pipeline.truth import Beginning, TruthStage
from macropatch.runs.identity import plugin_fingerprint
from macropatch.runs.stage import Stage
from macropatch.stages.conditions import combinations

ORDER = (
    "simulate", "import", "relax", "upsample", "encode", "evolve", "calibrate", "fit", "predict",
    "stationary", "truth", "equilibrium", "evaluate",
)  # fmt: skip


MOST_PAIRS = 1000
"""Under ``relax = "auto"`` relaxation may take so many pair durations, unless the settings say."""


@dataclass(frozen=True)
class Branch:
    """One member of the sweep under one scheme: its last stage, through which all others hang."""

    labels: Mapping[str, Any]
    scheme: str
    evaluation: EvaluationStage

    @property
    def fit(self) -> FitStage:
        """The fit."""
        return self.evaluation.prediction.fit

    def stages(self) -> dict[str, Stage]:
        """Every stage it needs, by kind (``truth`` and ``truth_again``)."""
        found: dict[str, Stage] = {}
        for stage in _ancestors(self.evaluation):
            key = stage.kind
            if isinstance(stage, TruthStage) and stage.which == "again":
                key = "truth_again"
            if key in found:  # snapshots and pairs of the size that lambda is measured at
                key = f"{key}_of_calibration"
            found[key] = stage
        return found


@dataclass(frozen=True)
class Graph:
    """All branches of a study, the headline scheme of each member first."""

    study: Study
    branches: tuple[Branch, ...]
    stages: tuple[Stage, ...] = field(init=False)

    def __post_init__(self) -> None:
        unique: dict[str, Stage] = {}
        for branch in self.branches:
            for stage in _ancestors(branch.evaluation):
                unique.setdefault(stage.name, stage)
        ordered = sorted(unique.values(), key=lambda stage: ORDER.index(stage.kind))
        object.__setattr__(self, "stages", tuple(ordered))


def build_graph(study: Study, host: Host, stored: bool = True) -> Graph:
    """Stages of every member and scheme.

    Parameters
    ----------
    stored : whether snapshots are kept on disk, or made again from their seeds when needed
    """
    by_scheme: list[list[Branch]] = []
    patches = {member.evolve.patch_size for member in study.members}
    for member, labels in zip(study.members, study.labels, strict=True):
        cell = member.evolve.cell or default_cell(member.evolve.patch_size, patches)
        shared = _shares_martingale(member, study)
        by_scheme.append(_branches(member, labels, host, cell, stored, shared))
    ordered = [branches[i] for i in range(len(by_scheme[0])) for branches in by_scheme
               if i < len(branches)]  # fmt: skip
    return Graph(study, tuple(ordered))


def _shares_martingale(member: Experiment, study: Study) -> bool:
    """Whether its pairs hold the martingale: with and without the control variate they are the same
    pairs, so that nothing but the control variate tells the fits apart."""
    alike = member.evolve.model_copy(update={"control_variate": True})
    return any(other.evolve == alike for other in study.members)


def system_source(experiment: Experiment, host: Host) -> SystemSource:
    """The system of an experiment."""
    record = host.system(experiment.system.name)
    return SystemSource(record, experiment.system.settings, _fingerprint(host, "systems", record))


def beginnings(experiment: Experiment, source: SystemSource) -> tuple[Beginning, ...]:
    """Every start of ``[predict]`` at every combination of conditions."""
    names = [quantity.name for quantity in source.make().conditions]
    chosen = {**experiment.conditions, **experiment.predict.conditions}
    table = combinations(names, chosen).tolist()
    return tuple(
        replace(beginning(start, names, row), start=tuple(source.found(start).items()))
        for start, row in itertools.product(experiment.predict.starts, table)
    )


def beginning(
    start: Mapping[str, Any], names: Sequence[str], conditions: Sequence[float]
) -> Beginning:
    """A start at given conditions, with a label in words."""
    given = {**start, **dict(zip(names, conditions, strict=True))}
    label = ", ".join(f"{key} = {_shown(value)}" for key, value in given.items()) or "start"
    return Beginning(tuple(start.items()), tuple(conditions), label)


def _branches(
    experiment: Experiment,
    labels: Mapping[str, Any],
    host: Host,
    cell: Size,
    stored: bool,
    martingale: bool,
) -> list[Branch]:
    seed, run = experiment.experiment.seed, experiment.run
    source = system_source(experiment, host)
    names = [quantity.name for quantity in source.make().conditions]
    table = tuple(map(tuple, combinations(names, experiment.conditions).tolist()))
    pool = _pool(experiment, source, names, table)
    snapshots = _snapshots(experiment, source, pool, table, stored)
    closure = _closure(experiment, host, snapshots, cell)
    begin = beginnings(experiment, source)
    every = experiment.record_every
    records = int(experiment.predict.duration / every + 1e-9) + 1
    encoded = closure if experiment.evaluate.closures else None
    truth, again = (
        TruthStage(source, experiment.large.size, begin, experiment.evaluate.truth_runs, records,
                   every, which, run.task_size, encoded, seed)
        for which in ("first", "again")
    )  # fmt: skip
    equilibrium = _equilibrium(experiment, source, table)
    measures = tuple(host.measure(name) for name in experiment.evaluate.measures)
    branches = []
    for scheme in experiment.evolve.scheme:
        fit = _fit(experiment, host, scheme, snapshots, closure, martingale, stored)
        prediction = PredictionStage(
            fit, begin, experiment.predict.runs, experiment.predict.member_runs, records, every,
            experiment.predict.clamp, seed,
        )  # fmt: skip
        told = branch_labels(experiment, labels, scheme)
        evaluation = EvaluationStage(
            prediction, truth, again, tuple(told.items()), experiment.evaluate.group,
            _stationary(experiment, fit), equilibrium, measures,
            tuple(_fingerprint(host, "measures", one) for one in measures), seed,
        )  # fmt: skip
        branches.append(Branch(told, scheme, evaluation))
    return branches


def _snapshots(
    experiment: Experiment,
    source: SystemSource,
    pool: Pool,
    table: tuple[tuple[float, ...], ...],
    stored: bool,
) -> SnapshotsStage:
    up = experiment.upsample
    growth = _growth(experiment, source, pool, table)
    relax, relaxation = up.relax, None
    if relax == "auto":
        grows = tuple(pool.size) != growth.sizes[-1]  # what is not tiled has nothing to heal
        relax, relaxation = 0.0, _relaxation(experiment, growth) if grows else None
    given = tuple(source.found(start) for start in experiment.predict.starts if up.given_share)
    return SnapshotsStage(
        growth, up.snapshots, up.random_share, source.found(up.random_start), up.random_time, relax,
        relaxation, table, experiment.run.task_size, stored, experiment.experiment.seed, up.along,
        up.along_every or 0.0, up.given_share, given,
    )  # fmt: skip


def branch_labels(experiment: Experiment, labels: Mapping[str, Any], scheme: str) -> dict[str, Any]:
    """What tells metrics apart: scheme, patch size, ``λ``, and what else the sweep varies."""
    lambda_: Any = experiment.sde.lambda_
    if scheme != "partial":
        lambda_ = "K" if scheme == "published" else 1.0
    patch = experiment.evolve.patch_size
    told = {"scheme": scheme, "patch_size": patch[0] if len(patch) == 1 else list(patch),
            "lambda": lambda_}  # fmt: skip
    known = {"evolve.patch_size", "sde.lambda", "evolve.scheme", "experiment.seed"}
    if "experiment.seed" in labels:
        told["seed"] = experiment.experiment.seed
    return told | {key: value for key, value in labels.items() if key not in known}


def _fit(
    experiment: Experiment,
    host: Host,
    scheme: str,
    snapshots: SnapshotsStage,
    closure: ClosureStage | None,
    martingale: bool,
    stored: bool,
) -> FitStage:
    seed, evolve, sde = experiment.experiment.seed, experiment.evolve, experiment.sde
    cell = closure.source.cell if closure else None
    geometry = Geometry(evolve.patch_size, cell)
    partial = scheme == "partial"
    pairs: PairsStage = AlonePairsStage(snapshots, closure, geometry, seed)
    calibration, symmetry = None, Symmetry.of(experiment, snapshots.source)
    if partial:
        patches, total = _patches(experiment, snapshots.source)
        pairs = PartialPairsStage(
            snapshots, closure, geometry, patches, evolve.dt,
            surroundings_of(experiment, snapshots.source.record), seed,
            martingale and "martingale" in snapshots.source.record.capabilities,
        )  # fmt: skip
        if sde.lambda_ == "calibrated" and total > 1:
            # Ratios by component are what they are: they commute with any symmetry.
            calibration = CalibrationStage(
                _calibrated_pairs(experiment, pairs, stored), evolve.average,
                sde.calibration_error, sde.calibration_matrix, snapshots.conditions,
                symmetry if sde.calibration_matrix else None, seed,
            )  # fmt: skip
    number = sde.lambda_ if partial and isinstance(sde.lambda_, float) else None
    record = host.sde_model(sde.name)
    return FitStage(
        scheme, pairs, calibration, record, sde.settings, _fingerprint(host, "sde_models", record),
        experiment.training, number, evolve.average, sde.ensemble if partial else 1,
        device(experiment.run.device), symmetry, seed, partial and evolve.control_variate,
    )  # fmt: skip


def _calibrated_pairs(
    experiment: Experiment, pairs: PartialPairsStage, stored: bool
) -> PartialPairsStage:
    """The pairs that ``λ`` is measured of: the fit's own, or such of another size."""
    size, own = experiment.sde.calibration_size, pairs.snapshots
    if size is None or size == experiment.large.size:
        return pairs
    smaller = experiment.model_copy(update={"large": LargeTable(size=size)})
    snapshots = _snapshots(smaller, own.source, own.growth.pool, own.conditions, stored)
    patches, _ = _patches(smaller, own.source)
    return replace(pairs, snapshots=snapshots, patches=patches, martingale=False)


def _patches(experiment: Experiment, source: SystemSource) -> tuple[int, int]:
    """How many patches of a snapshot evolve, and ``K``."""
    evolve = experiment.evolve
    total = source.make().patch_count(experiment.large.size, evolve.patch_size)
    return (total if evolve.patches == "all" else min(evolve.patches, total)), total


def device(setting: str) -> str:
    """The device of a setting; ``auto`` is CUDA where there is one."""
    if setting != "auto":
        return setting
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _stationary(experiment: Experiment, fit: FitStage) -> StationaryStage | None:
    asked = experiment.predict.stationary
    if asked is None:
        return None
    return StationaryStage(
        fit, asked.runs, asked.member_runs, asked.records, asked.record_every, asked.burn_in,
        experiment.predict.clamp, experiment.experiment.seed,
    )  # fmt: skip


def _equilibrium(
    experiment: Experiment, source: SystemSource, table: tuple[tuple[float, ...], ...]
) -> EquilibriumStage | None:
    asked = experiment.evaluate.equilibrium
    if asked is None:
        return None
    return EquilibriumStage(
        source, experiment.large.size, table, asked.runs, asked.records, asked.sweeps,
        asked.burn_in, source.found(asked.start), experiment.run.task_size,
        experiment.experiment.seed,
    )  # fmt: skip


def _pool(
    experiment: Experiment,
    source: SystemSource,
    names: Sequence[str],
    table: tuple[tuple[float, ...], ...],
) -> Pool:
    small, size, run = experiment.small, experiment.small_size, experiment.run
    seed = experiment.experiment.seed
    if small.from_ is None:
        own = tuple(map(tuple, combinations(names, experiment.pool_conditions).tolist()))
        return PoolStage(
            source, size, small.runs, small.records, small.record_every or 0.0,
            source.found(small.start), own, run.task_size, seed,
        )  # fmt: skip
    try:
        file = check_pool_file(small.from_, Layout.of(source.make().state_spec(size), table))
    except (ValueError, OSError):  # refused before any work; what was made of it can be read
        file = absent(small.from_)
    return ImportedPoolStage(source, size, file, table, run.task_size, seed)


def _growth(
    experiment: Experiment,
    source: SystemSource,
    pool: Pool,
    table: tuple[tuple[float, ...], ...],
) -> Growth:
    """One level where nothing is relaxed: there is nothing to do in between."""
    up = experiment.upsample
    factor = up.factor if up.relax != 0 else None
    repeat = {"join": 0.0, "repeat": 1.0, "mixture": up.repeat_share}[up.tiling]
    sizes = level_sizes(pool.size, experiment.large.size, factor)
    own = set(pool.conditions) == set(table)
    return Growth(source, pool, sizes, repeat, None if own else table)


def _relaxation(experiment: Experiment, growth: Growth) -> RelaxationStage:
    up, evolve = experiment.upsample, experiment.evolve
    patches, _ = _patches(experiment, growth.source)
    return RelaxationStage(
        growth, Geometry(evolve.patch_size),
        surroundings_of(experiment, growth.source.record), patches, evolve.dt, up.pilots,
        up.relax_at_most or MOST_PAIRS * evolve.dt, experiment.experiment.seed,
    )  # fmt: skip


def _closure(
    experiment: Experiment, host: Host, snapshots: SnapshotsStage, cell: Size
) -> ClosureStage | None:
    record = host.closure(experiment.closure.name)
    settings = experiment.closure.settings
    if record.factory(settings).dimension == 0:
        return None
    source = ClosureSource(record, settings, _fingerprint(host, "closures", record), cell)
    return ClosureStage(
        source, snapshots, experiment.training.closure_cells, device(experiment.run.device),
        experiment.sde.symmetry, experiment.experiment.seed,
    )  # fmt: skip


def _fingerprint(host: Host, kind: str, record: Any) -> tuple[tuple[str, str], ...]:
    version = host.provider(f"macropatch_{kind}", record.name).version
    return tuple(plugin_fingerprint(record, version).items())


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _ancestors(stage: Stage) -> list[Stage]:
    """The stage's inputs, theirs and so on, inputs first, then itself."""
    found: dict[str, Stage] = {}
    for parent in stage.inputs:
        found |= {one.name: one for one in _ancestors(parent) if one.name not in found}
    return [*found.values(), stage]
