"""What the kernel is called with: windows, time steps, seeds and room for results."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from macropatch.contract import Surroundings
from macropatch.lattice import draw_seeds
from macropatch_spde.declaration import ReactionDiffusion
from macropatch_spde.errors import BlowUpError
from macropatch_spde.local_terms import compiled, evaluate
from macropatch_spde.settings import FieldSettings
from macropatch_spde.stepper import FINITE, evolve_windows
from macropatch_spde.windows import Edges, windows

ROUNDING = 1e-6
"""A duration may exceed whole time steps by so much of one: floats are not decimal numbers."""


@dataclass(frozen=True)
class Outcome:
    """Of one window a pair.

    Attributes
    ----------
    change : ``(P, fields)``, change of the patch's sums
    noise : the part of it that noise gave, if asked for (else ``P = 0``)
    after : ``(P, fields, *patch)``, evolved patches, if asked for (else ``P = 0``)
    """

    change: np.ndarray
    noise: np.ndarray
    after: np.ndarray


class Dynamics:
    """A declaration at its settings, compiled.

    Raises
    ------
    ValueError
        if the time step is beyond the stability limit, or a function does not compile.
    """

    def __init__(self, settings: FieldSettings, model: ReactionDiffusion) -> None:
        limit = model.longest_step(settings.dimension)
        if settings.time_step > limit:
            raise ValueError(
                f"time_step = {settings.time_step:g} is beyond the stability limit {limit:g} of "
                f"explicit steps, 1/(2 · dimension · diffusion) with dimension = "
                f"{settings.dimension} and the largest diffusion, {max(model.diffusion):g}: "
                "lower one of them"
            )
        self._settings = settings
        self._parameters, self._diffusion, self._noise = (
            np.array(numbers, dtype=np.float64)
            for numbers in (model.parameters, model.diffusion, model.noise)
        )
        shape = len(model.fields), len(model.parameters)
        self._reaction = compiled(model.reaction, *shape)
        self._multiplicative = model.amplitude is not None
        self._amplitude = compiled(model.amplitude or model.reaction, *shape)

    def steps(self, dt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Number and length of the equal steps, no longer than the time step, of durations."""
        steps = np.ceil(dt / self._settings.time_step - ROUNDING).astype(np.int64)
        steps = np.where(dt > 0.0, np.maximum(steps, 1), 0)
        return steps, dt / np.maximum(steps, 1)

    def evolve(
        self,
        grids: np.ndarray,
        pairs: np.ndarray,
        patch: Edges,
        surroundings: Surroundings,
        dt: np.ndarray,
        rng: np.random.Generator,
        noise: bool = False,
        after: bool = True,
    ) -> Outcome:
        """Evolve the patch of each pair in its surroundings.

        Raises
        ------
        BlowUpError
            if numbers do not stay finite; names snapshot, time and setting.
        """
        size: Edges = grids.shape[2:]
        area = windows(
            size, patch, pairs[:, 1], surroundings, self._settings.boundary == "periodic"
        )
        steps, step = self.steps(dt)
        fields = grids.shape[1]
        outcome = Outcome(
            np.zeros((len(pairs), fields)),
            np.zeros((len(pairs) if noise else 0, fields)),
            np.empty((len(pairs) if after else 0, fields, *patch)),
        )
        lost = evolve_windows(
            grids, pairs[:, 0].copy(), area.origin, area.extent, area.lead, area.sides, patch,
            area.most, self._settings.dimension == 2, steps, step, self._reaction, self._amplitude,
            self._parameters, self._diffusion, self._noise, self._multiplicative,
            self._settings.stepper == "heun", draw_seeds(rng, len(pairs)),
            outcome.change, outcome.noise, outcome.after,
        )  # fmt: skip
        if (lost != FINITE).any():
            first = int(np.argmax(lost != FINITE))
            time = float(lost[first] * step[first])
            raise BlowUpError(int(pairs[first, 0]), time, self._settings.time_step)
        return outcome

    def local_terms(self, grids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Reaction terms and noise amplitudes at every site, as ``grids``."""
        rate, amplitude = np.empty_like(grids), np.ones_like(grids)
        bordered = np.pad(grids, ((0, 0), (0, 0), (1, 1), (1, 1)))
        evaluate(self._reaction, bordered, self._parameters, rate)
        if self._multiplicative:
            evaluate(self._amplitude, bordered, self._parameters, amplitude)
        return rate, amplitude * self._noise[:, None, None]
