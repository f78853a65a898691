"""Diagnose one fit: simulate, turn into labelled data, say what it means."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from macropatch.contract.results import Metric
from macropatch.errors import SettingsError
from macropatch.pipeline.diagnosis import findings
from macropatch.pipeline.diagnosis.closures import compare_closures, rivals
from macropatch.pipeline.diagnosis.cost import cost_of_ratios
from macropatch.pipeline.diagnosis.findings import Finding
from macropatch.pipeline.diagnosis.measurement import Measured, joined, measure
from macropatch.pipeline.diagnosis.protocol import FEWEST, Protocol
from macropatch.pipeline.diagnosis.ratios import ratios
from macropatch.pipeline.diagnosis.records import records_of
from macropatch.pipeline.diagnosis.surroundings import by_surroundings
from macropatch.pipeline.diagnosis.whiteness import whiteness
from macropatch.pipeline.graph import Branch
from macropatch.pipeline.results import components_of, condition_labels, observables_of
from macropatch.runs.executors import Executors
from macropatch.runs.progress import Progress
from macropatch.runs.records import read_record


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes
    ----------
    labels : of the branch that was diagnosed
    fit : name of its stage
    data : every figure with its ``_error``, labelled
    findings : what it means, in words
    snapshots : how many were simulated
    """

    labels: dict[str, Any]
    fit: str
    data: xr.Dataset
    findings: tuple[Finding, ...]
    snapshots: int

    @property
    def records(self) -> list[Metric]:
        """The same figures, one record each, told apart by their labels."""
        return records_of(self.data)

    @property
    def warnings(self) -> list[str]:
        """What is off."""
        return [finding.sentence for finding in self.findings if finding.warning]


def diagnose(
    branch: Branch,
    branches: Sequence[Branch],
    root: Path,
    snapshots: int,
    workers: int = 1,
    preference: str = "auto",
    show: bool = True,
) -> Diagnosis:
    """Diagnose the fit of one branch with what its run folder holds.

    Parameters
    ----------
    branches : all of the run: those that differ in their closure only are compared
    snapshots : about how many of the run's snapshots are followed

    Raises
    ------
    SettingsError
        if they are too few.
    StorageError
        if the fit or the snapshots are not there.
    """
    if snapshots < FEWEST:
        raise SettingsError(f"snapshots = {snapshots}: at least {FEWEST}")
    protocol = Protocol.of(branch.fit, root, snapshots)
    measured = simulate(protocol, root, workers, preference, show)
    fit = branch.fit
    system = fit.pairs.snapshots.source.make()
    parts: list[xr.Dataset] = []
    found: list[Finding] = []
    for part, said in (
        _patches(protocol, measured, branch, root),
        _closures(branch, branches, root),
        _residuals(protocol, measured, branch, root),
    ):
        parts += part
        found += said
    data = xr.merge(parts, compat="no_conflicts", combine_attrs="no_conflicts")
    data.attrs |= {"time_unit": system.time_unit, "snapshots": protocol.snapshots}
    return Diagnosis(dict(branch.labels), fit.name, data, tuple(found), protocol.snapshots)


Panel = tuple[list[xr.Dataset], list[Finding]]
"""Labelled data, and what they mean."""


def _patches(protocol: Protocol, measured: Measured, branch: Branch, root: Path) -> Panel:
    """Halo, ``dt`` and ``λ``."""
    fit, pairs = branch.fit, protocol.partial
    if pairs is None:
        text = (
            f"Scheme {branch.scheme} evolves patches alone: they have no halo to compare, and no λ "
            "to measure."
        )
        return [], [Finding("halo", text)]
    dts = [factor * protocol.dt for factor in protocol.factors]
    names = observables_of(branch)
    data = by_surroundings(measured, dts, protocol.widths, pairs.surroundings.width, names)
    parts, found = [data], [*findings.of_halo(data), *findings.of_dt(data)]
    if pairs.patch_total > 1:
        rows = pairs.snapshots.conditions
        conditions = list(zip(rows, condition_labels(pairs.snapshots), strict=True))
        ratio = ratios(
            measured, fit.fitted(root).normalisation, protocol.dt, protocol.factors, conditions,
            components_of(branch), pairs.patch_total,
        )  # fmt: skip
        cost = cost_of_ratios(branch, root, protocol.snapshots)
        used = None if fit.calibration else fit.lambda_ or float(pairs.patch_total)
        parts += [ratio, cost]
        found += [*findings.of_ratios(ratio, used), *findings.of_cost(cost)]
    return parts, found


def _closures(branch: Branch, branches: Sequence[Branch], root: Path) -> Panel:
    """Those of the sweep that are fitted."""
    fitted = {
        name: one
        for name, one in rivals(branch, branches).items()
        if read_record(root, one.fit, 0) is not None
    }
    data = compare_closures(fitted, root)
    return [data], findings.of_closures(data)


def _residuals(protocol: Protocol, measured: Measured, branch: Branch, root: Path) -> Panel:
    """Of the fitted transition."""
    names = components_of(branch)
    data = whiteness(protocol.fit.fitted(root), measured.path, measured.c, names)
    return [data], findings.of_whiteness(data, observables_of(branch))


def simulate(protocol: Protocol, root: Path, workers: int, preference: str, show: bool) -> Measured:
    """All parts of the work, at most as many at a time as there are workers."""
    parts: dict[int, Measured] = {}
    todo = list(range(len(protocol.chosen)))
    running: dict[Future[Measured], tuple[int, float]] = {}
    executors = Executors(workers, preference)
    pool = executors.pick(protocol.fit.pairs.releases_gil)
    finished = False
    with Progress(executors.workers, show) as progress:
        progress.plan("diagnose", float(len(todo)))
        progress.start()
        try:
            while todo or running:
                while todo and len(running) < executors.workers:
                    index = todo.pop(0)
                    future = pool.submit(measure, protocol, index, root)
                    running[future] = (index, time.monotonic())
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    index, began = running.pop(future)
                    parts[index] = future.result()
                    progress.finished("diagnose", "diagnose", index, 1.0, time.monotonic() - began)
            finished = True
        finally:
            executors.close(at_once=not finished)
    return joined([parts[index] for index in sorted(parts)])
