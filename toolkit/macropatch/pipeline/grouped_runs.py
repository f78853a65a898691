"""Runs in groups of equal start and conditions, some runs of one group a task."""

from __future__ import annotations

from abc import abstractmethod

from macropatch.pipeline.source import SystemSource
from macropatch.runs.stage import Stage


class GroupedRuns(Stage):
    """A stage with one array, ``z`` ``(groups, runs, …)``."""

    source: SystemSource
    runs: int
    records: int
    task_size: int

    @property
    @abstractmethod
    def groups(self) -> int:
        """Number of groups."""

    @property
    def runs_per_task(self) -> int:
        """So many that a task has about ``task_size`` snapshots."""
        return max(1, min(self.task_size // self.records, self.runs))

    @property
    def parts(self) -> int:
        """Tasks a group."""
        return -(-self.runs // self.runs_per_task)

    @property
    def tasks(self) -> int:
        """Tasks."""
        return self.groups * self.parts

    @property
    def releases_gil(self) -> bool:
        """As the system's record says."""
        return self.source.record.releases_gil

    def share(self, task: int) -> tuple[int, slice]:
        """The group of a task, and which of its runs."""
        first = task % self.parts * self.runs_per_task
        return task // self.parts, slice(first, min(first + self.runs_per_task, self.runs))

    def corner(self, task: int) -> dict[str, tuple[int, ...]]:
        """One group, some runs."""
        group, runs = self.share(task)
        return {"z": (group, runs.start, 0, 0)}
