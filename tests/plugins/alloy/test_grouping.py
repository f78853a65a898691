"""Regrouped sums over clusters, against the sums themselves."""

from __future__ import annotations

import numpy as np

from macropatch_alloy.grouping import add_cluster, group_clusters, stack_tables

CODES, SITES, VALUES = 3, 9, 2


def random_clusters(rng: np.random.Generator) -> list[tuple[tuple[int, ...], np.ndarray]]:
    listed = []
    for _ in range(40):
        members = tuple(rng.choice(SITES, rng.integers(1, 4), replace=False).tolist())
        listed.append((members, rng.normal(size=(*(CODES,) * len(members), VALUES))))
    return listed


def test_terms_sum_to_what_clusters_sum_to():
    rng = np.random.default_rng(0)
    listed = random_clusters(rng)
    clusters = {}
    for members, values in listed:
        add_cluster(clusters, members, values)
    members, tables = group_clusters(clusters, CODES)
    table, start = stack_tables(tables, VALUES)
    assert len(members) < len(clusters) <= len(listed)
    for _ in range(20):
        species = rng.integers(0, CODES, SITES)
        expected = sum(values[tuple(species[list(m)])] for m, values in listed)
        rows = start + species[members] @ np.array([CODES**2, CODES, 1])
        np.testing.assert_allclose(table[rows].sum(axis=0), expected, atol=1e-12)


def test_points_alone_fill_terms_and_equal_tables_are_kept_once():
    clusters = {(k,): np.ones((CODES, 1)) for k in range(7)}
    members, tables = group_clusters(clusters, CODES)
    assert members.tolist() == [[0, 1, 2], [3, 4, 5], [6, 6, 6]]
    table, start = stack_tables(tables, 1)
    assert start.tolist() == [0, 0, CODES**3]
    assert len(table) == 2 * CODES**3


def test_nothing_to_group():
    members, tables = group_clusters({}, CODES)
    table, start = stack_tables(tables, VALUES)
    assert members.shape == (0, 3) and table.shape == (0, VALUES) and start.shape == (0,)
