"""What a microscopic system implements. Everything else about it is the plugin's own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from pydantic import BaseModel

from macropatch.contract.quantities import (
    ArraySpec,
    Evolution,
    Geometry,
    LinearConstraint,
    PatchEvolution,
    Quantity,
    Size,
    States,
    Surroundings,
)
from macropatch.errors import CapabilityError

CAPABILITIES = frozenset(
    {
        "cells",
        "cut",
        "drift_and_diffusion",
        "equilibrate",
        "martingale",
        "reflect",
        "to_atoms",
    }
)
"""Optional members, as a record declares them (``cut`` includes ``evolve_events`` and
``evolve_alone``; ``reflect`` of a system with ``cells`` includes ``reflect_cells``)."""


class MicroscopicSystem(ABC):
    """A system of ``n`` sites whose events are owned by patches.

    A batch of snapshots is a mapping of named arrays whose first axis counts them. Conditions ``c``
    have the shape ``(count, conditions)``, so one batch may mix temperatures. ``rng`` is the task's
    generator: all randomness of a call is drawn from it, so that equal seeds give equal results.
    No method changes its arguments.
    """

    @property
    @abstractmethod
    def observables(self) -> tuple[Quantity, ...]:
        """The intensive observables ``z*``, each an average of local terms."""

    @property
    def independent(self) -> tuple[str, ...]:
        """Names of the observables that an SDE is fitted to; by default all.

        Where relations tie observables, leave out as many as there are relations: those are
        reconstructed, linearly in the others and smoothly in the conditions, as measured.
        """
        return tuple(quantity.name for quantity in self.observables)

    @property
    def conditions(self) -> tuple[Quantity, ...]:
        """The conditions ``c`` that may vary between snapshots."""
        return ()

    @property
    @abstractmethod
    def time_unit(self) -> str:
        """Unit of all durations, e.g. ``"attempts per site"``."""

    @property
    def physical_unit(self) -> str:
        """Unit of :meth:`physical_time`; empty where ``time_unit`` is all there is."""
        return ""

    def physical_time(
        self, c: Float[np.ndarray, "count conditions"]
    ) -> Float[np.ndarray, " count"]:
        """How long one time unit is at given conditions, in ``physical_unit``.

        Where rates span decades, durations are best told in a unit that follows them.
        """
        return np.ones(len(c))

    @property
    def constraints(self) -> tuple[LinearConstraint, ...]:
        """Exact linear relations among the observables."""
        return ()

    @abstractmethod
    def state_spec(self, size: Size) -> dict[str, ArraySpec]:
        """Layout of the arrays of one snapshot of the given size."""

    @abstractmethod
    def sites(self, size: Size) -> int:
        """Number of sites ``n`` of a system, or of a patch, of the given size."""

    def conserved(self, states: States) -> Float[np.ndarray, "count q"]:
        """Intensive quantities that no event may change (composition, number of vacancies …)."""
        return np.zeros((count_of(states), 0))

    @abstractmethod
    def initial(
        self,
        size: Size,
        count: int,
        c: Float[np.ndarray, "count conditions"],
        start: BaseModel,
        rng: np.random.Generator,
    ) -> States:
        """Snapshots to start from; ``start`` is an instance of the record's own ``start`` model."""

    def check_start(self, size: Size, start: BaseModel) -> None:  # noqa: B027 - an option
        """Refuse, before any work, a start that systems of a size cannot have: cheaply.

        Raises
        ------
        ValueError
            says what is wrong with it and what to do.
        """

    @abstractmethod
    def evolve(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        duration: float,
        rng: np.random.Generator,
        credit: Geometry | None = None,
    ) -> Evolution:
        """Evolve whole systems for ``duration``.

        With ``credit``, also the change of the observables at each patch's own events, on the same
        stream of events: summed over patches it is the change of :meth:`observe`.
        """

    @abstractmethod
    def patch_count(self, size: Size, patch: Size) -> int:
        """``K``, the number of patches: a partition of the events.

        Raises
        ------
        ValueError
            if patches of that size do not partition the system; says which sizes do.
        """

    @abstractmethod
    def evolve_patches(
        self,
        states: States,
        pairs: Int[np.ndarray, "pairs 2"],
        geometry: Geometry,
        c: Float[np.ndarray, "count conditions"],
        dt: Float[np.ndarray, " pairs"],
        surroundings: Surroundings,
        rng: np.random.Generator,
        martingale: bool = False,
    ) -> PatchEvolution:
        """Evolve one patch of a snapshot for each pair ``(snapshot, patch)``, at cost ``O(n_s)``.

        The change is of the whole-system observables at each event of the patch's own sites; what
        halo sites do is not credited. A patch and halo that reach around the system are clamped to
        it, so that ``K = 1`` has the law of :meth:`evolve`.
        """

    @abstractmethod
    def observe(self, states: States) -> Float[np.ndarray, "count d"]:
        """The observables ``z*`` of each snapshot."""

    @abstractmethod
    def tile(
        self,
        pool: States,
        picks: Int[np.ndarray, "count parts"],
        size: Size,
        rng: np.random.Generator,
    ) -> States:
        """Join snapshots of the pool to larger ones of the given size.

        ``picks[i]`` lists the pool snapshots that snapshot ``i`` is built of; equal entries repeat
        one snapshot. ``parts`` is the ratio of the two systems' sites. The result has the law of
        its parts as far as tiling can give it: random shifts, or permutations where sites are
        exchangeable, belong here.
        """

    def relax(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        duration: float,
        rng: np.random.Generator,
    ) -> States:
        """Heal what tiling broke; by default the system's own dynamics, for ``duration``."""
        return self.evolve(states, c, duration, rng).states

    def cells(self, states: States, cell: Size) -> Float[np.ndarray, "count cells channels ..."]:
        """The cells that closure encoders read (capability ``cells``)."""
        raise CapabilityError(type(self).__name__, "cells")

    def cut(self, states: States, pairs: Int[np.ndarray, "pairs 2"], geometry: Geometry) -> States:
        """Patches as small systems of their own (capability ``cut``)."""
        raise CapabilityError(type(self).__name__, "cut")

    def evolve_events(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        events: int,
        rng: np.random.Generator,
    ) -> tuple[States, Float[np.ndarray, " count"]]:
        """Evolve for a fixed number of events; also the time it took (capability ``cut``)."""
        raise CapabilityError(type(self).__name__, "cut")

    def evolve_alone(
        self,
        states: States,
        pairs: Int[np.ndarray, "pairs 2"],
        geometry: Geometry,
        c: Float[np.ndarray, "count conditions"],
        events: int,
        rng: np.random.Generator,
    ) -> tuple[States, Float[np.ndarray, " pairs"]]:
        """Patches after so many events, and the time these took: the paper's published scheme.

        By default each patch is :meth:`cut` out and evolves as a periodic system of its own. Where
        sites feel a global field, override it: the paper's patch then stays in the field of the
        whole, the rest of which is frozen (capability ``cut``).
        """
        return self.evolve_events(self.cut(states, pairs, geometry), c[pairs[:, 0]], events, rng)

    def drift_and_diffusion(
        self, states: States, c: Float[np.ndarray, "count conditions"]
    ) -> tuple[Float[np.ndarray, "count d"], Float[np.ndarray, "count d d"]]:
        """The exact ``L z*`` and ``lim Cov(dz*)/dt`` of each snapshot (capability of that name)."""
        raise CapabilityError(type(self).__name__, "drift_and_diffusion")

    def equilibrate(
        self,
        states: States,
        c: Float[np.ndarray, "count conditions"],
        sweeps: int,
        rng: np.random.Generator,
    ) -> States:
        """A faster sampler of the same stationary law (capability of that name)."""
        raise CapabilityError(type(self).__name__, "equilibrate")

    def reflect(self, states: States) -> States:
        """The image of each snapshot under a symmetry of the dynamics (capability of that name)."""
        raise CapabilityError(type(self).__name__, "reflect")

    def reflect_cells(
        self, cells: Float[np.ndarray, "count channels ..."]
    ) -> Float[np.ndarray, "count channels ..."]:
        """The same symmetry on cells: the cells of :meth:`reflect`'s image, in any order.

        Needed where the capabilities ``reflect`` and ``cells`` are both declared.
        """
        raise CapabilityError(type(self).__name__, "reflect_cells")

    def to_atoms(self, states: States, index: int) -> Any:
        """Snapshot ``index`` as an ``ase.Atoms`` (capability of that name)."""
        raise CapabilityError(type(self).__name__, "to_atoms")


def count_of(states: States) -> int:
    """Number of snapshots of a batch."""
    return int(next(iter(states.values())).shape[0])
