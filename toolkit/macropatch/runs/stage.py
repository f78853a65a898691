"""What a stage is: an identity, inputs, and tasks that are pure functions of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from macropatch.contract import API_VERSION
from macropatch.runs.arrays import Column
from macropatch.runs.identity import digest, task_generator, toolkit_fingerprint

NAME_DIGITS = 12


@dataclass(frozen=True)
class Output:
    """What a task made.

    Attributes
    ----------
    rows : array name → values, written at the task's corner of the stage's Zarr group
    files : path below the run folder → content
    facts : small numbers for the manifest (events, steps), which results do not depend on
    """

    rows: Mapping[str, np.ndarray] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Workplace:
    """What a task works with: the run folder, its own generator, a way to tell how far it is.

    ``progress(share)`` raises :class:`Stopped` when the run is being stopped.
    """

    root: Path
    rng: np.random.Generator
    progress: Callable[[float], None]
    scratch: Path


class Stopped(Exception):  # noqa: N818 - not an error
    """The run is being stopped; the task's checkpoint, if it has one, continues."""


class Stage(ABC):
    """A stage with its settings. Picklable; two stages of equal digest are the same stage."""

    kind: str = ""
    sources: tuple[str, ...] = ()
    """Files and folders of the toolkit whose code the result depends on."""

    @property
    @abstractmethod
    def inputs(self) -> tuple[Stage, ...]:
        """Stages whose results it reads."""

    @property
    @abstractmethod
    def seed(self) -> int:
        """The experiment's seed."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """All that its result depends on beside its inputs and code, as plain values."""

    @property
    @abstractmethod
    def tasks(self) -> int:
        """How many tasks it is split into."""

    @abstractmethod
    def perform(self, task: int, place: Workplace) -> Output:
        """Do one task."""

    def columns(self) -> dict[str, Column]:
        """Arrays of its Zarr group; none for a stage that writes files only."""
        return {}

    def corner(self, task: int) -> dict[str, tuple[int, ...]]:
        """First index of the task's part of each array; by default rows in order."""
        return {
            name: (task * column.task_shape[0], *([0] * (len(column.shape) - 1)))
            for name, column in self.columns().items()
        }

    @property
    def releases_gil(self) -> bool:
        """Whether threads serve (else processes, where the run may use them)."""
        return True

    @property
    def local(self) -> bool:
        """Whether tasks must stay in this process, for what they need cannot be sent elsewhere."""
        return False

    def cost(self) -> float:
        """Rough core seconds of all tasks; only the time left depends on it."""
        return float(self.tasks)

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What the digest is taken of."""
        return {
            "kind": self.kind,
            "seed": self.seed,
            "api_version": API_VERSION,
            "settings": self.settings(),
            "toolkit": toolkit_fingerprint(self.sources),
            "inputs": [stage.digest for stage in self.inputs],
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the identity."""
        return digest(self.identity)

    def bind(self, digest: str) -> bool:
        """Read what a folder holds under this digest; whether it differs from the code's own."""
        changed = digest != self.digest
        self.__dict__["digest"] = digest
        return changed

    @property
    def name(self) -> str:
        """Kind and digest: names its files."""
        return f"{self.kind}-{self.digest[:NAME_DIGITS]}"

    def rng(self, task: int) -> np.random.Generator:
        """The generator of a task."""
        return task_generator(self.seed, self.kind, self.digest, task)

    def store(self, root: Path) -> Path:
        """Its Zarr group in a run folder."""
        return root / "data" / f"{self.name}.zarr"
