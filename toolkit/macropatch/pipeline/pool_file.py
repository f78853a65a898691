"""A pool of one's own: a Zarr group with a state's arrays, checked and digested."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from macropatch.contract import ArraySpec
from macropatch.pipeline.pool import BLOCKS
from macropatch.runs.foreign import array_names, open_foreign, parts_of, read_foreign

RUN, CONDITIONS = "run", "c"
"""Arrays beside the state's: which run a snapshot is from, and its conditions."""

FEWEST = 100
"""Snapshots that a pool without runs has at least: consecutive fifths are its blocks."""

CLOSE = 1e-9
"""A condition that is equal to a listed one up to this share is that one."""


@dataclass(frozen=True)
class PoolFile:
    """A sound file.

    Attributes
    ----------
    digest : SHA-256 of its data
    rows : snapshots
    ends : of each block, in snapshots sorted by block
    signature : changes when a file of the group does
    """

    path: str
    digest: str
    rows: int
    ends: tuple[int, ...]
    signature: str


@dataclass(frozen=True)
class Layout:
    """What a file must hold: the arrays of a snapshot and the combinations of conditions."""

    arrays: tuple[tuple[str, ArraySpec], ...]
    conditions: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, spec: Mapping[str, ArraySpec], conditions: Sequence[Sequence[float]]) -> Layout:
        """Of a system at some size."""
        return cls(tuple(spec.items()), tuple(tuple(row) for row in conditions))


MISSING = "missing"
"""Digest of a file that is not there: what was made of it can still be read."""


def absent(path: str) -> PoolFile:
    """In the place of a file that is gone, or no longer sound."""
    return PoolFile(path, MISSING, 0, (0,) * BLOCKS, "")


def check_pool_file(path: str, layout: Layout) -> PoolFile:
    """Read all of a file, in bounded memory; again only when it has changed.

    Raises
    ------
    ValueError
        if it cannot be a pool: says which array and snapshot, what is wrong and what to do.
    """
    return _checked(path, layout, signature(Path(path)))


def signature(path: Path) -> str:
    """Of names, sizes and times of all files of the group."""
    total = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        state = file.stat()
        told = (file.relative_to(path).as_posix(), state.st_size, state.st_mtime_ns)
        total.update(repr(told).encode())
    return total.hexdigest()


@lru_cache(maxsize=16)
def _checked(path: str, layout: Layout, signed: str) -> PoolFile:
    group, total = Path(path), hashlib.sha256()
    names = array_names(group)
    rows = _rows(group, names, layout)
    for name, spec in layout.arrays:
        _check_state(group, name, spec, rows, total)
    blocks = blocks_of(group, rows)
    if RUN in names:
        total.update(b"run" + np.ascontiguousarray(blocks).tobytes())
    c = conditions_of(group, layout, rows)
    total.update(b"c" + np.ascontiguousarray(c).tobytes())
    counts = np.bincount(blocks, minlength=BLOCKS)
    return PoolFile(path, total.hexdigest(), rows, tuple(np.cumsum(counts).tolist()), signed)


def _rows(group: Path, names: Sequence[str], layout: Layout) -> int:
    wanted = [name for name, _ in layout.arrays]
    missing = sorted(set(wanted) - set(names))
    if missing:
        raise ValueError(
            f"no array {missing[0]!r}, which a state of the system has (arrays there: "
            f"{', '.join(names) or 'none'})"
        )
    counts = {name: open_foreign(group, name).shape[:1] for name in wanted}
    if len(set(counts.values())) > 1 or () in counts.values():
        raise ValueError(f"the arrays have different numbers of snapshots: {counts}")
    rows = int(next(iter(counts.values()))[0])
    if RUN not in names and rows < FEWEST:
        raise ValueError(
            f"{rows} snapshots: at least {FEWEST}, or an array {RUN!r} that says which run each is "
            "from"
        )
    return rows


def _check_state(group: Path, name: str, spec: ArraySpec, rows: int, total: hashlib._Hash) -> None:
    array = open_foreign(group, name)
    dtype, wanted = np.dtype(str(array.dtype)), np.dtype(spec.dtype)
    if array.shape[1:] != spec.shape:
        raise ValueError(
            f"array {name!r} has shape {array.shape}, but a snapshot of [small] size has "
            f"{spec.shape}: ({rows}, {', '.join(map(str, spec.shape))}) is expected"
        )
    countable = spec.levels is not None and dtype.kind in "biu"
    if not countable and not np.can_cast(dtype, wanted, "safe"):
        raise ValueError(f"array {name!r} has dtype {dtype}, which does not fit into {wanted}")
    total.update(f"{name} {wanted} {array.shape}".encode())
    for part in parts_of(array):
        value = read_foreign(array, part)
        bad = np.zeros(value.shape, bool)
        if spec.levels is not None:
            bad = ~np.isin(value, spec.levels)
        elif value.dtype.kind == "f":
            bad = ~np.isfinite(value)
        if bad.any():
            snapshot = part.start + int(bad.reshape(len(value), -1).any(axis=1).argmax())
            allowed = f"one of {spec.levels}" if spec.levels is not None else "a finite number"
            raise ValueError(
                f"array {name!r}, snapshot {snapshot}: {value[bad].flat[0]} is not {allowed}"
            )
        total.update(np.ascontiguousarray(value.astype(wanted.newbyteorder("<"))).tobytes())


def blocks_of(group: Path, rows: int) -> np.ndarray:
    """``(rows,)``: the block of each snapshot, of whole runs or else consecutive fifths."""
    if RUN not in array_names(group):
        return np.arange(rows) * BLOCKS // rows
    array = open_foreign(group, RUN)
    if array.shape != (rows,) or np.dtype(str(array.dtype)).kind not in "iu":
        raise ValueError(
            f"array {RUN!r} must be one integer for each of {rows} snapshots, but is {array.dtype} "
            f"of shape {array.shape}"
        )
    run = read_foreign(array, slice(None))
    _, first_seen, index = np.unique(run, return_index=True, return_inverse=True)
    count = len(first_seen)
    if count < BLOCKS:
        raise ValueError(f"array {RUN!r} names {count} runs: at least {BLOCKS}, one a block")
    order = np.empty(count, np.int64)  # runs in the order in which they appear
    order[np.argsort(first_seen)] = np.arange(count)
    return order[index.reshape(-1)] * BLOCKS // count


def conditions_of(group: Path, layout: Layout, rows: int) -> np.ndarray:
    """``(rows, conditions)``: each row is one of the combinations that the settings list."""
    table = np.array(layout.conditions, dtype=np.float64)
    if table.shape[1] == 0:
        return np.zeros((rows, 0))
    if CONDITIONS not in array_names(group):
        raise ValueError(
            f"no array {CONDITIONS!r}: the system has {table.shape[1]} conditions, whose values at "
            "each snapshot it must hold"
        )
    array = open_foreign(group, CONDITIONS)
    if array.shape != (rows, table.shape[1]):
        raise ValueError(
            f"array {CONDITIONS!r} has shape {array.shape}; ({rows}, {table.shape[1]}) is expected"
        )
    c = read_foreign(array, slice(None)).astype(np.float64)
    near = np.stack([np.isclose(c, row, rtol=CLOSE, atol=0.0).all(axis=1) for row in table])
    listed = near.any(axis=0)
    if not listed.all():
        which = int(np.flatnonzero(~listed)[0])
        raise ValueError(
            f"array {CONDITIONS!r}, snapshot {which}: {c[which].tolist()} is none of the "
            f"combinations of [conditions]: {table.tolist()[:10]}"
        )
    return np.asarray(table[near.argmax(axis=0)])
