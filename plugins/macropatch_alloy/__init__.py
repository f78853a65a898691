"""Substitutional alloys on ASE crystals: cluster expansions, Monte Carlo, vacancy kinetics."""
