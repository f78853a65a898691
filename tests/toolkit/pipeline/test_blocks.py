"""Blocks of pool runs: every task belongs to one, every snapshot descends from one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import macropatch
from macropatch.experiment import study_of
from macropatch.pipeline.graph import build_graph
from macropatch.pipeline.pool import BLOCKS, block_of, tasks_of_block
from macropatch.pipeline.source import SystemSource
from macropatch.pipeline.tiles import level_sizes
from macropatch.runs.arrays import read_rows
from systems.studies import document


@given(tasks=st.integers(5, 10_000))
def test_blocks_part_the_tasks_evenly(tasks):
    parts = [tasks_of_block(block, tasks) for block in range(BLOCKS)]
    assert [task for part in parts for task in part] == list(range(tasks))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    for block, part in enumerate(parts):
        assert block_of(part[0], tasks) == block_of(part[-1], tasks) == block


@pytest.mark.parametrize(
    ("small", "large", "factor", "sizes"),
    [
        ((8, 8), (64, 64), 2, [(16, 16), (32, 32), (64, 64)]),
        ((8, 8), (64, 64), 4, [(32, 32), (64, 64)]),
        ((8, 8), (64, 64), None, [(64, 64)]),
        ((8, 16), (64, 64), 2, [(16, 32), (32, 64), (64, 64)]),
        ((16, 16), (96, 48), 2, [(96, 48)]),
        ((16, 16), (96, 96), 2, [(32, 32), (96, 96)]),
        ((16, 16), (48, 48), 2, [(48, 48)]),
        ((16, 16), (32, 32), 2, [(32, 32)]),
        ((16, 16), (16, 16), 2, [(16, 16)]),
    ],
)
def test_systems_grow_by_the_factor_then_by_what_is_left(small, large, factor, sizes):
    assert list(level_sizes(small, large, factor)) == sizes


@settings(max_examples=25)
@given(
    runs=st.integers(5, 500), records=st.integers(1, 300), snapshots=st.integers(100, 1000),
    task_size=st.integers(10, 1200),
)  # fmt: skip
def test_rows_of_tasks_part_the_data(host, runs, records, snapshots, task_size):
    changed = document(
        small={"runs": runs, "records": records}, upsample={"snapshots": snapshots},
        run={"task_size": task_size},
    )  # fmt: skip
    stages = {stage.kind: stage for stage in build_graph(study_of(changed, host), host).stages}
    pool, large = stages["simulate"], stages["upsample"]
    assert pool.tasks >= BLOCKS and large.tasks >= BLOCKS
    assert (pool.tasks - 1) * pool.runs_per_task < runs <= pool.tasks * pool.runs_per_task
    rows = [large.rows_of(task) for task in range(large.tasks)]
    assert rows[0].start == 0 and rows[-1].stop == snapshots
    assert all(a.stop == b.start and a.start < a.stop for a, b in itertools.pairwise(rows))
    assert [large.corner(task)["z"][0] for task in range(large.tasks)] == [r.start for r in rows]


@pytest.mark.parametrize("relax", [0.0, 1e-9])
@pytest.mark.parametrize("tiling", ["join", "repeat", "mixture"])
def test_a_snapshot_descends_from_one_block_of_the_pool(carry_out, host, tmp_path, tiling, relax):
    """Two runs a block that hardly move or relax: ``m`` tells where it comes from.

    At once without relaxation, else in two levels.
    """
    tiled = document(
        small={"runs": 10, "record_every": 1e-6, "start": {"m": [-1.0, 1.0]}, "records": 4},
        upsample={"snapshots": 100, "random_share": 0.0, "tiling": tiling, "relax": relax},
        sde={"lambda": "K", "ensemble": 1}, training={"epochs": 1},
        predict={"starts": [{"m": 0.0}], "clamp": True, "record_every": 2.9},
    )  # fmt: skip
    carry_out(tiled, tmp_path / "run")
    stages = macropatch.load(tmp_path / "run", host).branches[0].stages()
    assert stages["upsample"].growth.sizes == (((128,),) if relax else ()) + ((256,),)
    pool = read_rows(stages["simulate"].store(tmp_path / "run"), "z")[:, 0].reshape(10, 4)
    store = stages["upsample"].store(tmp_path / "run")
    z, block = read_rows(store, "z")[:, 0], read_rows(store, "block")
    assert np.bincount(block).tolist() == [20] * 5
    for own in range(5):
        # Five blocks of two runs each; a snapshot's m lies between those of its block's runs.
        mine = pool[2 * own : 2 * own + 2]
        found = z[block == own]
        assert (found >= mine.min() - 1e-9).all() and (found <= mine.max() + 1e-9).all()
        if tiling == "repeat":
            assert np.isclose(found[:, None], mine.reshape(-1)).any(axis=1).all()


def test_a_system_is_made_once_in_each_process(host):
    record = host.system("epidemic")
    sources = [SystemSource(record, record.settings(infection=x), ()) for x in (1.5, 1.5, 2.0)]
    first, same, other = (source.make() for source in sources)
    assert first is same and first is not other
