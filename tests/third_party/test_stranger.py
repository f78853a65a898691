"""A stranger's plugin, for real: wheels, a fresh environment, pip, every kind of plugin."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
pytestmark = pytest.mark.packaging

BROKEN = {
    "broken_import": "import no_such_module_anywhere\n",
    "mistyped_hook": (
        "from macropatch.contract import hookimpl\n\n\n"
        "@hookimpl\ndef macropatch_system():\n    return ()\n"
    ),
    "old_version": (
        "from macropatch.contract import ClosureRecord, PluginSettings, hookimpl\n\n\n"
        "@hookimpl\ndef macropatch_closures():\n"
        "    yield ClosureRecord('old', 'old', 0, PluginSettings, lambda settings: None)\n"
    ),
    "clash": (
        "from macropatch.contract import ClosureRecord, PluginSettings, hookimpl\n\n\n"
        "@hookimpl\ndef macropatch_closures():\n"
        "    yield ClosureRecord('pairs', 'clash', 1, PluginSettings, lambda settings: None)\n"
    ),
}


class Environment:
    """A virtual environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        run([sys.executable, "-m", "venv", str(folder / "venv")])
        self.bin = folder / "venv" / "bin"

    def pip(self, *arguments: str) -> str:
        constraints = str(ROOT / "constraints.txt")
        program = str(self.bin / "pip")
        if arguments[0] == "install":
            arguments = ("install", "-c", constraints, *arguments[1:])
        return run([program, *arguments])

    def macropatch(self, *arguments: str) -> str:
        return run([str(self.bin / "macropatch"), *arguments], cwd=self.folder)


def run(command: list[str], cwd: Path | None = None) -> str:
    """Standard output of a command that must succeed, free of this environment's settings."""
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "MACROPATCH"))
    }
    environment["COLUMNS"] = "200"
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """macropatch from a wheel, and the stranger's plugin from another."""
    folder = tmp_path_factory.mktemp("stranger")
    made = Environment(folder)
    wheels = folder / "wheels"
    made.pip("wheel", "--no-deps", "-w", str(wheels), str(ROOT))
    made.pip("wheel", "--no-deps", "-w", str(wheels), str(HERE / "epidemic"))
    made.pip("install", *map(str, wheels.glob("*.whl")), "pytest")
    return made


def test_every_kind_of_plugin_is_listed(environment):
    listed = environment.macropatch("plugins", "--verbose")
    for name in ("epidemic", "pairs", "ridge", "final_gap", "last_records"):
        assert name in listed
    assert "macropatch-epidemic 0.1.0" in listed
    assert "left out" not in listed
    assert "epidemic" in environment.macropatch("experiments")


def test_the_authors_own_tests_pass(environment):
    """Elsewhere, where no settings of ours reach."""
    tests = environment.folder / "elsewhere" / "tests"
    shutil.copytree(HERE / "epidemic" / "tests", tests)
    python = str(environment.bin / "python")
    done = run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=tests)
    assert "1 passed" in done


def test_its_experiment_runs_with_its_closure_model_measure_and_figure(environment):
    environment.macropatch("run", "epidemic", "--out", "run", "--quiet")
    folder = environment.folder / "run"
    metrics = json.loads((folder / "metrics.json").read_text())
    names = {row["name"] for row in metrics}
    assert {"test_error", "final_gap", "lambda_calibrated", "cost_seconds"} <= names
    assert (folder / "figures" / "last_records.svg").is_file()
    ratios = [r["value"] for r in metrics if r["name"] == "sd_ratio" and r["scheme"] == "partial"]
    assert 0.7 < ratios[0] < 1.4
    environment.macropatch(
        "predict", "run", "--start", "infected=0.5", "--duration", "5", "--runs", "3",
        "--out", "trajectories.csv",
    )  # fmt: skip
    assert (environment.folder / "trajectories.csv").is_file()


def test_its_closure_and_model_serve_a_built_in_system_by_name(environment):
    environment.macropatch("new", "curie-weiss", "mine.toml")
    settings = environment.folder / "mine.toml"
    text = settings.read_text().replace(
        'name = "mlp"\ndepth = 2\nwidth = 32\ndiffusion = "constant-diagonal"\n', 'name = "ridge"\n'
    )
    assert 'name = "ridge"' in text
    settings.write_text(text)
    environment.macropatch("run", "mine.toml", "--quick", "--quiet", "--out", "built-in")
    assert (environment.folder / "built-in" / "report.html").is_file()


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_plugin_is_named_and_harms_nothing(environment, fault, tmp_path):
    package = tmp_path / fault
    package.mkdir()
    (package / "pyproject.toml").write_text(
        f'[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        f'[project]\nname = "stranger-{fault.replace("_", "-")}"\nversion = "1.0"\n'
        f'[project.entry-points.macropatch]\n{fault} = "{fault}"\n'
        f'[tool.hatch.build.targets.wheel]\ninclude = ["{fault}.py"]\n'
    )
    (package / f"{fault}.py").write_text(BROKEN[fault])
    name = f"stranger-{fault.replace('_', '-')}"
    environment.pip("install", "--no-deps", str(package))
    try:
        listed = environment.macropatch("plugins")
        assert "left out" in listed and name in listed
        assert "curie-weiss" in listed
        assert ("epidemic" in listed) and ("ridge" in listed)
        environment.macropatch("check", "curie-weiss", "--quick")
    finally:
        environment.pip("uninstall", "-y", name)


def test_uninstalling_removes_it(environment):
    environment.pip("uninstall", "-y", "macropatch-epidemic")
    listed = environment.macropatch("plugins")
    assert "epidemic" not in listed and "curie-weiss" in listed
