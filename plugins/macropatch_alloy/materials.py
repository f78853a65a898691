"""What an alloy is made of: barriers of its vacancies' jumps, and energies of its arrangements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from macropatch_alloy.barriers.kinetically_resolved import expansion_barriers
from macropatch_alloy.barriers.model import BarrierModel
from macropatch_alloy.barriers.nbmota import (
    load_parameters,
    nbmota_expansion,
    nbmota_expansion_barriers,
)
from macropatch_alloy.barriers.network import nbmota_network
from macropatch_alloy.expansion.expansion import ClusterExpansion

NBMOTA = ("expansion", "network")
"""Names of the barriers of Nb–Mo–Ta that the package ships."""


@dataclass(frozen=True, eq=False)
class Material:
    """Barriers for kinetics, and the expansion that exchanges by Monte Carlo go by."""

    barriers: BarrierModel
    expansion: ClusterExpansion


def load_material(barriers: str) -> Material:
    """Of the name of shipped barriers, or of a file of parameters of one's own.

    Raises
    ------
    ValueError
        if the file is none; says what is wrong with it.
    """
    if barriers == "expansion":
        return Material(nbmota_expansion_barriers(), nbmota_expansion())
    if barriers == "network":
        return Material(nbmota_network(), nbmota_expansion())
    path = Path(barriers)
    if not path.exists():
        raise ValueError(
            f"barriers = {barriers!r}: neither {' nor '.join(map(repr, NBMOTA))}, nor a file that "
            "is there; save_parameters of macropatch_alloy.barriers.nbmota writes one"
        )
    expansion, saddle = load_parameters(path)
    return Material(expansion_barriers(path.stem, expansion, saddle, str(path)), expansion)
