"""Measures of order, as records."""
