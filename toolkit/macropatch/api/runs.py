"""Runs as objects: what ``macropatch.run`` and ``macropatch.load`` give."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from macropatch.api.prediction import Request, predict_dataset
from macropatch.errors import SettingsError, StorageError
from macropatch.experiment import Study, read_study
from macropatch.host import Host, build_host
from macropatch.pipeline.execute import SETTINGS, execute
from macropatch.pipeline.graph import Branch
from macropatch.pipeline.plan import stored_graph
from macropatch.pipeline.publish import publish, read_metrics
from macropatch.pipeline.results import Records, collect
from macropatch.runs.identity import digest as digest_of
from macropatch.runs.lock import locked
from macropatch.runs.manifest import FILE as MANIFEST
from macropatch.runs.manifest import read_manifest
from macropatch.runs.records import read_records

if TYPE_CHECKING:
    from macropatch.contract.results import Evaluation, Results
    from macropatch.learning.fitted import FittedSDE
    from macropatch.pipeline.diagnosis.diagnose import Diagnosis


def run(
    experiment: str | Path,
    out: str | Path | None = None,
    *,
    quick: bool = False,
    overrides: Sequence[str] = (),
    host: Host | None = None,
    progress: bool = True,
    executor: Executor | None = None,
) -> Run:
    """Run an experiment, or what of it is not finished in its folder, and load it.

    Parameters
    ----------
    experiment : name of an experiment, a settings file or a run folder
    out : run folder; by default ``runs/NAME``, or the run folder that was given
    quick : the small form of the experiment
    overrides : ``"table.key=value"`` texts
    host : plugins; by default all installed ones
    progress : whether to show a progress bar
    executor : anything with the ``concurrent.futures.Executor`` interface, to take the tasks;
        ``[run] workers`` says how many it gets at a time

    Raises
    ------
    SettingsError
        if a setting is wrong: names file, table, key, value and what is allowed.
    """
    host = host or build_host()
    study = read_study(experiment, host, overrides, quick)
    root = default_folder(experiment, study) if out is None else Path(out)
    execute(study, host, root, show=progress, executor=executor)
    return Run(root, host, study)


def default_folder(experiment: str | Path, study: Study) -> Path:
    """The run folder that was given, or ``runs/NAME`` (``-quick``)."""
    given = Path(experiment)
    if given.is_dir():
        return given
    name = study.first.experiment.name.replace(" ", "-")
    return Path("runs") / (f"{name}-quick" if study.quick else name)


def load(folder: str | Path, host: Host | None = None) -> Run:
    """Load a run folder, finished or not.

    Raises
    ------
    StorageError
        if it is none.
    """
    root = Path(folder)
    if not (root / SETTINGS).is_file():
        raise StorageError(f"{root}: no run folder (it has no {SETTINGS}); give what --out was")
    host = host or build_host()
    return Run(root, host, read_study(root, host))


class Run:
    """A run folder with its settings and plugins."""

    def __init__(self, root: Path, host: Host, study: Study) -> None:
        self.root, self.host, self.study = root, host, study
        self._graph = stored_graph(study, host)
        self._bind()

    def _bind(self) -> None:
        """Read the stages that the folder holds, also where plugins have changed since."""
        if not (self.root / MANIFEST).is_file():
            return
        manifest = read_manifest(self.root)
        digests = {name: str(stage["digest"]) for name, stage in manifest["stages"].items()}
        held = {digest_of(b["labels"]): b["stages"] for b in manifest.get("branches", [])}
        changed = set()
        for branch in self._graph.branches:
            names = held.get(digest_of(dict(branch.labels)), {})
            for kind, stage in branch.stages().items():
                name = names.get(kind, "")
                if name in digests and stage.bind(digests[name]):
                    changed.add(stage.kind)
        if changed:
            warnings.warn(
                f"{self.root}: {', '.join(sorted(changed))} were made by other "
                "versions of macropatch, of plugins or by other settings; `macropatch "
                "status` says what has changed",
                stacklevel=4,
            )

    def __repr__(self) -> str:
        return f"Run({str(self.root)!r}: {self.study.first.experiment.name}, {self.state})"

    @property
    def state(self) -> str:
        """``new``, ``running``, ``interrupted``, ``failed`` or ``finished``."""
        if not (self.root / MANIFEST).is_file():
            return "new"
        return str(read_manifest(self.root)["state"])

    @property
    def report(self) -> Path:
        """The HTML page."""
        return self.root / "report.html"

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """Records of ``metrics.json``."""
        path = self.root / "metrics.json"
        if not path.is_file():
            raise StorageError(
                f"{path}: missing; the run is not finished. `macropatch run` continues it"
            )
        return read_metrics(path)

    @property
    def branches(self) -> tuple[Branch, ...]:
        """Members of the sweep under each scheme."""
        return self._graph.branches

    def branch(self, **labels: Any) -> Branch:
        """The first branch with the given labels, e.g. ``scheme="naive", patch_size=64``.

        Raises
        ------
        SettingsError
            if there is none; lists what there is.
        """
        for branch in self.branches:
            if all(branch.labels.get(key) == value for key, value in labels.items()):
                return branch
        known = "; ".join(
            ", ".join(f"{key}={value}" for key, value in branch.labels.items())
            for branch in self.branches
        )
        raise SettingsError(f"{self.root}: nothing was fitted with {labels}; there are: {known}")

    def write_report(self) -> None:
        """Write metrics, figures and report again.

        Raises
        ------
        StorageError
            if the run is not finished.
        """
        records = self._finished_records()
        with locked(self.root):
            publish(self._graph, records, self.root, self.host, warnings.warn)

    def results(self) -> Results:
        """All that figures and tables are made of; ``StorageError`` if the run is not finished."""
        return collect(self._graph, self._finished_records(), self.root)

    def _finished_records(self) -> Records:
        records, unfinished = self._records()
        if unfinished:
            raise StorageError(
                f"{self.root}: stage {unfinished[0]} is not finished; `macropatch run "
                f"{self.root}` continues it and writes the report"
            )
        return records

    def _records(self) -> tuple[Records, list[str]]:
        """Records of all stages, and the names of those that are not finished."""
        records = {stage.name: read_records(self.root, stage) for stage in self._graph.stages}
        todo = [one.name for one in self._graph.stages if len(records[one.name]) < one.tasks]
        return records, todo

    def diagnose(
        self, *, snapshots: int = 4000, branch: Branch | None = None, progress: bool = True
    ) -> Diagnosis:
        """Look into what a fit rests on, and write ``diagnosis.json`` and ``diagnosis.html``.

        The report of a finished run is written again, with a link to it.

        By short simulations from the run's own snapshots: is the halo wide enough, is ``λ`` right,
        does each closure of the sweep earn its place, are the residuals of the fitted transition
        white (is ``z`` closed)?

        Parameters
        ----------
        snapshots : about how many snapshots are followed, at least 100
        branch : see :meth:`branch`; by default the headline scheme of the first member
        progress : whether to show a progress bar

        Returns
        -------
        ``data``, an ``xarray.Dataset`` of every figure and its error; ``records``, the same one by
        one; ``findings`` in words, and ``warnings`` of what is off

        Raises
        ------
        StorageError
            if the fit is not there.
        SettingsError
            if ``snapshots`` is out of range.
        """
        from macropatch.pipeline.diagnosis.diagnose import diagnose
        from macropatch.pipeline.diagnosis.page import write_diagnosis

        with locked(self.root):
            found = diagnose(
                branch or self.branches[0], self.branches, self.root, snapshots,
                self.study.first.run.workers, self.study.first.run.executor, progress,
            )  # fmt: skip
            write_diagnosis(self.root, found, self.study.first.experiment.name)
        if not self._records()[1]:
            self.write_report()
        return found

    def evaluation(self, **labels: Any) -> Evaluation:
        """Predicted and true trajectories of a branch, as labelled arrays."""
        return self.branch(**labels).evaluation.evaluation(self.root)

    def fitted(self, branch: Branch | None = None) -> FittedSDE:
        """The fitted SDE of a branch: ``coefficients(z, c)`` are drift and covariance in its units.

        ``StorageError`` if the fit is not there.
        """
        return (branch or self.branches[0]).evaluation.prediction.fit.fitted(self.root)

    def predict(
        self,
        starts: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        *,
        duration: float,
        runs: int = 100,
        record_every: float | None = None,
        conditions: Mapping[str, float] | None = None,
        stationary: bool = False,
        members: bool = False,
        clamp: bool = False,
        seed: int = 0,
        branch: Branch | None = None,
    ) -> xr.Dataset:
        """Trajectories of the fitted SDE of the large system.

        Parameters
        ----------
        starts : the system's own start settings, e.g. ``{"m": 0.5}``, or several of them; by
            default those of the experiment
        duration : in the system's time unit; with ``stationary`` the same time is run before it
        runs : trajectories a start
        record_every : by default the experiment's
        conditions : a value for each condition of the system, anywhere in the trained range
        stationary : record only after a time ``duration``
        members : also each ensemble member's own trajectories, for the uncertainty of the fit
        clamp : keep trajectories within the range of the training data
        branch : see :meth:`branch`; by default the headline scheme of the first member

        Returns
        -------
        a dataset with a variable for each observable, dimensions ``(start, run, time)``, units in
        attributes; ``outside`` is the share of steps outside the range of the training data
        """
        chosen = branch or self.branches[0]
        tables = [starts] if isinstance(starts, Mapping) else starts
        request = Request(
            starts=None if tables is None else tuple(dict(table) for table in tables),
            duration=duration, runs=runs, record_every=record_every,
            conditions=dict(conditions) if conditions else None, stationary=stationary,
            members=members, clamp=clamp, seed=seed,
        )  # fmt: skip
        return predict_dataset(self.root, chosen, request, self.host)
