import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from macropatch.contract.results import Metric
from macropatch.report.gallery import draw_all
from macropatch.report.page import StageRow, inline, render_report, write_report
from macropatch.report.plugin import macropatch_figures

VOID = {"meta", "link", "br", "hr", "img", "input"}
ATTACK = "<script>alert('m')</script>"


class Page(HTMLParser):
    """Checks nesting; collects tags, identifiers, addresses and text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.ids, self.addresses, self.words = [], [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []
        self.text = " ".join(" ".join(self.words).replace("\u00a0", " ").split())

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self._note(attributes)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self._note(attributes)

    def _note(self, attributes):
        for key, value in attributes:
            if key == "id":
                self.ids.append(value)
            if key in ("src", "href", "xlink:href", "action", "data"):
                self.addresses.append(value)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)


def render(results, **changes):
    told = {
        "settings_toml": '[experiment]\nname = "curie-weiss"\n',
        "versions": {"macropatch": "0.1.0", "numpy": "2.4"},
        "stages": [StageRow("evolve", 48, 12.5, 9_800_000, "77e1f2"), StageRow("fit", 12, 131.0)],
        "how_to_reproduce": "macropatch run curie-weiss",
    }
    return render_report(results, **{**told, **changes})


@pytest.fixture(scope="module")
def figures(results):
    return draw_all(results, macropatch_figures())


def test_page_holds_everything(results, figures):
    page = Page(render(results, figures=figures, notes=["Nothing was clamped."]))
    assert page.tags.count("svg") == page.tags.count("figure") == 8
    for words in (
        "Test error of m, means of 20 trajectories",
        "Standard deviation of m, ratio",
        "Calibrated variance ratio λ",
        "published 4.38 × 10⁻³",
        "MMD over time. Maximum mean discrepancy",
        "Nothing was clamped.",
        'name = "curie-weiss"',
        "numpy 2.4",
        "evolve 48 12.5 9.80 × 10⁶ 77e1f2",
        "macropatch run curie-weiss",
        "arXiv 2511.12842",
        "Nowhere does it stand above the floor by more than two standard errors.",
        "direct simulation of the large system took 96.0 s, 0.45 times as long",
    ):
        assert words in page.text
    assert "quick run" not in page.text


def test_headline_tables_come_first(results, figures):
    html = render(results, figures=figures)
    titles = re.findall(r"<h3>(.*?)</h3>", html)
    assert titles[0].startswith("Test error of m")
    assert html.index(titles[0]) < html.index("<details>")


def test_each_scheme_is_a_column_even_if_lambda_differs(results, figures):
    metrics = tuple(
        replace(m, labels={**m.labels, "lambda": len(m.labels["scheme"]) / m.labels["patch_size"]})
        for m in results.metrics
        if m.name == "test_error"
    )
    page = Page(render(replace(results, metrics=metrics), figures=figures))
    assert "patch size partial published naive floor 64" in page.text
    assert "lambda partial" not in page.text


def test_quick_runs_and_warnings_are_announced(results, figures):
    page = Page(render(results, figures=figures, quick=True, warnings=["Trust nothing."]))
    assert "quick run" in page.text
    assert "Trust nothing." in page.text


def test_pages_beside_the_report_are_linked(results, figures):
    page = Page(render(results, figures=figures, pages={"Diagnosis": "diagnosis.html"}))
    assert [a for a in page.addresses if a.endswith(".html")] == ["diagnosis.html"]
    assert "Citations Diagnosis" in page.text


def test_nothing_is_loaded_from_anywhere(results, figures):
    html = render(results, figures=figures)
    page = Page(html)
    outside = [a for a in page.addresses if not a.startswith("#")]
    assert outside == ["https://arxiv.org/abs/2511.12842"]
    assert "script" not in page.tags and "link" not in page.tags
    assert not re.search(r"url\((?!#)|@import", html)


def test_anchors_and_identifiers_fit(results, figures):
    page = Page(render(results, figures=figures))
    assert len(set(page.ids)) == len(page.ids)
    inside = {address[1:] for address in page.addresses if address.startswith("#")}
    assert inside <= set(page.ids)


def test_all_text_is_escaped(make_results):
    results = make_results(
        experiment=ATTACK,
        names=("m", ATTACK),
        runs=20,
        sizes=(64,),
        schemes=("partial", ATTACK),
        label=f"$mean$ of --> {ATTACK} $",
    )
    results = replace(
        results,
        time_unit=ATTACK,
        seconds={ATTACK: 3.0},
        metrics=(*results.metrics, Metric("cost_seconds", 1.0, None, {"of": ATTACK})),
    )
    told = []
    figures = draw_all(results, macropatch_figures(), warn=told.append)
    assert told == []
    html = render(
        results,
        figures=figures,
        captions={"test_error": ATTACK},
        settings_toml=f'name = "{ATTACK}"',
        versions={ATTACK: ATTACK},
        stages=[StageRow(ATTACK, 1, 1.0, None, ATTACK)],
        notes=[ATTACK],
        warnings=[ATTACK],
        how_to_reproduce=ATTACK,
    )
    assert "<script" not in html
    assert all("<script" not in svg for svg in figures.values())
    page = Page(html)
    assert "script" not in page.tags
    assert page.text.count(ATTACK) > 10


def test_a_failing_figure_is_a_warning_on_the_page(results, monkeypatch):
    from macropatch.report.figures import cost

    def failing(results, ax=None):
        raise RuntimeError("no such column")

    monkeypatch.setattr(cost, "draw_cost", failing)
    page = Page(render(results))
    assert page.tags.count("svg") == 7
    assert "figure 'cost' of" in page.text
    assert "RuntimeError: no such column" in page.text


def test_report_appears_whole_or_not_at_all(results, figures, tmp_path):
    path = tmp_path / "report.html"
    write_report(path, results, settings_toml="", versions={}, stages=[], figures=figures)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    Page(path.read_text(encoding="utf-8"))


def test_results_without_measures_still_make_a_page(results):
    empty = replace(results, evaluations=(), metrics=(), functions=(), seconds={})
    page = Page(render(empty, stages=[], versions={}, how_to_reproduce=""))
    assert "This run measured nothing to compare with." in page.text
    assert "svg" not in page.tags


def test_headline_can_be_chosen(results, figures):
    page = Page(render(results, figures=figures, headline={"scheme": "naive"}))
    assert "It stands above the floor by more than two standard errors at" in page.text
    assert "The published test errors of m are" in page.text


def test_inlined_identifiers_are_prefixed():
    svg = (
        '<?xml version="1.0"?><svg width="10pt" height="5pt" viewBox="0 0 10 5">'
        '<style>*{fill:red}</style><!-- m --><defs><path id="a"/></defs><use href="#a"/>'
        '<g clip-path="url(#a)"/></svg>'
    )
    html = inline(svg, "cost")
    assert 'id="cost-a"' in html and 'href="#cost-a"' in html and "url(#cost-a)" in html
    for gone in ("<?xml", "<style", "<!--", 'width="10pt"'):
        assert gone not in html
