"""Fixtures of the test folders that run whole studies: a host, and finished run folders."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from macropatch.experiment import Study, study_of
from macropatch.host import Host
from macropatch.pipeline.execute import execute
from systems.plugin import tiny_host
from systems.studies import CHAIN, RING, Document, document, swept

__all__ = ["carry_out", "copy_of", "finished_chain", "finished_ring", "finished_sweep", "host"]


@pytest.fixture(scope="session")
def host() -> Host:
    """The built-in plugins, the tiny systems and the tiny encoder."""
    return tiny_host()


@pytest.fixture(scope="session")
def carry_out(host: Host) -> Callable[[Document, Path], Study]:
    """Runs an experiment in a folder, in this process and without a progress bar."""

    def run(settings: Document, root: Path) -> Study:
        study = study_of(settings, host)
        execute(study, host, root, show=False)
        return study

    return run


@pytest.fixture(scope="session")
def finished_sweep(carry_out, tmp_path_factory) -> Path:
    """A finished Curie–Weiss study: two patch sizes, three schemes. Not to be changed."""
    root = tmp_path_factory.mktemp("sweep") / "run"
    carry_out(swept(), root)
    return root


@pytest.fixture(scope="session")
def finished_ring(carry_out, tmp_path_factory) -> Path:
    """A finished study of the Ising ring: halo, closures, a condition. Not to be changed."""
    root = tmp_path_factory.mktemp("ring") / "run"
    carry_out(document(RING), root)
    return root


@pytest.fixture(scope="session")
def finished_chain(carry_out, tmp_path_factory) -> Path:
    """A finished study of the Ornstein–Uhlenbeck chain: the quickest. Not to be changed."""
    root = tmp_path_factory.mktemp("chain") / "run"
    carry_out(document(CHAIN), root)
    return root


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """Copies a finished run folder, times of files included, to be damaged."""

    def copy(root: Path) -> Path:
        return Path(shutil.copytree(root, tmp_path / f"copy-of-{root.parent.name}"))

    return copy
