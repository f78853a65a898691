"""What declares a model: reaction terms, diffusion coefficients and noise amplitudes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from macropatch.contract import Quantity
from macropatch_spde.local_terms import SiteFunction

Profile = Callable[[tuple[np.ndarray, ...], int, Any, np.random.Generator], tuple[np.ndarray, ...]]
"""``(x, count, start, rng) → fields``: arrays that broadcast to ``(count, *size)``.

``x`` has one array an axis, from 0 to 1 along it, which broadcast to ``size``.
"""


@dataclass(frozen=True)
class ReactionDiffusion:
    """``du_f = [reaction_f(u) + D_f Δu_f] dt + s_f amplitude_f(u) dW_f``, in the sense of Itô.

    ``Δ`` is the difference of nearest neighbours on a grid of unit spacing; noise is independent at
    each site and of each field. ``reaction`` and ``amplitude`` take a tuple of the fields' values
    at a site and the tuple of parameters, and give a tuple with a number for each field. numba
    compiles them: arithmetic and the functions of :mod:`math` are at hand.

    Attributes
    ----------
    fields : name and label of each field; its mean is an observable of that name
    time_unit : unit of all durations
    reaction : the reaction terms
    profile : states to start from
    diffusion : ``D`` of each field, sites² a unit of time
    noise : ``s`` of each field; without ``amplitude`` noise is additive
    parameters : numbers that ``reaction`` and ``amplitude`` are given
    amplitude : what the noise is multiplied with, or ``None`` for one
    """

    fields: tuple[Quantity, ...]
    time_unit: str
    reaction: SiteFunction
    profile: Profile
    diffusion: tuple[float, ...]
    noise: tuple[float, ...]
    parameters: tuple[float, ...] = ()
    amplitude: SiteFunction | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that do not belong to the fields."""
        for what in ("diffusion", "noise"):
            numbers = getattr(self, what)
            if len(numbers) != len(self.fields) or min(numbers, default=-1.0) < 0.0:
                raise ValueError(
                    f"{what} = {numbers}: give one number, not negative, for each of the fields "
                    f"{[field.name for field in self.fields]}"
                )

    def longest_step(self, dimension: int) -> float:
        """Time step above which explicit steps of the fastest diffusion are unstable."""
        fastest = max(self.diffusion)
        return 1.0 / (2.0 * dimension * fastest) if fastest > 0.0 else float("inf")
