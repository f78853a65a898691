"""A study that real processes run, kill and continue."""

from __future__ import annotations

from pathlib import Path

from systems.folders import records_of, results_of, written_at
from systems.processes import finish, macropatch_process
from systems.studies import Document, document, write_settings


class Study:
    """A settings file, its run folder, and processes that run it."""

    def __init__(self, folder: Path, settings: Document) -> None:
        self.root, self.output = folder / "run", folder / "output"
        self.settings = write_settings(folder / "study.toml", settings)

    def process(self, *more: str, before=None):
        arguments = ["run", str(self.settings), "--out", str(self.root), "--quiet", *more]
        return macropatch_process(arguments, self.output, before)

    def complete(self) -> None:
        with self.process() as process:
            assert finish(process) == 0, self.output.read_text()

    def finished_tasks(self) -> int:
        return len(list((self.root / "tasks").rglob("*.json")))


def kept_and_complete(study: Study, finished: Path) -> None:
    """Continue: nothing whole is done again, and the end is that of an undisturbed run."""
    records, times = records_of(study.root), written_at(study.root, "tasks")
    study.complete()
    assert records.items() <= records_of(study.root).items()
    later = written_at(study.root, "tasks")
    assert all(later[record] == times[record] for record in records)
    assert results_of(study.root) == results_of(finished)
    left = [path for path in study.root.rglob("*") if path.name.startswith(".new-")]
    assert not left and not list(study.root.rglob("*.partial"))


def long_fit(**training) -> Document:
    """Minutes of fitting if nobody stops it."""
    return document(training={"epochs": 100_000, "batch": 16, "patience": 10**6, **training})
