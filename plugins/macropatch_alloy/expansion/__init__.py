"""Cluster expansions: orbits, fits, files, the ASE calculator."""
