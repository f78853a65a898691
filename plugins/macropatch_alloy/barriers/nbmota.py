"""The parameter set of Nb–Mo–Ta that the package ships, and files of such sets.

Fitted to barriers of the neural network by ``python -m macropatch_alloy.fit_nbmota``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, ValidationError

from macropatch_alloy.barriers.kinetically_resolved import SaddleModel, expansion_barriers
from macropatch_alloy.barriers.model import BarrierModel
from macropatch_alloy.barriers.network import CONSTANT, SPECIES
from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.expansion.storage import FORMAT as EXPANSION_FORMAT
from macropatch_alloy.expansion.storage import ExpansionFile

NBMOTA = Path(__file__).parent.parent / "data" / "nbmota.json"
"""The shipped set."""


class SaddleFile(BaseModel):
    """Activations: orbits about the middle of a jump, and a row of coefficients a species, eV."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    radius: Annotated[FiniteFloat, Field(gt=0.0, le=20.0)]
    pairs: Annotated[int, Field(ge=0, le=1000)]
    coefficients: Annotated[list[list[FiniteFloat]], Field(max_length=20)]


class ParameterSet(BaseModel):
    """What a file holds: an expansion, activations, and how they were fitted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["macropatch vacancy barriers"]
    version: Literal[1]
    expansion: ExpansionFile
    saddle: SaddleFile
    fit: dict[str, JsonValue]
    checksum: str

    @classmethod
    def of(cls, expansion: ClusterExpansion, saddle: SaddleModel, fit: Mapping[str, Any]) -> Self:
        """The content of a file."""
        content: dict[str, Any] = {
            "format": "macropatch vacancy barriers",
            "version": 1,
            "expansion": ExpansionFile.of(expansion).model_dump(),
            "saddle": {
                "radius": saddle.radius,
                "pairs": saddle.pairs,
                "coefficients": saddle.coefficients.tolist(),
            },
            "fit": dict(fit),
        }
        return cls.model_validate({**content, "checksum": _digest(content)})

    def models(self) -> tuple[ClusterExpansion, SaddleModel]:
        """Expansion and activations. Raises ``ValueError`` that names the key."""
        if self.checksum != _digest(self.model_dump(exclude={"checksum"})):
            raise ValueError(
                "checksum: the content was changed after it was written; write changes with "
                "save_parameters"
            )
        expansion = self.expansion.expansion()
        rows = self.saddle.coefficients
        if len({len(row) for row in rows}) != 1:
            raise ValueError("saddle.coefficients: rows of different lengths")
        space = expansion.space
        try:
            saddle = SaddleModel(
                space.structure, space.constant, self.saddle.radius, self.saddle.pairs,
                np.array(rows),
            )  # fmt: skip
        except ValueError as error:
            raise ValueError(f"saddle: {error}") from error
        return expansion, saddle


def save_parameters(path: Path | str, parameters: ParameterSet) -> None:
    """Write a parameter set to a JSON file, which ``[system] barriers`` may name."""
    text = json.dumps(parameters.model_dump(), indent=1, allow_nan=False, ensure_ascii=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def load_parameters(
    path: Path | str,
    *,
    structure: str | None = None,
    constant: float | None = None,
    species: tuple[str, ...] | None = None,
    checksum: str | None = None,
) -> tuple[ClusterExpansion, SaddleModel]:
    """Read a parameter set.

    Parameters
    ----------
    structure, constant, species, checksum : what the set must be of, where it matters

    Raises
    ------
    ValueError
        for a file that is damaged, of another kind, edited since it was written, or of another
        crystal, species or checksum; says which file and which key
    """
    try:
        content = json.loads(Path(path).read_bytes())
        if isinstance(content, dict) and content.get("format") == EXPANSION_FORMAT:
            raise ValueError(
                "it is a cluster expansion alone; constant_activations(expansion, {symbol: eV}) "
                "and save_parameters make a file with barriers of it"
            )
        parameters = ParameterSet.model_validate(content)
        expansion, saddle = parameters.models()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, first["loc"])) or "the whole file"
        raise ValueError(f"{path}: {key}: {first['msg']}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: no set of vacancy barriers ({error})") from error
    space = expansion.space
    for key, found, wanted in (
        ("expansion.structure", space.structure, structure),
        ("expansion.constant", space.constant, constant),
        ("expansion.components", space.species, species),
        ("checksum", parameters.checksum, checksum),
    ):
        if wanted is not None and found != wanted:
            raise ValueError(f"{path}: {key}: the file's is {found!r}, {wanted!r} is needed")
    return expansion, saddle


def nbmota_expansion(path: Path = NBMOTA) -> ClusterExpansion:
    """Energies of Nb–Mo–Ta with vacancies (code 0), for Monte Carlo; at fixed composition only.

    Jumps do not show the energies of single atoms, nor an interaction of vacancies with one
    another beyond what each has with the mean alloy: both are set to nothing.

    Raises
    ------
    ValueError
        as :func:`load_parameters`
    """
    return load_parameters(path, structure="bcc", constant=CONSTANT, species=SPECIES)[0]


def nbmota_expansion_barriers(path: Path = NBMOTA) -> BarrierModel:
    """Barriers of Nb–Mo–Ta by kinetically resolved activation: reversible, and fast.

    Raises
    ------
    ValueError
        as :func:`load_parameters`
    """
    models = load_parameters(path, structure="bcc", constant=CONSTANT, species=SPECIES)
    return expansion_barriers(
        "Nb–Mo–Ta expansion", *models, source=f"{path.name}, fitted to the network"
    )


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
