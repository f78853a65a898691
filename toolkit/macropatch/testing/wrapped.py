"""A system that passes everything on to another one: what mutants derive from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import BaseModel

from macropatch.contract import (
    ArraySpec,
    Evolution,
    Geometry,
    LinearConstraint,
    MicroscopicSystem,
    PatchEvolution,
    Quantity,
    Size,
    States,
    Surroundings,
    SystemRecord,
)

Mutation = Callable[[MicroscopicSystem], MicroscopicSystem]
"""Takes a sound system and gives a broken one."""


class WrappedSystem(MicroscopicSystem):
    """Behaves as ``inner`` does; subclasses override what they break."""

    def __init__(self, inner: MicroscopicSystem) -> None:
        self.inner = inner

    @property
    def observables(self) -> tuple[Quantity, ...]:
        return self.inner.observables

    @property
    def independent(self) -> tuple[str, ...]:
        return self.inner.independent

    @property
    def conditions(self) -> tuple[Quantity, ...]:
        return self.inner.conditions

    @property
    def time_unit(self) -> str:
        return self.inner.time_unit

    @property
    def physical_unit(self) -> str:
        return self.inner.physical_unit

    def physical_time(self, c: np.ndarray) -> np.ndarray:
        return self.inner.physical_time(c)

    @property
    def constraints(self) -> tuple[LinearConstraint, ...]:
        return self.inner.constraints

    def state_spec(self, size: Size) -> dict[str, ArraySpec]:
        return self.inner.state_spec(size)

    def sites(self, size: Size) -> int:
        return self.inner.sites(size)

    def conserved(self, states: States) -> np.ndarray:
        return self.inner.conserved(states)

    def initial(
        self, size: Size, count: int, c: np.ndarray, start: BaseModel, rng: np.random.Generator
    ) -> States:
        return self.inner.initial(size, count, c, start, rng)

    def evolve(
        self,
        states: States,
        c: np.ndarray,
        duration: float,
        rng: np.random.Generator,
        credit: Geometry | None = None,
    ) -> Evolution:
        return self.inner.evolve(states, c, duration, rng, credit)

    def patch_count(self, size: Size, patch: Size) -> int:
        return self.inner.patch_count(size, patch)

    def evolve_patches(
        self,
        states: States,
        pairs: np.ndarray,
        geometry: Geometry,
        c: np.ndarray,
        dt: np.ndarray,
        surroundings: Surroundings,
        rng: np.random.Generator,
        martingale: bool = False,
    ) -> PatchEvolution:
        return self.inner.evolve_patches(
            states, pairs, geometry, c, dt, surroundings, rng, martingale
        )

    def observe(self, states: States) -> np.ndarray:
        return self.inner.observe(states)

    def tile(self, pool: States, picks: np.ndarray, size: Size, rng: np.random.Generator) -> States:
        return self.inner.tile(pool, picks, size, rng)

    def relax(
        self, states: States, c: np.ndarray, duration: float, rng: np.random.Generator
    ) -> States:
        return self.inner.relax(states, c, duration, rng)

    def cells(self, states: States, cell: Size) -> np.ndarray:
        return self.inner.cells(states, cell)

    def cut(self, states: States, pairs: np.ndarray, geometry: Geometry) -> States:
        return self.inner.cut(states, pairs, geometry)

    def evolve_events(
        self, states: States, c: np.ndarray, events: int, rng: np.random.Generator
    ) -> tuple[States, np.ndarray]:
        return self.inner.evolve_events(states, c, events, rng)

    def evolve_alone(
        self,
        states: States,
        pairs: np.ndarray,
        geometry: Geometry,
        c: np.ndarray,
        events: int,
        rng: np.random.Generator,
    ) -> tuple[States, np.ndarray]:
        return self.inner.evolve_alone(states, pairs, geometry, c, events, rng)

    def drift_and_diffusion(self, states: States, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.inner.drift_and_diffusion(states, c)

    def equilibrate(
        self, states: States, c: np.ndarray, sweeps: int, rng: np.random.Generator
    ) -> States:
        return self.inner.equilibrate(states, c, sweeps, rng)

    def reflect(self, states: States) -> States:
        return self.inner.reflect(states)

    def reflect_cells(self, cells: np.ndarray) -> np.ndarray:
        return self.inner.reflect_cells(cells)

    def to_atoms(self, states: States, index: int) -> Any:
        return self.inner.to_atoms(states, index)


@dataclass(frozen=True)
class MutantFactory:
    """Makes the record's system and breaks it."""

    factory: Callable[[Any], MicroscopicSystem]
    mutate: Mutation

    def __call__(self, settings: Any) -> MicroscopicSystem:
        return self.mutate(self.factory(settings))


def mutated(record: SystemRecord, mutate: Mutation) -> SystemRecord:
    """The record of the broken system."""
    return replace(record, factory=MutantFactory(record.factory, mutate))
