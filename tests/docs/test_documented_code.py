"""What README and guides show runs as it stands there."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from macropatch.testing import check_system
from macropatch_alloy import load_parameters
from macropatch_alloy.lattices import first_neighbours

ROOT = Path(__file__).parents[2]


def python_of(file: str) -> list[str]:
    """Blocks of Python of a page."""
    return re.findall(r"```python\n(.*?)```", (ROOT / file).read_text(encoding="utf-8"), re.DOTALL)


def test_the_readmes_ten_lines_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (code,) = [block for block in python_of("README.md") if "macropatch.run(" in block]
    exec(compile(code, "README.md", "exec"), {})
    told = capsys.readouterr().out
    assert "partial 64" in told and "naive 4096" in told


def test_the_guides_plugin_conforms(tmp_path, monkeypatch):
    """As a module on the path, since a spawned process must find it too."""
    blocks = python_of("docs/plugins.md")
    code = "\n".join(block for block in blocks if "check_system" not in block)
    (tmp_path / "epidemic_of_the_guide.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("epidemic_of_the_guide")
    assert check_system(module.RECORD).rates == "rates verified"
    assert list(module.macropatch_systems()) == [module.RECORD]
    sys.modules.pop("epidemic_of_the_guide")


def test_the_guides_field_conforms(tmp_path, monkeypatch):
    """One field with multiplicative noise: what the built-in ones are not."""
    code = "\n".join(python_of("docs/fields.md"))
    (tmp_path / "fisher_of_the_guide.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("fisher_of_the_guide")
    assert check_system(module.RECORD).rates == "rates verified"
    sys.modules.pop("fisher_of_the_guide")


def test_the_guides_exponents_are_those_of_its_law():
    names: dict = {}
    exec(compile("\n".join(python_of("docs/measures.md")), "docs/measures.md", "exec"), names)
    collapse = names["collapse"]
    for found, exact in (
        (names["law"].exponent, -0.125),
        (collapse.exponent, -0.125),
        (collapse.inverse_nu, 1.0),
        (collapse.critical_temperature, 2.269185),
    ):
        # four comparisons at four standard errors: a false alarm in 4,000 for another seed
        assert abs(found.value - exact) < 4.0 * found.uncertainty
    assert abs(names["law"].exponent.uncertainty) < 0.01


def test_the_guides_cluster_expansion_fits(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (code,) = [block for block in python_of("docs/alloys.md") if "load_expansion(" in block]
    names: dict = {}
    exec(compile(code, "docs/alloys.md", "exec"), names)
    assert names["report"].cv_rmse < 0.001
    error, energy = capsys.readouterr().out.splitlines()
    assert error.endswith("meV a site") and energy.endswith("eV a site")


@pytest.mark.parametrize("page", ["README.md", "docs/alloys.md"])
def test_atoms_come_to_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    is_it = "import order_against_temperature"
    (code,) = [block for block in python_of(page) if is_it in block]
    names: dict = {}
    exec(compile(code, page, "exec"), names)
    order = names["found"].data.order.sel(pair="MoTa")
    assert 1.1 < order.sel(temperature=1000.0) < 1.6  # by longer walks of 1,024 sites 1.33
    assert 0.2 < order.sel(temperature=3000.0) < 0.4  # 0.30


def test_the_guides_own_alloy_is_a_file_of_barriers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = [block for block in python_of("docs/alloys.md") if "constant_activations(" in block]
    exec(compile(code, "docs/alloys.md", "exec"), {})
    expansion, saddle = load_parameters("cu-au-pd.json")
    assert expansion.space.species == ("X", "Cu", "Au", "Pd")
    assert saddle.coefficients.tolist() == [[0.7], [0.6], [0.8]]


@pytest.mark.slow
def test_the_tutorial_runs(tmp_path, monkeypatch):
    """As a script: a minute."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    subprocess.run([sys.executable, ROOT / "tutorials" / "alloy.py"], check=True)
    folder = tmp_path / "runs" / "tutorial-alloy"
    assert (folder / "run" / "report.html").is_file() and (folder / "dynamics.png").is_file()


def test_the_guides_vacancies_jump(capsys):
    network, own = (
        next(block for block in python_of("docs/alloys.md") if word in block)
        for word in ("nbmota_network(", "BarrierModel(")
    )
    names: dict = {}
    exec(compile(network + own, "docs/alloys.md", "exec"), names)
    assert names["done"].count.tolist() == [20_000] * 4
    assert "jumps of Nb, Mo, Ta" in capsys.readouterr().out
    occupation = np.where(names["occupation"] == 3, 1, names["occupation"])[:1]
    site = names["vacancies"][0]
    barriers = names["model"].evaluate(names["lattice"], occupation[0], site)
    neighbours = names["lattice"].coordinates(site)[:, None] + first_neighbours("bcc")
    species = occupation[0][names["lattice"].site(neighbours)]
    np.testing.assert_array_equal(barriers, np.where(species == 1, 0.9, 1.4))


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/running.md",
        "docs/plugins.md",
        "docs/fields.md",
        "docs/measures.md",
        "docs/alloys.md",
    ],
)
def test_links_to_files_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert ((ROOT / page).parent / target).exists(), target


def test_commands_of_the_guide_exist():
    from macropatch.cli.app import app

    known = {command.name for command in app.registered_commands}
    for page in ("README.md", "docs/running.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        shell = "".join(re.findall(r"```\n(.*?)```", text, re.DOTALL))
        used = set(re.findall(r"^macropatch ([a-z]+)", shell, re.MULTILINE))
        assert used and used <= known
