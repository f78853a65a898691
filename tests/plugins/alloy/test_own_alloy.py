"""An alloy of one's own, fitted to EMT: file, kinetics that agree with Monte Carlo, a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import ase.io
import numpy as np
import pytest
import tomli_w
from ase.build import bulk
from scipy.stats import f as f_law

import macropatch
from macropatch.errors import SettingsError
from macropatch.experiment import study_of
from macropatch.host import build_host
from macropatch.lattice import draw_seeds
from macropatch.pipeline.preflight import check_study
from macropatch_alloy import (
    BarrierModel,
    ClusterExpansion,
    ClusterSpace,
    CubicLattice,
    LocalEnergy,
    VacancyKinetics,
    barriers_of_jumps,
    constant_activations,
    effective_medium_energies,
    expansion_barriers,
    fit_cluster_expansion,
    load_parameters,
    pair_counts,
    random_alloys,
    save_expansion,
    save_parameters,
    short_range_order,
    species_counts,
    swap_monte_carlo,
)
from macropatch_alloy.compositions import equal_counts
from macropatch_alloy.compositions import random_alloys as random_occupations

LATTICE = CubicLattice("fcc", 3.95, (4, 4, 4))
SPECIES = ("X", "Cu", "Au", "Pd")
ACTIVATIONS = {"Cu": 0.7, "Au": 0.6, "Pd": 0.8}
FALSE_ALARM, SNAPSHOTS = 1e-3, 96
PARTS = [1, 2, 4]
"""CuAu, CuPd, AuPd: the others follow from these."""


@dataclass(frozen=True)
class Own:
    """The alloy and its file."""

    expansion: ClusterExpansion
    model: BarrierModel
    path: Path


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Own:
    structures = random_alloys("fcc", 3.95, SPECIES[1:], 50, cells=[(2, 2, 2)], seed=1)
    rng = np.random.default_rng(1)
    for number, atoms in enumerate(structures):
        del atoms[rng.choice(32, number % 3, replace=False)]
    space = ClusterSpace("fcc", 3.95, SPECIES, {2: 4.0})
    expansion, report = fit_cluster_expansion(
        space, structures, effective_medium_energies(structures)
    )
    assert report.cv_rmse < 0.01  # eV a site
    path = tmp_path_factory.mktemp("own") / "cu-au-pd.json"
    save_parameters(path, constant_activations(expansion, ACTIVATIONS, {"source": "EMT"}))
    return Own(expansion, expansion_barriers("own", *load_parameters(path)), path)


def test_barriers_are_the_formula(own):
    rng = np.random.default_rng(2)
    occupations, vacancies = random_occupations(LATTICE, equal_counts(LATTICE, 3, 1), 20, rng)
    jumps = barriers_of_jumps(own.model, LATTICE, occupations, vacancies[:, 0])
    changes = LocalEnergy.of(own.expansion, LATTICE).jumps(occupations, vacancies[:, 0])
    activation = np.array([np.nan, *ACTIVATIONS.values()])[jumps.jumping]
    np.testing.assert_allclose(jumps.forth, activation + 0.5 * changes, atol=1e-9)
    np.testing.assert_allclose(jumps.changes, changes, atol=1e-9)


def order(occupations: np.ndarray) -> np.ndarray:
    pairs = pair_counts(LATTICE, occupations, 4)
    return short_range_order(pairs, species_counts(occupations, 4), 12)[:, PARTS]


def no_difference(one: np.ndarray, two: np.ndarray) -> float:
    """Hotelling's two-sample test: probability of means so far apart by chance."""
    m, n, p = len(one), len(two), one.shape[1]
    gap = one.mean(axis=0) - two.mean(axis=0)
    spread = ((m - 1) * np.cov(one.T) + (n - 1) * np.cov(two.T)) / (m + n - 2)
    squared = m * n / (m + n) * gap @ np.linalg.solve(spread, gap)
    return float(f_law.sf(squared * (m + n - p - 1) / (p * (m + n - 2)), p, m + n - p - 1))


@pytest.mark.parametrize(("kelvin", "agree"), [(900.0, True), (1400.0, False)])
def test_jumps_from_random_alloys_end_where_exchanges_do(own, kelvin, agree):
    """At the temperature of the exchanges they do, at another they do not."""
    rng = np.random.default_rng(3)
    counts = equal_counts(LATTICE, 3, 1)
    still, _ = random_occupations(LATTICE, counts, SNAPSHOTS, rng)
    still = swap_monte_carlo(
        LocalEnergy.of(own.expansion, LATTICE), still, np.full(SNAPSHOTS, 900.0), 20_000,
        draw_seeds(rng, SNAPSHOTS),
    ).occupations  # fmt: skip
    moving, vacancies = random_occupations(LATTICE, counts, SNAPSHOTS, rng)
    kinetics = VacancyKinetics(LATTICE, own.model)
    # a fixed time in the end: states after so many jumps favour those that are left late
    kinetics.evolve(moving, vacancies, kelvin, rng, jumps=6000)
    kinetics.evolve(moving, vacancies, kelvin, rng, duration=3e-9 if agree else 5e-10)
    assert (no_difference(order(still), order(moving)) > FALSE_ALARM) is agree


def settings(own: Own, **changes) -> dict:
    tables = {
        "experiment": {"name": "own", "seed": 1},
        "system": {"name": "alloy", "barriers": str(own.path), "sites_per_vacancy": 256},
        "conditions": {"temperature": [900.0]},
        "small": {"size": [4, 4, 4], "runs": 5, "records": 5, "record_every": 1.0},
        "large": {"size": [8, 4, 4]},
        "upsample": {"snapshots": 100, "random_share": 0.2, "tiling": "repeat"},
        "evolve": {"patch_size": [4, 4, 4], "halo": 0, "dt": 0.5},
        "sde": {"name": "linear", "ensemble": 1, "lambda": "K"},
        "predict": {"starts": [{}], "duration": 4.0, "runs": 5, "member_runs": 5},
        "evaluate": {"truth_runs": 2, "measures": ["mean"]},
        "report": {"figures": ["trajectories"]},
        "run": {"workers": 1, "executor": "threads"},
    }
    for table, values in changes.items():
        tables[table] = {**tables.get(table, {}), **values}
    return tables


def test_it_runs_to_a_report(own, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(tomli_w.dumps(settings(own)), encoding="utf-8")
    run = macropatch.run(path, tmp_path / "run", progress=False)
    assert run.state == "finished"
    assert "CuAu" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert np.isfinite(run.evaluation(scheme="partial").predicted).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"system": {"barriers": "none.json"}}, r"\[system\]: barriers = 'none.json': neither"),
        ({"system": {"barriers": "expansion.json"}}, "it is a cluster expansion alone; constant_a"),
        ({"system": {"barriers": "edited.json"}}, "edited.json: .*checksum: .*save_parameters"),
        ({"system": {"composition": [0.3, 0.3, 0.3]}}, r"\[system\] composition.* add up to 0.9"),
        ({"system": {"composition": [0.5, 0.5]}}, r"list 3 shares, of Cu, Au, Pd"),
        ({"system": {"sites_per_vacancy": 1000}}, r"\[small\] size = .*one in 1000 sites: choose"),
        ({"small": {"size": [2, 2, 2]}}, r"\[small\] size = .*take at least 4 cells an edge"),
        ({"large": {"size": [6, 8, 4]}}, r"\[large\] size = .*take multiples along each axis"),
        ({"conditions": {"temperature": [0.0]}}, r"\[conditions\] temperature: \[0.0\] are outs"),
        ({"small": {"start": {"file": "none.xyz"}}}, r"\[small\] start = .*there is no such file"),
        ({"small": {"start": {"file": "bad.xyz"}}}, "bad.xyz: ASE reads no structures in it"),
        ({"small": {"start": {"file": "cu.xyz"}}}, r"256 Cu, .*set composition and sites_per_vac"),
        ({"predict": {"starts": [{"file": "cu.xyz"}]}}, r"\[predict\] starts\[0\] = .*8, 4, 4\]"),
        ({"small": {"start": {"file": "361.xyz"}}}, r"361.xyz, structure 0: .*scale the cell"),
        ({"small": {"start": {"file": "nb.xyz"}}}, r"atom 0 \(Nb at .* that is no component"),
    ],
)  # fmt: skip
def test_bad_settings_are_refused_before_any_work(own, tmp_path, monkeypatch, changes, message):
    monkeypatch.chdir(tmp_path)
    save_expansion("expansion.json", own.expansion)
    Path("edited.json").write_text(own.path.read_text().replace('"EMT"', '"DFT"'))
    Path("bad.xyz").write_text("no structure")
    copper = bulk("Cu", "fcc", a=3.95, cubic=True).repeat(4)
    ase.io.write("cu.xyz", copper)
    ase.io.write("361.xyz", bulk("Cu", "fcc", a=3.61, cubic=True).repeat(4))
    copper.symbols[0] = "Nb"
    ase.io.write("nb.xyz", copper)
    host = build_host()
    with pytest.raises(SettingsError, match=message):
        check_study(study_of(settings(own, **changes), host), host)


@pytest.mark.parametrize(
    ("activations", "message"),
    [
        ({"Cu": 0.7, "Au": 0.6}, "there is none for 'Pd'"),
        ({**ACTIVATIONS, "Ag": 0.7}, "'Ag' is no atom of the expansion"),
        ({**ACTIVATIONS, "Pd": -0.1}, "-0.1 eV for 'Pd' is no positive number"),
        ({**ACTIVATIONS, "Pd": np.nan}, "nan eV for 'Pd'"),
    ],
)
def test_activations_that_do_not_fit_are_refused(own, activations, message):
    with pytest.raises(ValueError, match=message):
        constant_activations(own.expansion, activations)


def test_activations_need_the_vacancy():
    space = ClusterSpace("fcc", 3.95, ("Cu", "Au"), {2: 4.0})
    expansion = ClusterExpansion(space, np.zeros(space.columns))
    with pytest.raises(ValueError, match="fit an expansion with 'X' as the first component"):
        constant_activations(expansion, {"Cu": 0.7, "Au": 0.6})
