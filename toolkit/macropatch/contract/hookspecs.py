"""The hooks, one a capability. Each is called without arguments and yields frozen records.

A plugin is a module (or object) whose functions are marked with :data:`hookimpl` and which an entry
point of the group ``macropatch`` names.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from macropatch.contract.records import (
    ClosureRecord,
    ExperimentRecord,
    FigureRecord,
    MeasureRecord,
    SDERecord,
    SystemRecord,
)

PROJECT = "macropatch"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def macropatch_systems() -> Iterable[SystemRecord]:
    """Microscopic systems.

    Example
    -------
    >>> @hookimpl
    ... def macropatch_systems():
    ...     yield SystemRecord(
    ...         name="my-lattice", summary="…", api_version=1, settings=MySettings,
    ...         start=MyStart, capabilities=frozenset({"cut"}), surroundings=("halo",),
    ...         releases_gil=True, factory=make_system,
    ...         example=SystemExample(size=(32,), patch=(8,), dt=0.05,
    ...                               surroundings=Surroundings("halo", 2)))
    """
    return ()


@hookspec
def macropatch_closures() -> Iterable[ClosureRecord]:
    """Closure encoders.

    Example
    -------
    >>> @hookimpl
    ... def macropatch_closures():
    ...     yield ClosureRecord("moments", "second moments of a cell", 1, MomentSettings, make)
    """
    return ()


@hookspec
def macropatch_sde_models() -> Iterable[SDERecord]:
    """SDE models.

    Example
    -------
    >>> @hookimpl
    ... def macropatch_sde_models():
    ...     yield SDERecord("spline", "additive splines", 1, SplineSettings, make_spline)
    """
    return ()


@hookspec
def macropatch_experiments() -> Iterable[ExperimentRecord]:
    """Named experiments, so that ``macropatch run NAME`` works.

    Example
    -------
    >>> @hookimpl
    ... def macropatch_experiments():
    ...     path = Path(__file__).parent / "experiments" / "my-lattice.toml"
    ...     yield ExperimentRecord("my-lattice", "a first run", 1, path)
    """
    return ()


@hookspec
def macropatch_measures() -> Iterable[MeasureRecord]:
    """Measures of predicted against true trajectories.

    Example
    -------
    >>> @hookimpl
    ... def macropatch_measures():
    ...     yield MeasureRecord("tail_weight", "share of |m| > 0.9", 1, lambda: tail_weight)
    """
    return ()


@hookspec
def macropatch_figures() -> Iterable[FigureRecord]:
    """Figures of the report.

    Example
    -------
    >>> @hookimpl
    ... def macropatch_figures():
    ...     yield FigureRecord("histogram", "stationary law", 1, lambda: draw_histogram)
    """
    return ()
