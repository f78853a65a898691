"""Fixtures shared by the folders that run whole studies, and the command line in this process."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from macropatch.cli.app import main
from systems.fixtures import *  # noqa: F403 - names listed in __all__


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(capsys, monkeypatch) -> Callable[..., Outcome]:
    """Runs ``macropatch ARGUMENTS`` by the console script's own entry point."""
    monkeypatch.setenv("COLUMNS", "240")

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["macropatch", *map(str, arguments)])
        capsys.readouterr()
        with warnings.catch_warnings(action="default"), pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Outcome(int(ended.value.code or 0), said.out, said.err)

    return call
