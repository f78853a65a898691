"""Checks of the record itself."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from macropatch.contract import API_VERSION, CAPABILITIES, MicroscopicSystem
from macropatch.testing.calls import CAPABILITY_MEMBERS, members_of
from macropatch.testing.case import Case
from macropatch.testing.findings import check


@check()
def the_record_is_sound(case: Case) -> Iterator[str]:
    """Fields have the right values, models forbid unknown keys."""
    record = case.record
    if record.api_version != API_VERSION:
        yield f"api_version is {record.api_version}, this macropatch has {API_VERSION}"
    if not record.name or not record.summary:
        yield "name and summary must not be empty: users choose systems by them"
    if unknown := sorted(record.capabilities - CAPABILITIES):
        yield f"unknown capabilities {unknown}; known are {sorted(CAPABILITIES)}"
    if record.example.surroundings.kind not in record.surroundings:
        yield (
            f"the example has surroundings {record.example.surroundings.kind!r}, the record "
            f"declares {record.surroundings}"
        )
    for key, model in (("settings", record.settings), ("start", record.start)):
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            yield f"`{key}` is {model!r}, not a pydantic model: derive it from PluginSettings"
        elif model.model_config.get("extra") != "forbid":
            yield f"`{key}` accepts unknown keys, so misspelt ones: derive it from PluginSettings"


@check()
def the_example_can_show_something(case: Case) -> Iterator[str]:
    """At least two patches, a positive ``dt``, cells that divide a patch."""
    example, system = case.record.example, case.system
    if not isinstance(system, MicroscopicSystem):
        yield f"the factory gives a {type(system).__name__}, not a MicroscopicSystem"
        return
    if case.patches < 2:
        yield f"K = {case.patches}: give an example with at least 2 patches"
    if not example.dt > 0:
        yield f"dt = {example.dt}: give a positive duration"
    if ("cells" in case.record.capabilities) != (example.cell is not None):
        yield (
            f"capability 'cells' is {'' if example.cell is None else 'not '}declared, but the "
            f"example's cell is {example.cell}: give both or neither"
        )


@check()
def declared_capabilities_are_there(case: Case) -> Iterator[str]:
    """Each declared capability's members are overridden, and atoms can be made."""
    for capability in sorted(case.record.capabilities & CAPABILITY_MEMBERS.keys()):
        for member in members_of(capability, case.record.capabilities):
            if getattr(type(case.system), member) is getattr(MicroscopicSystem, member):
                yield f"capability {capability!r} is declared, but {member} is not overridden"
    if "to_atoms" in case.record.capabilities:
        atoms = case.system.to_atoms(case.states, 0)
        if len(atoms) == 0:
            yield "to_atoms gives no atoms for snapshot 0 of the example"


@check()
def observables_have_names_and_a_time_unit(case: Case) -> Iterator[str]:
    """Names are unique, the time unit is not empty, constraints have one coefficient each."""
    names = [quantity.name for quantity in (*case.system.observables, *case.system.conditions)]
    if not case.system.observables:
        yield "there are no observables: a system has at least one"
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        yield f"observables or conditions share the names {repeated}"
    own, independent = {q.name for q in case.system.observables}, case.system.independent
    if not independent or len(set(independent)) < len(independent) or set(independent) - own:
        yield f"independent is {independent}: give different names out of {sorted(own)}"
    if len(independent) > len(own) - len(case.system.constraints):
        yield (
            f"{len(case.system.constraints)} constraints tie {len(own)} observables, but "
            f"{len(independent)} are said to be independent"
        )
    if not case.system.time_unit:
        yield "time_unit is empty: say in what dt is measured, e.g. 's' or 'attempts per site'"
    for constraint in case.system.constraints:
        if len(constraint.coefficients) != case.dimension:
            yield (
                f"constraint {constraint.name!r} has {len(constraint.coefficients)} coefficients "
                f"for {case.dimension} observables"
            )
