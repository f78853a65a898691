"""The contact process: infected sites recover, and infect their neighbours."""

import numpy as np

from macropatch.contract import Quantity
from macropatch.lattice import LatticeObservable, LatticeSystem


class Epidemic(LatticeSystem):
    """Sites are healthy (0) or infected (1)."""

    dimension = 2
    levels = (0, 1)
    time_unit = "recovery times"
    terms = (
        LatticeObservable(
            Quantity("infected", "share of infected sites", low=0, high=1), site_term=float
        ),
    )

    def __init__(self, settings):
        self.settings = settings

    def local_rate(self, value, neighbours, parameters):
        if value:
            return 1.0
        return self.settings.imported + self.settings.infection * neighbours / 4

    def initial(self, size, count, c, start, rng):
        given = start.infected
        low, high = given if isinstance(given, tuple) else (given, given)
        share = rng.uniform(low, high, count) if low < high else np.full(count, low)
        return self.scatter(size, share, rng)


def share_of_pairs(cells: np.ndarray) -> np.ndarray:
    """Share of neighbouring pairs inside a cell that are both infected."""
    across = (cells[..., 1:] * cells[..., :-1]).mean(axis=(1, 2, 3))
    down = (cells[..., 1:, :] * cells[..., :-1, :]).mean(axis=(1, 2, 3))
    return ((across + down) / 2)[:, None]
