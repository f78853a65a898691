"""Settings of alloys, as users write them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from macropatch.contract import PluginSettings


def _with_digest(values: Any, key: str) -> Any:
    """The table with the digest of a file that it names: results depend on what is in it."""
    if not isinstance(values, dict) or not {key, "digest"} & values.keys():
        return values
    named, digest = values.get(key), ""
    if isinstance(named, str) and Path(named).is_file():
        digest = hashlib.sha256(Path(named).read_bytes()).hexdigest()
    return {**values, "digest": digest}


class AlloySettings(PluginSettings):
    """``[system] name = "alloy"``: atoms on a cubic lattice that vacancies move.

    By default equimolar Nb–Mo–Ta. ``barriers`` is ``"expansion"`` (cluster expansion and
    kinetically resolved activation, reversible), ``"network"`` (the published neural network) or a
    file of an alloy of one's own, which then says structure, lattice constant and species too.

    ``composition`` lists the shares of the species (default: equal), ``sites_per_vacancy`` the
    sites for each vacancy; numbers of atoms are exact in every system. ``frequency`` is the attempt
    frequency, 1/s. ``order`` chooses the observables: ``"delta"``, excess numbers of first
    neighbours, or ``"warren-cowley"``; ``energy`` adds the energy of the cluster expansion, which
    barriers must obey.

    A time unit is as long as a vacancy takes for ``jumps`` jumps on average, which depends on
    temperature: by default what was measured for the alloy. ``relaxation`` heals tiled snapshots by
    ``"vacancies"``, or by ``"swaps"``: then a time unit of ``[upsample] relax`` is a sweep of
    exchanges by Monte Carlo. ``digest`` is that of the file, and found by itself.
    """

    barriers: Annotated[str, Field(min_length=1)] = "expansion"
    composition: tuple[Annotated[float, Field(gt=0, le=1)], ...] = ()
    sites_per_vacancy: Annotated[int, Field(ge=2, le=10**9)] = 1024
    frequency: Annotated[float, Field(gt=0, le=1e20)] = 1e13
    order: Literal["delta", "warren-cowley"] = "delta"
    energy: bool = False
    jumps: Annotated[float, Field(gt=0, le=1e9)] | Literal["measured"] = "measured"
    relaxation: Literal["vacancies", "swaps"] = "vacancies"
    digest: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, values: Any) -> Any:
        return _with_digest(values, "barriers")

    @field_validator("composition")
    @classmethod
    def _whole(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if value and abs(sum(value) - 1.0) > 1e-6:
            raise ValueError(f"its shares add up to {sum(value):g}, not to 1")
        return value

    @model_validator(mode="after")
    def _reversible(self) -> Self:
        if self.energy and self.barriers == "network":
            raise ValueError(
                "energy = true: barriers of the network are not reversible, so that no energy "
                'follows from them; use barriers = "expansion" or a file, or leave energy out'
            )
        return self


class AlloyStart(PluginSettings):
    """How an alloy starts: at random, or from a ``file`` of any format that ASE reads.

    ``swaps`` sweeps of exchanges by Monte Carlo at the snapshot's temperature follow: a thousand
    bring it to equilibrium. ``digest`` is that of the file, and found by itself.
    """

    file: Annotated[str, Field(min_length=1)] | None = None
    swaps: Annotated[int, Field(ge=0, le=10**9)] = 0
    digest: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, values: Any) -> Any:
        return _with_digest(values, "file")
