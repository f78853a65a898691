"""``macropatch report A B --out PAGE``: the figures of several runs on one page."""

from __future__ import annotations

import re
import tomllib

import pytest
import tomli_w

from macropatch.api.joint import joint_page
from macropatch.api.runs import load


def edited(root, **changes):
    """Settings of a copied run folder, changed table by table."""
    settings = tomllib.loads((root / "experiment.toml").read_text())
    for table, entries in changes.items():
        settings.setdefault(table, {}).update(entries)
    (root / "experiment.toml").write_text(tomli_w.dumps(settings))
    return root


def test_each_figure_has_one_section_with_all_runs(finished_chain, finished_sweep, copy_of, host):
    warnings: list[str] = []
    shown = {"figures": ["test_error", "trajectories"]}
    roots = [edited(copy_of(root), report=shown) for root in (finished_chain, finished_sweep)]
    page = joint_page([load(root, host) for root in roots], warnings.append)
    assert not warnings
    assert page.count('id="test_error"') == 1 and page.count('id="trajectories"') == 1
    assert page.count('id="figure-0-test_error"') == page.count('id="figure-1-test_error"') == 1
    section = page[page.index('id="test_error"') : page.index('id="trajectories"')]
    assert "figure-0-test_error" in section and "figure-1-test_error" in section
    for anchor, root in enumerate(roots):
        assert f'id="headline-{anchor}"' in page and str(root.resolve()) in page
    identifiers = re.findall(r'\sid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers)), "drawings of two runs share no identifier"
    assert not re.search(r'<script|(src|href)="http', page)


def test_published_values_stand_beside_ours(finished_chain, copy_of, host):
    root = copy_of(finished_chain)
    cited = {"name": "test_error", "value": 0.123, "labels": {"trajectories": 2}}
    edited(root, evaluate={"published": [cited]})
    page = joint_page([load(root, host)], pytest.fail)
    assert "published 0.123" in page


def test_the_command_needs_a_page_for_several_runs(command, finished_sweep, tmp_path):
    refused = command("report", finished_sweep, finished_sweep)
    assert refused.code == 2 and "add --out FILE.html" in refused.err
    page = tmp_path / "both.html"
    ended = command("report", finished_sweep, finished_sweep, "--out", page)
    assert ended.code == 0 and f"page: {page.resolve()}" in ended.out
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    again = command("report", finished_sweep, "--out", page)
    assert again.code == 2 and "exists already" in again.err
    assert command("report", finished_sweep, "--out", page, "--force").code == 0


def test_a_run_that_is_not_finished_is_named(command, finished_sweep, copy_of, tmp_path):
    root = copy_of(finished_sweep)
    records = next((root / "tasks").glob("truth*"))
    for path in sorted(records.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    refused = command("report", root, "--out", tmp_path / "page.html")
    assert refused.code == 1 and f"{root}: stage truth" in refused.err
    assert "macropatch run" in refused.err
