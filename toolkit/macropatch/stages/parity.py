"""Parity under a symmetry of the dynamics: of observables, and of closures made even or odd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from macropatch.contract import CellSample, ClosureEncoder, MicroscopicSystem, States
from macropatch.errors import TrainingError

ROUNDING = 1e-9
"""Of an observable's largest value: it and its image differ by less where they are equal."""

VARIES = 1e-6
"""Of a component's root mean square: a smaller spread is rounding, in networks of float32."""

PARITIES = "symmetry.parities"
"""Name of the parities among the parameters of an encoder."""


def observable_parities(system: MicroscopicSystem, states: States) -> Float[np.ndarray, " d"]:
    """+1 for each observable that ``reflect`` leaves as it is, −1 for each whose sign it changes.

    Raises
    ------
    ValueError
        if an observable is neither, or zero in all snapshots and so both; names it.
    """
    z, image = system.observe(states), system.observe(system.reflect(states))
    close = ROUNDING * np.abs(z).max(axis=0)
    even, odd = (np.abs(image - sign * z).max(axis=0) <= close for sign in (1.0, -1.0))
    for quantity, unchanged, reversed_ in zip(system.observables, even, odd, strict=True):
        if unchanged and reversed_:
            raise ValueError(
                f"observable {quantity.name!r} is zero in all snapshots, so its parity under "
                "reflect cannot be told; start from others"
            )
        if not (unchanged or reversed_):
            raise ValueError(
                f"reflect maps observable {quantity.name!r} neither to itself nor to its negative; "
                "take combinations that are even or odd as observables"
            )
    return np.where(even, 1.0, -1.0)


class ParityEncoder(ClosureEncoder):
    """Any encoder ``e``, made even or odd in each component under a symmetry ``R`` of cells.

    Component ``k`` is ``(e_k(x) + p_k e_k(Rx))/2``, ``p_k = ±1`` its parity.
    """

    def __init__(
        self, inner: ClosureEncoder, reflect_cells: Callable[[np.ndarray], np.ndarray]
    ) -> None:
        self._inner, self._reflect_cells = inner, reflect_cells
        self.parities: Float[np.ndarray, " closures"] = np.zeros(0)

    @property
    def dimension(self) -> int:
        """That of the encoder inside."""
        return self._inner.dimension

    def fit(self, sample: CellSample) -> dict[str, float]:
        """Train on half of the cells and their images, then choose the parity of each component.

        Raises
        ------
        TrainingError
            see :func:`choose_parities`.
        """
        half = sample.cells[: (len(sample.cells) + 1) // 2]
        cells = np.concatenate([half, self._reflect_cells(half)])
        figures = self._inner.fit(replace(sample, cells=cells))
        self.parities = choose_parities(*np.split(self._inner.encode(cells), 2))
        return {**figures, "odd_components": float((self.parities < 0).sum())}

    def encode(
        self, cells: Float[np.ndarray, "count channels ..."]
    ) -> Float[np.ndarray, "count closures"]:
        """Even and odd components of each cell."""
        image = self._inner.encode(self._reflect_cells(cells))
        return np.asarray((self._inner.encode(cells) + self.parities * image) / 2.0)

    def parameters(self) -> dict[str, np.ndarray]:
        """Those of the encoder inside, and the parities."""
        return {**self._inner.parameters(), PARITIES: self.parities}

    def restore(self, parameters: dict[str, np.ndarray]) -> None:
        """Take them back."""
        rest = dict(parameters)
        parities = rest.pop(PARITIES, np.zeros(0))
        if parities.shape != (self.dimension,) or not (np.abs(parities) == 1.0).all():
            raise ValueError(f"parameter {PARITIES!r} must be +1 or −1 for each of its components")
        self._inner.restore(rest)
        self.parities = parities


def choose_parities(
    plain: Float[np.ndarray, "count closures"], image: Float[np.ndarray, "count closures"]
) -> Float[np.ndarray, " closures"]:
    """Parity of each component: of its even and its odd part the one that varies more.

    What varies is what the parts chosen before do not explain, the largest first. Otherwise two
    components that mix one even and one odd variable would give the same one twice.

    Parameters
    ----------
    plain, image : an encoder's values at cells and at their images

    Raises
    ------
    TrainingError
        if neither part of a component varies.
    """
    parts = np.stack([plain + image, plain - image]).astype(np.float64) / 2.0
    parts[0] -= parts[0].mean(axis=0)
    size = np.square(plain).mean(axis=0) + np.square(image).mean(axis=0)
    parities = np.zeros(plain.shape[1])
    while not parities.all():
        variance = np.where(parities == 0.0, np.square(parts).mean(axis=1), -1.0)
        which, component = np.unravel_index(variance.argmax(), variance.shape)
        if variance[which, component] <= VARIES**2 * size[component]:
            raise TrainingError(
                f"component {component + 1} of the closure varies neither in its even nor in its "
                "odd part, or only as other components do: ask for fewer ([closure] dimension), or "
                "set [sde] symmetry = false"
            )
        parities[component] = (1.0, -1.0)[which]
        chosen = parts[which, :, component] / np.linalg.norm(parts[which, :, component])
        parts[which] -= np.outer(chosen, chosen @ parts[which])
    return parities
