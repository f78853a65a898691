"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

# Two test processes share two cores: more threads would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Annotated shapes are checked at run time, here and nowhere else. Modules of kernels are left out:
# numba compiles functions as they are.
CHECKED = [
    "macropatch.learning",
    "macropatch.lattice.system",
    "macropatch.measures",
    "macropatch_alloy.compositions",
    "macropatch_alloy.expansion.decorations",
    "macropatch_alloy.expansion.expansion",
    "macropatch_alloy.expansion.orbits",
    "macropatch_alloy.expansion.space",
    "macropatch_alloy.order",
    "macropatch_alloy.structures",
    "macropatch_alloy.supercells",
    "macropatch_models",
    "macropatch_spde.field_system",
    "macropatch_spde.upsampling",
]
install_import_hook(CHECKED, "beartype.beartype")

# The same examples each time, and no deadline: a first call may compile a kernel.
settings.register_profile(
    "macropatch",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("macropatch")
