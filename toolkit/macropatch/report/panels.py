"""A page of panels: sentences, figures and tables under headings, in the style of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from macropatch.report.page import Drawing, inline
from macropatch.report.tables import Table
from macropatch.report.templates import environment

TEMPLATE = "panels.html.jinja"


@dataclass(frozen=True)
class Panel:
    """One section of a page.

    Attributes
    ----------
    anchor, title : of the section
    sentences : what it shows, in words
    drawings : figures, as :func:`drawing` makes them
    tables : the same in numbers
    """

    anchor: str
    title: str
    sentences: Sequence[str] = ()
    drawings: Sequence[Drawing] = ()
    tables: Sequence[Table] = ()


def drawing(name: str, title: str, caption: str, svg: str) -> Drawing:
    """A figure from the text of an SVG file."""
    return Drawing(f"figure-{name}", title, caption, inline(svg, name))


def render_panels(
    title: str,
    over: str,
    panels: Sequence[Panel],
    *,
    lead: Sequence[str] = (),
    warnings: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    pages: Mapping[str, str] | None = None,
) -> str:
    """The page as HTML, with no script and no request to anywhere.

    Parameters
    ----------
    over : small print above the title
    lead : paragraphs below it
    warnings : what the reader must know first
    settings : heading → text, set as it is
    pages : title → name of a file beside the page, for pages that it links
    """
    return environment().get_template(TEMPLATE).render(
        title=title, over=over, panels=panels, lead=lead, warnings=warnings,
        settings=settings or {}, pages=pages or {},
    )  # fmt: skip
