"""The Python interface: run a study, load a run, predict with what it learned."""

from macropatch.api.runs import Run, load, run

__all__ = ["Run", "load", "run"]
