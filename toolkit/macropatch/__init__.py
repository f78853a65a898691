"""macropatch: learn macroscopic stochastic dynamics of large systems from small and partial ones.

>>> import macropatch
>>> run = macropatch.run("curie-weiss", "runs/demo", quick=True)
>>> trajectories = run.predict(starts={"m": 0.5}, duration=500.0, runs=20)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Run", "__version__", "load", "run"]

if TYPE_CHECKING:
    from macropatch.api import Run, load, run


def __getattr__(name: str) -> Any:
    """Import the interface when it is first used: ``import macropatch`` itself stays quick."""
    if name in {"Run", "load", "run"}:
        from macropatch import api

        return getattr(api, name)
    raise AttributeError(f"module 'macropatch' has no attribute {name!r}")
