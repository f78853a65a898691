"""``[small] from``: snapshots of one's own as the pool, checked before any work."""

from __future__ import annotations

import json
import pickle
import re
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest
import zarr

import macropatch
from macropatch.errors import SettingsError, StorageError
from macropatch.experiment import read_study, study_of
from macropatch.experiment.resolved import resolved_toml
from macropatch.pipeline.execute import execute
from macropatch.pipeline.graph import build_graph
from macropatch.pipeline.imported_pool import ImportedPoolStage
from macropatch.pipeline.inventory import inventory
from macropatch.pipeline.pool import BLOCKS
from macropatch.pipeline.preflight import check_study
from macropatch.runs.arrays import read_rows
from macropatch.runs.stage import Workplace
from systems.folders import results_of, stages_in
from systems.studies import CHAIN, RING, document, write_settings


def store(path: Path, zarr_format: int = 3, chunk: int = 50, **arrays: np.ndarray) -> Path:
    """A Zarr group of the given arrays."""
    group = zarr.open_group(path, mode="w", zarr_format=zarr_format)
    for name, array in arrays.items():
        chunks = (min(chunk, len(array)), *array.shape[1:])
        group.create_array(name, data=array, chunks=chunks)
    return path


def field(count: int = 200, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((count, 1)) + 0.3 * rng.standard_normal((count, 10))


def chain_from(path: object, **changes):
    """The chain with a pool from a file; its patches and small systems have 10 sites."""
    settings = document(document(CHAIN, predict={"record_every": 0.5}), **changes)
    settings["small"] = {"from": str(path)}
    return settings


def ring_from(path: object, **changes):
    settings = document(document(RING, predict={"record_every": 1.0}), **changes)
    settings["small"] = {"from": str(path)}
    return settings


def spins(count: int = 200) -> np.ndarray:
    return np.where(np.random.default_rng(1).random((count, 12)) < 0.5, 1, -1).astype(np.int8)


def temperatures(count: int = 200) -> np.ndarray:
    return np.where(np.arange(count) % 2, 2.0, 3.0)[:, None]


def faults(settings, host) -> str:
    with pytest.raises(SettingsError) as caught:
        check_study(study_of(settings, host), host)
    return str(caught.value)


def pool_of(settings, host) -> ImportedPoolStage:
    (pool,) = (s for s in build_graph(study_of(settings, host), host).stages if s.kind == "import")
    assert isinstance(pool, ImportedPoolStage)
    return pool


@pytest.mark.parametrize("runs", [None, 7])
def test_the_pool_is_the_file_sorted_by_block(carry_out, host, tmp_path, runs):
    """Of interleaved runs, each wholly in one block; else of consecutive fifths."""
    u = field(203)
    run = None if runs is None else (np.arange(203) * 3) % runs + 100
    store(tmp_path / "own.zarr", u=u, **({} if run is None else {"run": run}))
    settings = chain_from(tmp_path / "own.zarr")
    carry_out(settings, tmp_path / "run")
    pool = pool_of(settings, host)
    kept = read_rows(pool.store(tmp_path / "run"), "state_u")
    block = np.arange(203) * 5 // 203
    if run is not None:  # runs in the order in which they appear: 100, 103, 106, 102 …
        seen = list(dict.fromkeys(run.tolist()))
        block = np.array([seen.index(one) * 5 // 7 for one in run])
    assert np.array_equal(kept, u[np.argsort(block, kind="stable")])
    assert np.allclose(read_rows(pool.store(tmp_path / "run"), "z")[:, 0], kept.mean(axis=1))
    for which in range(BLOCKS):
        assert np.array_equal(kept[pool.block_rows(which)], u[block == which])
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_bytes())
    assert any(record["name"] == "test_error" for record in metrics)
    assert not stages_in(tmp_path / "run", "simulate")
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "was not simulated but read from" in page


def test_snapshots_are_tiled_within_blocks(carry_out, host, tmp_path):
    """Sites of block b have the value b, so that a snapshot's mean tells its block."""
    run = np.arange(200) % 10
    u = np.repeat((run // 2).astype(float)[:, None], 10, axis=1) + 1e-3 * field(200)
    store(tmp_path / "own.zarr", u=u, run=run)
    settings = chain_from(
        tmp_path / "own.zarr", upsample={"random_share": 0.1}, predict={"starts": [{"spread": 0.0}]}
    )
    carry_out(settings, tmp_path / "run")
    root = tmp_path / "run"
    snapshots = macropatch.load(root, host).branches[0].fit.pairs.snapshots
    z, block = (read_rows(snapshots.store(root), name) for name in ("z", "block"))
    tiled = np.abs(z[:, 0] - np.round(z[:, 0])) + np.abs(z[:, 1] - z[:, 0] ** 2) < 0.02
    assert tiled.mean() > 0.85 and np.array_equal(np.round(z[tiled, 0]), block[tiled])
    assert set(block.tolist()) == set(range(BLOCKS))


def test_conditions_are_those_of_the_file(carry_out, host, tmp_path):
    c = temperatures() * (1.0 + 1e-12)  # as another program may have rounded them
    store(tmp_path / "own.zarr", sites=spins(), c=c, run=np.repeat(np.arange(10), 20))
    settings = ring_from(tmp_path / "own.zarr")
    carry_out(settings, tmp_path / "run")
    found = read_rows(pool_of(settings, host).store(tmp_path / "run"), "c")
    assert np.array_equal(found, temperatures()), "exactly the listed values"


def test_the_digest_is_that_of_the_data_alone(host, tmp_path):
    def name(path, **arrays):
        return pool_of(chain_from(store(tmp_path / path, **arrays)), host).name

    first = name("a.zarr", u=field())
    assert name("b.zarr", u=field(), chunk=7) == first, "chunks do not matter, nor does the path"
    assert name("c.zarr", u=field(), zarr_format=2) == first, "nor does the format"
    assert name("d.zarr", u=field(), more=np.zeros(3)) == first, "nor do other arrays"
    other = field()
    other[17, 3] += 1e-9
    assert name("e.zarr", u=other) != first
    assert name("f.zarr", u=field(), run=np.repeat(np.arange(5), 40)) != first


def test_dtypes_that_fit_are_taken(carry_out, host, tmp_path):
    for name, array in (("single", field().astype(np.float32)), ("big", field().astype(">f8"))):
        assert pool_of(chain_from(store(tmp_path / f"{name}.zarr", u=array)), host).file.rows == 200
    wide = store(tmp_path / "wide.zarr", sites=spins().astype(np.int64), c=temperatures())
    settings = ring_from(wide)
    carry_out(settings, tmp_path / "run")
    kept = read_rows(pool_of(settings, host).store(tmp_path / "run"), "state_sites")
    assert kept.dtype == np.int8 and set(np.unique(kept)) == {-1, 1}


def with_nan() -> np.ndarray:
    u = field()
    u[60, 2] = np.nan
    return u


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, r"no array 'u'.* \(arrays there: none\)"),
        ({"v": field()}, r"no array 'u'.* \(arrays there: v\)"),
        ({"u": field()[:, :9]}, r"'u' has shape \(200, 9\), but .* has \(10,\): \(200, 10\)"),
        ({"u": field()[:, 0]}, r"'u' has shape \(200,\)"),
        ({"u": field().astype(complex)}, "holds 'complex128', not numbers"),
        ({"u": with_nan()}, "array 'u', snapshot 60: nan is not a finite number"),
        ({"u": field(99)}, "99 snapshots: at least 100, or an array 'run'"),
        ({"u": field(99), "run": np.arange(99) % 4}, "'run' names 4 runs: at least 5"),
        (
            {"u": field(), "run": np.arange(200) / 2},
            "'run' must be one integer .* float64",
        ),
        ({"u": field(), "run": np.arange(199)}, r"'run' must be .* of shape \(199,\)"),
    ],
)
def test_files_that_cannot_be_a_pool_are_refused(host, tmp_path, arrays, message):
    settings = chain_from(store(tmp_path / "own.zarr", **arrays))
    assert re.search(r"\[small\] from = '.*own\.zarr': .*" + message, faults(settings, host))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"sites": spins()}, "no array 'c': the system has 1 conditions"),
        ({"sites": spins(), "c": temperatures()[:, 0]}, r"'c' has shape \(200,\); \(200, 1\)"),
        ({"sites": spins(), "c": temperatures() + 0.1}, r"'c', snapshot 0: \[3.1\] is none of"),
        ({"sites": 2 * spins(), "c": temperatures()}, "'sites', snapshot 0: -?2 is not one of"),
        ({"sites": spins().astype(float), "c": temperatures()}, "float64, which does not fit into"),
    ],
)
def test_files_that_are_no_pool_of_the_ring_are_refused(host, tmp_path, arrays, message):
    assert re.search(message, faults(ring_from(store(tmp_path / "own.zarr", **arrays)), host))


def test_what_is_no_group_is_refused(host, tmp_path):
    assert "no such folder" in faults(chain_from(tmp_path / "nowhere.zarr"), host)
    (tmp_path / "file.zarr").write_bytes(b"zarr")
    assert "is no folder" in faults(chain_from(tmp_path / "file.zarr"), host)
    (tmp_path / "empty.zarr").mkdir()
    assert "no Zarr group" in faults(chain_from(tmp_path / "empty.zarr"), host)


def damaged(path: Path) -> None:
    chunk = next(file for file in sorted((path / "u" / "c").rglob("*")) if file.is_file())
    chunk.write_bytes(chunk.read_bytes()[:10])


def no_json(path: Path) -> None:
    (path / "u" / "zarr.json").write_text("{")


def a_group_within(path: Path) -> None:
    shutil.rmtree(path / "u")
    zarr.open_group(path / "u", mode="w")


def enormous_chunks(path: Path) -> None:
    metadata = json.loads((path / "u" / "zarr.json").read_bytes())
    metadata["chunk_grid"]["configuration"]["chunk_shape"] = [10**9, 10]
    (path / "u" / "zarr.json").write_text(json.dumps(metadata))


@pytest.mark.parametrize(
    ("harm", "said"),
    [(damaged, "damaged"), (no_json, "damaged metadata"), (a_group_within, "'u' is no array"),
     (enormous_chunks, "chunks of")],
)  # fmt: skip
def test_damaged_files_are_refused(host, tmp_path, harm, said):
    path = store(tmp_path / "own.zarr", u=field())
    harm(path)
    assert said in faults(chain_from(path), host)


class Bomb:
    """What it makes when unpickled shows that code was run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("dtype", ["|O", "<f8"])
def test_nothing_in_a_file_is_unpickled(host, tmp_path, dtype):
    """Whether an array says that it holds objects, or lies that it holds numbers."""
    path = store(tmp_path / "own.zarr", u=field(), zarr_format=2, chunk=200)
    metadata = json.loads((path / "u" / ".zarray").read_bytes())
    metadata |= {"dtype": dtype, "filters": [{"id": "pickle"}], "compressor": None}
    (path / "u" / ".zarray").write_text(json.dumps(metadata))
    (path / "u" / "0.0").write_bytes(pickle.dumps(Bomb(tmp_path / "code was run")))
    said = faults(chain_from(path), host)
    assert "not numbers" in said or "not read for safety" in said
    assert not (tmp_path / "code was run").exists()


def test_what_describes_a_simulation_is_refused_beside_a_file(host, tmp_path):
    for key, value in (("runs", 10), ("records", 3), ("record_every", 1.0), ("start", {})):
        settings = chain_from("own.zarr")
        settings["small"][key] = value
        with pytest.raises(SettingsError, match=rf"\[small\] {key} = .*no meaning beside from"):
            study_of(settings, host)
    settings = document(CHAIN)
    settings["small"] = {"runs": 10}
    with pytest.raises(SettingsError, match=r"\[small\] record_every: missing"):
        study_of(settings, host)
    settings = chain_from(store(tmp_path / "own.zarr", u=field()))
    del settings["predict"]["record_every"]
    assert "[predict] record_every: missing; with [small] from" in faults(settings, host)


def test_relative_paths_are_those_of_the_settings_file(host, tmp_path, monkeypatch):
    path = tmp_path / "settings" / "own.toml"
    settings = chain_from("pool/own.zarr", quick={"small": {"from": "quick.zarr"}})
    write_settings(path, {**settings, "sweep": [{"small.from": ["a.zarr", "/b.zarr"]}]})
    monkeypatch.chdir(tmp_path)
    found = read_study(path, host)
    assert found.document["small"]["from"] == str(tmp_path / "settings" / "pool" / "own.zarr")
    assert [member.small.from_ for member in found.members] == [
        str(tmp_path / "settings" / "a.zarr"), "/b.zarr",
    ]  # fmt: skip
    quick = read_study(path, host, quick=True)
    assert quick.document["small"]["from"] == str(tmp_path / "settings" / "quick.zarr")
    given = read_study(path, host, overrides=["small.from=mine.zarr"])
    assert given.document["small"]["from"] == str(tmp_path / "mine.zarr"), "typed where one is"


def test_resolved_settings_can_be_read_again(host, tmp_path):
    study = study_of(chain_from(tmp_path / "own.zarr"), host)
    assert tomllib.loads(resolved_toml(study))["small"] == {"from": str(tmp_path / "own.zarr")}
    assert study_of(tomllib.loads(resolved_toml(study)), host).first == study.first


@pytest.mark.filterwarnings("ignore:.*left the range of the training data")
def test_a_run_outlives_its_file(carry_out, host, tmp_path):
    path = store(tmp_path / "own.zarr", u=field())
    root = tmp_path / "run"
    carry_out(chain_from(path), root)
    reference = macropatch.load(root, host).predict(duration=1.0, runs=2, clamp=True)
    metrics = results_of(root)["metrics.json"]
    path.rename(tmp_path / "away.zarr")
    with pytest.warns(UserWarning, match=r"import.* were made by other"):
        run = macropatch.load(root, host)
    assert run.predict(duration=1.0, runs=2, clamp=True).identical(reference)
    run.write_report()
    assert results_of(root)["metrics.json"] == metrics
    held = inventory(read_study(root, host), host, root)
    assert held.unused == (), "nothing is offered for deletion"
    assert [row.reason for row in held.rows if row.name.startswith("import")] == ["changed: data"]
    with pytest.raises(SettingsError, match="no such folder"):
        execute(read_study(root, host), host, root, show=False)
    with pytest.raises(StorageError, match="gone or no longer sound"):
        pool_of(chain_from(path), host).block_rows(0)


def test_a_file_that_changes_under_the_run_stops_it(carry_out, host, tmp_path):
    path = store(tmp_path / "own.zarr", u=field())
    pool = pool_of(chain_from(path), host)
    store(path, u=field(seed=1))
    place = Workplace(tmp_path, pool.rng(0), lambda share: None, tmp_path)
    with pytest.raises(StorageError, match="was changed while it was read"):
        pool.perform(0, place)
