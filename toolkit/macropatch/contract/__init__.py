"""The contract: all that a plugin implements or yields.

from macropatch.contract import MicroscopicSystem, SystemRecord, hookimpl
"""

from macropatch.contract.closure import CellSample, ClosureEncoder
from macropatch.contract.hookspecs import hookimpl
from macropatch.contract.quantities import (
    API_VERSION,
    ArraySpec,
    Evolution,
    Geometry,
    LinearConstraint,
    PatchEvolution,
    PluginSettings,
    Quantity,
    Size,
    States,
    Surroundings,
)
from macropatch.contract.records import (
    ClosureRecord,
    ExperimentRecord,
    FigureRecord,
    MeasureRecord,
    SDERecord,
    SystemExample,
    SystemRecord,
)
from macropatch.contract.sde import FitContext, FitReport, Member, SDEModel, TrainingPairs
from macropatch.contract.system import CAPABILITIES, MicroscopicSystem, count_of

__all__ = [
    "API_VERSION",
    "CAPABILITIES",
    "ArraySpec",
    "CellSample",
    "ClosureEncoder",
    "ClosureRecord",
    "Evolution",
    "ExperimentRecord",
    "FigureRecord",
    "FitContext",
    "FitReport",
    "Geometry",
    "LinearConstraint",
    "MeasureRecord",
    "Member",
    "MicroscopicSystem",
    "PatchEvolution",
    "PluginSettings",
    "Quantity",
    "SDEModel",
    "SDERecord",
    "Size",
    "States",
    "Surroundings",
    "SystemExample",
    "SystemRecord",
    "TrainingPairs",
    "count_of",
    "hookimpl",
]
