"""Figures of order, one a file; they draw results as those of ``macropatch.report.figures`` do."""
