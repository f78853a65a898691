"""Lattice systems out of one function of local rates, for plugin authors.

    from macropatch.lattice import LatticeObservable, LatticeSystem

:mod:`macropatch.lattice.random` has the random numbers for kernels of your own,
:mod:`macropatch.lattice.geometry` how grids are cut.
"""

from macropatch.lattice.geometry import edges, pieces, split
from macropatch.lattice.observables import LatticeObservable
from macropatch.lattice.operations import checked_pairs
from macropatch.lattice.random import (
    advance,
    draw_seeds,
    low_half,
    next64,
    pick,
    seed_state,
    uniform,
)
from macropatch.lattice.system import SITES, LatticeSystem

__all__ = [
    "SITES",
    "LatticeObservable",
    "LatticeSystem",
    "advance",
    "checked_pairs",
    "draw_seeds",
    "edges",
    "low_half",
    "next64",
    "pick",
    "pieces",
    "seed_state",
    "split",
    "uniform",
]
