"""Numbers of a start, drawn where a range is given."""

from __future__ import annotations

import numpy as np

from macropatch_spde.settings import NumberOrRange


def drawn(value: NumberOrRange, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A number, or one drawn from a range for each snapshot."""
    low, high = value if isinstance(value, tuple) else (value, value)
    return rng.uniform(low, high, shape) if low < high else np.full(shape, low)
