"""Entry points of installed distributions: built-ins like anybody's; listing them stays light."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distribution

import pytest

from macropatch.contract import hookspecs
from macropatch.host import build_host
from macropatch.host.discovery import HOOKS
from macropatch.host.host import KINDS

SIX = {
    "macropatch_systems",
    "macropatch_closures",
    "macropatch_sde_models",
    "macropatch_experiments",
    "macropatch_measures",
    "macropatch_figures",
}
HEAVY = ("torch", "numba", "matplotlib", "sklearn", "scipy", "ase", "dask")


def install(folder, name, module, source):
    """A distribution as an installer leaves it: metadata with an entry point, and a module."""
    metadata = folder / f"{name.replace('-', '_')}-2.5.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.5\n")
    (metadata / "entry_points.txt").write_text(f"[macropatch]\n{module} = {module}\n")
    (folder / f"{module}.py").write_text(source)


SOUND = """
from macropatch.contract import MeasureRecord, hookimpl

@hookimpl
def macropatch_measures():
    yield MeasureRecord("found_weight", "", 1, lambda: list)
"""


@pytest.mark.parametrize(
    ("source", "reason", "remedy"),
    [
        ("import no_such_library", "ModuleNotFoundError", "Install the missing module 'no_such_l"),
        (
            "1 / 0",
            "ZeroDivisionError: division by zero",
            "pip install --force-reinstall my-bad-one",
        ),
        ("def f(:", "SyntaxError", "force-reinstall"),
        ("raise SystemExit(1)", "SystemExit", "force-reinstall"),
    ],
)
def test_what_does_not_import_is_named_and_the_rest_works(
    tmp_path, monkeypatch, source, reason, remedy
):
    install(tmp_path, "my-bad-one", "stranger_that_breaks", source)
    install(tmp_path, "my-good-one", "stranger_that_works", SOUND)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "stranger_that_works", raising=False)
    host = build_host()
    (problem,) = host.problems
    assert (problem.plugin, problem.distribution) == ("stranger_that_breaks", "my-bad-one")
    assert "'stranger_that_breaks' cannot be imported" in problem.reason
    assert reason in problem.reason and remedy in problem.remedy
    found = host.provider("macropatch_measures", "found_weight")
    assert (found.distribution, found.version, found.built_in) == ("my-good-one", "2.5", False)
    assert "curie-weiss" in host.systems()


def test_built_ins_come_by_the_entry_points_of_the_project():
    host = build_host(strict=True)
    points = distribution("macropatch").entry_points.select(group="macropatch")
    provided = {e.provider.name for kind in host.entries.values() for e in kind.values()}
    assert provided == {point.name for point in points}
    assert all(e.provider.built_in for kind in host.entries.values() for e in kind.values())


def test_a_host_imports_nothing_heavy():
    code = (
        "import sys; from macropatch.host import build_host; host = build_host(strict=True); "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"


def test_there_are_six_hooks_and_each_is_documented_with_an_example():
    assert set(HOOKS) == SIX == set(KINDS)
    for name, kind in KINDS.items():
        text = getattr(hookspecs, name).__doc__
        assert "Example" in text and ">>> @hookimpl" in text
        assert f"def {name}():" in text and f"yield {kind.__name__}(" in text
