"""Cluster expansions as JSON files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, ValidationError

from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.expansion.orbits import Orbit
from macropatch_alloy.expansion.space import ClusterSpace

LARGEST_FILE = 16_000_000
"""Bytes; larger files are refused unread."""

FORMAT = "macropatch cluster expansion"


class ExpansionFile(BaseModel):
    """What a file holds. ``orbits`` is a digest of the clusters that the coefficients belong to."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["macropatch cluster expansion"]
    version: Literal[1]
    structure: Literal["sc", "bcc", "fcc"]
    constant: Annotated[FiniteFloat, Field(ge=1.0, le=100.0)]
    components: Annotated[list[Annotated[str, Field(max_length=2)]], Field(max_length=20)]
    cutoffs: dict[Literal["2", "3", "4"], Annotated[FiniteFloat, Field(gt=0.0)]]
    orbits: str
    coefficients: Annotated[list[FiniteFloat], Field(max_length=1_000_000)]
    provenance: dict[str, JsonValue]
    checksum: str

    @classmethod
    def of(cls, expansion: ClusterExpansion) -> Self:
        """The content of an expansion's file."""
        space = expansion.space
        content: dict[str, Any] = {
            "format": FORMAT,
            "version": 1,
            "structure": space.structure,
            "constant": float(space.constant),
            "components": list(space.components),
            "cutoffs": {str(order): float(r) for order, r in sorted(space.cutoffs.items())},
            "orbits": orbits_digest(space.orbits),
            "coefficients": [float(value) for value in expansion.coefficients],
            "provenance": dict(expansion.provenance),
        }
        return cls(**content, checksum=_digest(content))

    def expansion(self) -> ClusterExpansion:
        """The expansion. Raises ``ValueError`` that names the key."""
        if self.checksum != _digest(self.model_dump(exclude={"checksum"})):
            raise ValueError("checksum: the content was changed after it was written")
        cutoffs = {int(order): radius for order, radius in self.cutoffs.items()}
        space = ClusterSpace(self.structure, self.constant, tuple(self.components), cutoffs)
        if self.orbits != orbits_digest(space.orbits):
            raise ValueError(
                "orbits: this version finds other clusters than the one that wrote the file; fit "
                "the expansion anew"
            )
        return ClusterExpansion(space, np.array(self.coefficients), self.provenance)


def save_expansion(path: Path | str, expansion: ClusterExpansion) -> None:
    """Write an expansion to a JSON file, under a temporary name first."""
    target = Path(path)
    content = ExpansionFile.of(expansion).model_dump()
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    text = json.dumps(content, indent=1, allow_nan=False)
    partial.write_text(text + "\n", encoding="utf-8")
    os.replace(partial, target)


def load_expansion(
    path: Path | str,
    *,
    structure: str | None = None,
    constant: float | None = None,
    components: tuple[str, ...] | None = None,
) -> ClusterExpansion:
    """Read an expansion.

    Parameters
    ----------
    structure, constant, components : what the expansion must be of, where it matters

    Raises
    ------
    ValueError
        for a file that is damaged, of another kind, edited since it was written, or of another
        crystal or other components; says which file and which key
    """
    source = Path(path)
    try:
        if source.stat().st_size > LARGEST_FILE:
            raise ValueError(f"larger than {LARGEST_FILE / 1e6:.0f} MB")
        content = json.loads(
            source.read_bytes(), parse_constant=_no_number, object_pairs_hook=_each_key_once
        )
        expansion = ExpansionFile.model_validate(content).expansion()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, first["loc"])) or "the whole file"
        raise ValueError(f"{source}: {key}: {first['msg']}") from error
    except (OSError, ValueError, RecursionError, OverflowError) as error:
        raise ValueError(f"{source}: no cluster expansion ({error})") from error
    space = expansion.space
    wanted = {"structure": structure, "constant": constant, "components": components}
    for key, value in wanted.items():
        if value is not None and getattr(space, key) != value:
            raise ValueError(
                f"{source}: {key}: the file's is {getattr(space, key)!r}, {value!r} is needed"
            )
    return expansion


def orbits_digest(orbits: tuple[Orbit, ...]) -> str:
    """SHA-256 of the clusters, their roles and their symmetries."""
    digest = hashlib.sha256()
    for orbit in orbits:
        for array in (orbit.clusters, orbit.roles, orbit.permutations):
            digest.update(f"{array.shape}".encode())
            digest.update(array.astype("<i8").tobytes())
    return digest.hexdigest()


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key stands twice")
    return content
