"""Files of an alloy of one's own: copper, gold and vacancies, bonds between first neighbours."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from macropatch_alloy.barriers.kinetically_resolved import SaddleModel
from macropatch_alloy.barriers.nbmota import ParameterSet, save_parameters
from macropatch_alloy.barriers.saddle import saddle_orbits
from macropatch_alloy.expansion.expansion import ClusterExpansion
from macropatch_alloy.expansion.space import ClusterSpace

SPECIES = ("X", "Cu", "Au")
CONSTANT = 3.9
RADIUS = 2.5
"""Of the sites about the middle of a jump that matter, Å: four of them."""


def write_parameters(path: Path, scale: float = 0.02, seed: int = 0) -> Path:
    """A reversible face-centred alloy whose barriers reach 5.5 Å."""
    rng = np.random.default_rng(seed)
    space = ClusterSpace("fcc", CONSTANT, SPECIES, {2: 2.8, 3: 2.8})
    expansion = ClusterExpansion(space, rng.normal(scale=scale, size=space.columns))
    columns = 1 + sum(len(o.tables(3)) for o in saddle_orbits("fcc", CONSTANT, RADIUS, 1))
    activations = rng.normal(scale=scale, size=(2, columns))
    activations[:, 0] = 0.8
    saddle = SaddleModel("fcc", CONSTANT, RADIUS, 1, activations)
    save_parameters(path, ParameterSet.of(expansion, saddle, {"made": "for tests"}))
    return path
