"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Two test processes share two cores: more threads would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples each time, and no deadline: a first call may compile a kernel.
settings.register_profile(
    "macropatch",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("macropatch")

from jaxtyping import install_import_hook
install_import_hook(["macropatch.learning", "macropatch.measures", "macropatch.stages", "macropatch_models"], "beartype.beartype")
