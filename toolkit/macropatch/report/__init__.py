"""The report: figures drawn from results, and one self-contained HTML page.

    >>> from macropatch.report.gallery import draw_all
    >>> from macropatch.report.page import StageRow, write_report

This module imports neither, so that listing plugins stays quick.
"""
