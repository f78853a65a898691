"""How many spins of a start point up."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from macropatch_ising.settings import SpinStart


def share_up(start: SpinStart, count: int, rng: np.random.Generator) -> Float[np.ndarray, " count"]:
    """Share of up spins of each snapshot: one magnetisation, or drawn uniformly from a range."""
    low, high = start.m if isinstance(start.m, tuple) else (start.m, start.m)
    m = rng.uniform(low, high, count) if low < high else np.full(count, low)
    return np.asarray((1.0 + m) / 2.0)
