"""Spins: Curie–Weiss (mean field)."""
