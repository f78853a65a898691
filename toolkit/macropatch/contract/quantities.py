"""The nouns of the contract: quantities with units, array layouts, geometries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict

API_VERSION = 1
"""Version of the contract. A plugin's records are compatible when theirs is equal."""

Size = tuple[int, ...]
"""Edges of a system in sites (alloy: cubic cells), for example ``(64, 64)``."""

States = Mapping[str, np.ndarray]
"""A batch of snapshots: named arrays whose first axis counts snapshots."""


class PluginSettings(BaseModel):
    """Base of a plugin's own settings: immutable, and a misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Quantity:
    """An observable or a condition.

    Attributes
    ----------
    name : what settings, files and ``predict --start`` call it, e.g. ``"m"``
    label : what figures call it, e.g. ``"magnetisation per site"``
    unit : e.g. ``"K"``; empty for a pure number
    low, high : the range that no state can leave (``None``: unbounded)
    """

    name: str
    label: str
    unit: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class LinearConstraint:
    """An exact relation ``coefficients @ z* = value`` among the observables."""

    name: str
    coefficients: tuple[float, ...]
    value: float


@dataclass(frozen=True)
class ArraySpec:
    """Layout of one named array of one snapshot.

    ``levels`` lists the only values that entries take, where there are few; an array of two
    levels is stored as bits.
    """

    shape: tuple[int, ...]
    dtype: str
    dimensions: tuple[str, ...]
    levels: tuple[int, ...] | None = None
    unit: str = ""

    def bytes_stored(self) -> int:
        """Bytes that one snapshot's array takes on disk."""
        entries = int(np.prod(self.shape, dtype=np.int64))
        if self.levels is not None and len(self.levels) == 2:
            return -(-entries // 8)
        return entries * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class Geometry:
    """How a system is cut: edges of a patch, and of the cells that closures read (or none)."""

    patch: Size
    cell: Size | None = None


@dataclass(frozen=True)
class Surroundings:
    """What lies around an evolving patch.

    ``halo``: ``width`` layers of neighbours evolve too, all beyond them is frozen (``width = 0``:
    all is frozen). ``slaved``: a global field follows the patch in proportion.
    """

    kind: str
    width: int = 0


@dataclass(frozen=True)
class Evolution:
    """Result of evolving whole systems.

    Attributes
    ----------
    states : the evolved snapshots
    credit : ``(count, K, d)``, each patch's share of the change of the observables (on request)
    """

    states: States
    credit: np.ndarray | None = None


@dataclass(frozen=True)
class PatchEvolution:
    """Result of evolving one patch of a snapshot for each of ``P`` pairs.

    Attributes
    ----------
    change : ``(P, d)``, the change of the *whole-system* observables at events of the patch's sites
    elapsed : ``(P,)``, the time that passed
    before, after : ``(P, cells, channels, *shape)``, the patch's cells (if the geometry has some)
    martingale : ``(P, d)``, if asked for, the credited change less the path integral of its drift
    """

    change: np.ndarray
    elapsed: np.ndarray
    before: np.ndarray | None = None
    after: np.ndarray | None = None
    martingale: np.ndarray | None = None
