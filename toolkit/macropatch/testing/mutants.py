"""Built-in mutants: faults that a plugin could have, each of which the suite must find.

That an example lets one pass shows that the example, not the system, is too weak.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from macropatch.contract import Evolution, PatchEvolution, States, SystemRecord
from macropatch.testing.wrapped import Mutation, WrappedSystem


class ScaledChange(WrappedSystem):
    """Credits a tenth too much."""

    def evolve_patches(self, *args: Any, **kwargs: Any) -> PatchEvolution:
        result = self.inner.evolve_patches(*args, **kwargs)
        return replace(result, change=1.1 * result.change)


class LeakedWrite(WrappedSystem):
    """Writes into the states that it is given."""

    def evolve_patches(self, states: States, *args: Any, **kwargs: Any) -> PatchEvolution:
        result = self.inner.evolve_patches(states, *args, **kwargs)
        first = next(iter(states.values())).reshape(-1)
        others = first[first != first[0]]
        first[0] = others[0] if others.size else first[0] + 1
        return result


class CreditedNeighbour(WrappedSystem):
    """Credits a patch with what its neighbour does too, as with the halo's events."""

    def evolve_patches(
        self, states: States, pairs: np.ndarray, *args: Any, **kwargs: Any
    ) -> PatchEvolution:
        result = self.inner.evolve_patches(states, pairs, *args, **kwargs)
        total = int(pairs[:, 1].max(initial=0)) + 1
        if total == 1:
            return result
        beside = np.stack([pairs[:, 0], (pairs[:, 1] + 1) % total], axis=1)
        other = self.inner.evolve_patches(states, beside, *args, **kwargs)
        return replace(result, change=result.change + other.change)


class WrongCount(WrappedSystem):
    """Counts half of the patches."""

    def patch_count(self, size: tuple[int, ...], patch: tuple[int, ...]) -> int:
        return max(1, self.inner.patch_count(size, patch) // 2)


class OwnSeed(WrappedSystem):
    """Takes random numbers from elsewhere."""

    def evolve_patches(self, *args: Any, **kwargs: Any) -> PatchEvolution:
        given = list(args)
        given[6] = np.random.default_rng()
        return self.inner.evolve_patches(*given, **kwargs)


class FixedSeed(WrappedSystem):
    """Ignores the seed."""

    def evolve_patches(self, *args: Any, **kwargs: Any) -> PatchEvolution:
        given = list(args)
        given[6] = np.random.default_rng(0)
        return self.inner.evolve_patches(*given, **kwargs)


class HalfTheNoise(WrappedSystem):
    """Right on average, with half of the variance."""

    def evolve_patches(self, *args: Any, **kwargs: Any) -> PatchEvolution:
        once = self.inner.evolve_patches(*args, **kwargs)
        again = self.inner.evolve_patches(*args, **kwargs)
        return replace(once, change=(once.change + again.change) / 2)


class OneDuration(WrappedSystem):
    """Evolves all pairs for the duration of the first."""

    def evolve_patches(self, *args: Any, **kwargs: Any) -> PatchEvolution:
        given = list(args)
        given[4] = np.full_like(args[4], args[4][0]) if len(args[4]) else args[4]
        result = self.inner.evolve_patches(*given, **kwargs)
        return replace(result, elapsed=np.array(args[4]))


class LostOrder(WrappedSystem):
    """Returns pairs in the order of their snapshots."""

    def evolve_patches(
        self,
        states: States,
        pairs: np.ndarray,
        geometry: Any,
        c: np.ndarray,
        dt: np.ndarray,
        *args: Any,
        **kwargs: Any,
    ) -> PatchEvolution:
        order = np.lexsort(pairs.T[::-1])
        return self.inner.evolve_patches(
            states, pairs[order], geometry, c, dt[order], *args, **kwargs
        )


class LostCredit(WrappedSystem):
    """Forgets what the last patch did."""

    def evolve(self, *args: Any, **kwargs: Any) -> Evolution:
        result = self.inner.evolve(*args, **kwargs)
        if result.credit is None:
            return result
        credit = result.credit.copy()
        credit[:, -1] = 0.0
        return replace(result, credit=credit)


class WrongDrift(WrappedSystem):
    """Rates of the exact generator, or of the kernels, are a tenth off."""

    def drift_and_diffusion(self, states: States, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        drift, diffusion = self.inner.drift_and_diffusion(states, c)
        return 1.1 * drift, 1.1 * diffusion


class HalvedDiffusion(WrappedSystem):
    """The ½ of the carré du champ in the diffusion."""

    def drift_and_diffusion(self, states: States, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        drift, diffusion = self.inner.drift_and_diffusion(states, c)
        return drift, diffusion / 2


class UncompensatedMartingale(WrappedSystem):
    """A martingale that is the change."""

    def evolve_patches(self, *args: Any, **kwargs: Any) -> PatchEvolution:
        result = self.inner.evolve_patches(*args, **kwargs)
        return replace(result, martingale=None if result.martingale is None else result.change)


class HalfCompensatedMartingale(WrappedSystem):
    """A martingale with half of its compensator."""

    def evolve_patches(self, *args: Any, **kwargs: Any) -> PatchEvolution:
        result = self.inner.evolve_patches(*args, **kwargs)
        if result.martingale is None:
            return result
        return replace(result, martingale=(result.martingale + result.change) / 2)


class SwappedCells(WrappedSystem):
    """Cells after as cells before."""

    def evolve_patches(self, *args: Any, **kwargs: Any) -> PatchEvolution:
        result = self.inner.evolve_patches(*args, **kwargs)
        return replace(result, before=result.after, after=result.before)


class IdleReflection(WrappedSystem):
    """A reflection that does nothing."""

    def reflect(self, states: States) -> States:
        return {name: array.copy() for name, array in states.items()}


class IdleReflectionOfCells(WrappedSystem):
    """A reflection that leaves cells as they are."""

    def reflect_cells(self, cells: np.ndarray) -> np.ndarray:
        return cells.copy()


class BrokenConstraint(WrappedSystem):
    """Changes of the observables that their linear relations forbid."""

    def evolve_patches(self, *args: Any, **kwargs: Any) -> PatchEvolution:
        result = self.inner.evolve_patches(*args, **kwargs)
        change = result.change.copy()
        coefficients = np.array(self.inner.constraints[0].coefficients)
        change[:, int(np.flatnonzero(coefficients)[0])] *= 1.0 + 1e-6
        return replace(result, change=change)


@dataclass(frozen=True)
class Mutant:
    """A fault and when it applies: with a capability, with constraints or cells."""

    mutate: Mutation
    needs: str | None = None
    applies: Callable[[SystemRecord], bool] = lambda record: True


def _constrained(record: SystemRecord) -> bool:
    system = record.factory(record.settings(**record.example.settings))
    return bool(system.constraints)


def _has_cells(record: SystemRecord) -> bool:
    return "cells" in record.capabilities


MUTANTS = {
    "change a tenth too large": Mutant(ScaledChange),
    "writes into its input": Mutant(LeakedWrite),
    "credits a neighbour's events": Mutant(CreditedNeighbour),
    "half of the patches": Mutant(WrongCount),
    "random numbers from elsewhere": Mutant(OwnSeed),
    "ignores the seed": Mutant(FixedSeed),
    "half of the variance": Mutant(HalfTheNoise),
    "one duration for all pairs": Mutant(OneDuration),
    "loses the order of pairs": Mutant(LostOrder),
    "forgets a patch's credit": Mutant(LostCredit),
    "exact generator a tenth off": Mutant(WrongDrift, "drift_and_diffusion"),
    "diffusion halved": Mutant(HalvedDiffusion, "drift_and_diffusion"),
    "martingale not compensated": Mutant(UncompensatedMartingale, "martingale"),
    "martingale half compensated": Mutant(HalfCompensatedMartingale, "martingale"),
    "cells exchanged": Mutant(SwappedCells, "cells"),
    "reflection does nothing": Mutant(IdleReflection, "reflect"),
    "reflection leaves cells": Mutant(IdleReflectionOfCells, "reflect", _has_cells),
    "constraint broken by a millionth": Mutant(BrokenConstraint, applies=_constrained),
}
"""The built-in mutants by name."""


def built_in_mutants(record: SystemRecord) -> dict[str, Mutation]:
    """Those that apply to the record."""
    return {
        name: mutant.mutate
        for name, mutant in MUTANTS.items()
        if (mutant.needs is None or mutant.needs in record.capabilities) and mutant.applies(record)
    }
