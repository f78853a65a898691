"""Refuse before work starts what cannot work: sizes, capabilities, conditions, names, disk."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from macropatch.contract import Geometry, MicroscopicSystem, Size, Surroundings, SystemRecord
from macropatch.errors import SettingsError
from macropatch.experiment import Experiment, Study
from macropatch.experiment.validation import start_of
from macropatch.host import Host
from macropatch.pipeline.closure import default_cell
from macropatch.pipeline.pool_file import Layout, check_pool_file
from macropatch.pipeline.snapshot_checks import (
    impossible_starts,
    impossible_tiling,
    values_out_of_range,
)
from macropatch.pipeline.source import SystemSource
from macropatch.pipeline.symmetry import Symmetry
from macropatch.stages.conditions import combinations

RESERVED = 5
"""Blocks: fewer snapshots, runs or members than this cannot be split."""


def check_study(study: Study, host: Host) -> None:
    """Check every member of a study.

    Raises
    ------
    SettingsError
        lists every fault with table, key, value and what to do.
    """
    faults: list[str] = []
    patches = {member.evolve.patch_size for member in study.members}
    for member in study.members:
        cell = default_cell(member.evolve.patch_size, patches)
        faults += [f"{study.source}: {fault}" for fault in _faults(member, host, cell)]
    if faults:
        raise SettingsError("\n".join(dict.fromkeys(faults)))


def _faults(experiment: Experiment, host: Host, cell: Size) -> Iterator[str]:
    record = host.system(experiment.system.name)
    try:
        system = record.factory(experiment.system.settings)
    except ValueError as error:
        yield f"[system]: {error}"
        return
    faults = []
    faults += list(values_out_of_range(experiment, system))
    for check in (_sizes, _conditions, _capabilities):
        faults += list(check(experiment, record, system))
    if not faults:  # a patch is tried, with these conditions and sizes
        faults += list(_surroundings(experiment, record, system))
    faults += list(_cells(experiment, record, system, cell))
    yield from faults
    if not faults:
        yield from impossible_starts(experiment, record, system)
        yield from impossible_tiling(experiment, record, system)
    if experiment.small.from_ is not None and not faults:
        yield from _imported(experiment, system)
    if experiment.sde.symmetry and not faults:
        yield from _symmetry(experiment, record, system)
    yield from _names(experiment, host)
    yield from _ensembles(experiment, host)
    yield from _numbers(experiment)


def _sizes(
    experiment: Experiment, record: SystemRecord, system: MicroscopicSystem
) -> Iterator[str]:
    large, patch, small = experiment.large.size, experiment.evolve.patch_size, experiment.small_size
    faulty = False
    named = (("[large] size", large), ("[evolve] patch_size", patch), ("[small] size", small))
    for where, size in named:
        fault = _raised(lambda size=size: (system.sites(size), system.state_spec(size)))  # type: ignore[misc]
        if fault:
            faulty = True
            yield f"{where} = {list(size)}: {fault}"
    if faulty:
        return
    fault = _raised(lambda: system.patch_count(large, patch))
    if fault:
        yield f"[evolve] patch_size = {list(patch)}: {fault}"
    other = experiment.sde.calibration_size
    if other is not None:
        fault = _raised(lambda: system.patch_count(other, patch))
        if not fault and system.sites(other) % system.sites(small):
            fault = f"the {system.sites(small)} sites of [small] size do not divide its own"
        if not fault and system.patch_count(other, patch) < 2:
            fault = "it holds a single patch, and there is nothing to compare"
        if fault:
            yield f"[sde] calibration_size = {list(other)}: {fault}"
    if system.sites(large) % system.sites(small):
        yield (
            f"[small] size = {list(small)}: its {system.sites(small)} sites do not divide the "
            f"{system.sites(large)} of [large] size = {list(large)}"
        )
    elif small != patch:
        fault = _raised(lambda: system.patch_count(large, small))
        if fault and "cut" in record.capabilities:
            yield f"[small] size = {list(small)}: {fault}"


def _conditions(
    experiment: Experiment, record: SystemRecord, system: MicroscopicSystem
) -> Iterator[str]:
    given, known = set(experiment.conditions), {q.name for q in system.conditions}
    for name in sorted(given - known):
        declared = ", ".join(sorted(known)) or "none at these [system] settings"
        yield f"[conditions] {name}: the system has no such condition (it has: {declared})"
    for name in sorted(known - given):
        yield f"[conditions] {name}: missing; list the values that snapshots shall have"
    for name, values in experiment.conditions.items():
        if not values:
            yield f"[conditions] {name} = []: list at least one value"
    for name, values in experiment.predict.conditions.items():
        further = sorted(set(values) - set(experiment.conditions.get(name, ())))
        if name not in given & known or not values or further:
            yield (
                f"[predict] conditions: {name} = {list(values)}: choose from those of "
                f"[conditions], {list(experiment.conditions.get(name, ()))}"
            )
    for name, values in experiment.small.conditions.items():
        lacking = [value for value in experiment.conditions.get(name, ()) if value not in values]
        if name not in given & known:
            yield f"[small] conditions: {name!r} is no condition of [conditions]"
        elif lacking:
            yield (
                f"[small] conditions: {name} lacks {lacking} of [conditions], where the SDE is to "
                "be fitted"
            )


def _imported(experiment: Experiment, system: MicroscopicSystem) -> Iterator[str]:
    small = experiment.small
    names = [quantity.name for quantity in system.conditions]
    table = combinations(names, experiment.conditions).tolist()
    layout = Layout.of(system.state_spec(experiment.small_size), table)
    try:
        check_pool_file(str(small.from_), layout)
    except (ValueError, OSError) as error:
        yield f"[small] from = {small.from_!r}: {error}"


def _symmetry(
    experiment: Experiment, record: SystemRecord, system: MicroscopicSystem
) -> Iterator[str]:
    where = "[sde] symmetry = true"
    if "reflect" not in record.capabilities:
        yield f"{where}: system {record.name!r} has no capability 'reflect'"
        return
    symmetry = Symmetry.of(experiment, SystemSource(record, experiment.system.settings, ()))
    fault = _raised(symmetry.of_observables) if symmetry else None
    if fault:
        yield f"{where}: {fault}"
    reads = experiment.closure.name != "none"
    if reads and type(system).reflect_cells is MicroscopicSystem.reflect_cells:
        yield (
            f"{where}: closures read cells, but system {record.name!r} has no reflect_cells; use "
            '[closure] name = "none"'
        )


def _capabilities(
    experiment: Experiment, record: SystemRecord, system: MicroscopicSystem
) -> Iterator[str]:
    alone = sorted(set(experiment.evolve.scheme) & {"published", "naive"})
    if alone and "cut" not in record.capabilities:
        yield (
            f"[evolve] scheme: {alone} need the capability 'cut', which system {record.name!r} "
            'lacks; use scheme = ["partial"]'
        )
    if experiment.evolve.control_variate and "martingale" not in record.capabilities:
        yield (
            "[evolve] control_variate = true: needs the capability 'martingale', which system "
            f"{record.name!r} lacks; set it to false"
        )
    if experiment.evaluate.equilibrium is not None and "equilibrate" not in record.capabilities:
        yield (
            "[evaluate.equilibrium]: needs the capability 'equilibrate', which system "
            f"{record.name!r} lacks; leave the table out"
        )


def _surroundings(
    experiment: Experiment, record: SystemRecord, system: MicroscopicSystem
) -> Iterator[str]:
    kind = experiment.evolve.surroundings
    if kind is not None and kind not in record.surroundings:
        yield (
            f"[evolve] surroundings = {kind!r}: system {record.name!r} has "
            f"{', '.join(map(repr, record.surroundings))}"
        )
    elif "partial" in experiment.evolve.scheme:
        fault = _raised(lambda: _try_a_patch(experiment, record, system))
        if fault:
            yield f"[evolve] surroundings, halo: {fault}"


def _try_a_patch(experiment: Experiment, record: SystemRecord, system: MicroscopicSystem) -> None:
    """One patch of one snapshot, for next to no time: what a plugin refuses, it refuses now."""
    large, patch = experiment.large.size, experiment.evolve.patch_size
    names = [quantity.name for quantity in system.conditions]
    values = [experiment.conditions.get(name) for name in names]
    if not all(values) or _raised(lambda: system.patch_count(large, patch)):
        return  # said elsewhere
    c = np.array([[value[0] for value in values if value]]).reshape(1, len(names))
    rng = np.random.default_rng(0)
    start = record.start.model_validate(experiment.upsample.random_start)
    states = system.initial(large, 1, c, start, rng)
    system.evolve_patches(
        states, np.zeros((1, 2), np.int64), Geometry(patch), c, np.full(1, 1e-9),
        surroundings_of(experiment, record), rng, experiment.evolve.control_variate,
    )  # fmt: skip


def surroundings_of(experiment: Experiment, record: SystemRecord) -> Surroundings:
    """What the settings ask for; by default the first kind that the system declares."""
    kind = experiment.evolve.surroundings or record.surroundings[0]
    return Surroundings(kind, experiment.evolve.halo if kind == "halo" else 0)


def _cells(
    experiment: Experiment, record: SystemRecord, system: MicroscopicSystem, default: Size
) -> Iterator[str]:
    given, reads = experiment.evolve.cell, experiment.closure.name != "none"
    cell = given or default
    if given and "cells" not in record.capabilities:
        yield f"[evolve] cell = {list(given)}: system {record.name!r} has no capability 'cells'"
    elif given or (reads and "cells" in record.capabilities):
        fault = _raised(lambda: system.patch_count(experiment.evolve.patch_size, cell))
        if fault:
            which = f"{list(cell)}" if given else f"{list(cell)} (the default)"
            yield f"[evolve] cell = {which}: does not divide the patch: {fault}"
    if reads and "cells" not in record.capabilities:
        yield (
            f"[closure] name = {experiment.closure.name!r}: reads cells, but system "
            f"{record.name!r} has no capability 'cells'; use name = \"none\""
        )


def _names(experiment: Experiment, host: Host) -> Iterator[str]:
    for where, names, find in (
        ("[evaluate] measures", experiment.evaluate.measures, host.measure),
        ("[report] figures", experiment.report.figures, host.figure),
    ):
        for name in names:
            try:
                find(name)
            except SettingsError as error:
                yield f"{where}: {error}"
    for i, start in enumerate(experiment.predict.starts):
        try:
            start_of(start, experiment.system.name, host, f"[predict] starts[{i}]")
        except SettingsError as error:
            yield str(error)


def _ensembles(experiment: Experiment, host: Host) -> Iterator[str]:
    """Stationary ensembles must be asked for where a measure or the exponents take them."""
    if experiment.predict.stationary is not None:
        return
    evaluate, known = experiment.evaluate, host.entries["macropatch_measures"]
    takers = [n for n in evaluate.measures if n in known and host.measure(n).stationary]
    takers += ["critical_temperature"] * (evaluate.critical_temperature is not None)
    if takers:
        yield (
            f"[evaluate] {', '.join(takers)}: need stationary ensembles; add a table "
            "[predict.stationary]"
        )


def _numbers(experiment: Experiment) -> Iterator[str]:
    predict, up = experiment.predict, experiment.upsample
    every = experiment.record_every
    if math.isinf(every):
        yield "[predict] record_every: missing; with [small] from, nothing else says it"
    elif predict.duration < every:
        yield f"[predict] duration = {predict.duration:g}: shorter than record_every = {every:g}"
    if experiment.small.runs < RESERVED:
        yield f"[small] runs = {experiment.small.runs}: at least {RESERVED}, one a block"
    if up.snapshots < 20 * RESERVED:
        yield f"[upsample] snapshots = {up.snapshots}: at least {20 * RESERVED}"
    if experiment.training.learning_rate_floor >= experiment.training.learning_rate:
        yield (
            f"[training] learning_rate_floor = {experiment.training.learning_rate_floor:g}: must "
            f"be below learning_rate = {experiment.training.learning_rate:g}"
        )
    if experiment.run.device == "cuda":
        import torch

        if not torch.cuda.is_available():
            yield "[run] device = 'cuda': there is none on this machine; use 'cpu' or 'auto'"


def _raised(call: Callable[[], object]) -> str | None:
    try:
        call()
    except ValueError as error:
        return str(error)
    return None
