"""Validate a document against the tables and the plugins' own models; say what is wrong where."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from macropatch.errors import SettingsError
from macropatch.experiment.tables import Experiment, PluginChoice, SDEChoice, Start
from macropatch.host import Host

MOST_FAULTS = 20
_PLAIN = {
    "model_type": "input should be a table",
    "dict_type": "input should be a table",
    "tuple_type": "input should be a list",
}
_DEFAULTS = {"closure": "none", "sde": "mlp"}


def validate(document: Mapping[str, Any], host: Host, source: str) -> Experiment:
    """A validated experiment from one member's document.

    Raises
    ------
    SettingsError
        lists every fault: file, table, key, value, what is allowed, the nearest known key.
    """
    faults: list[str] = []
    tables = dict(document)
    for name in sorted(set(tables) - set(Experiment.model_fields)):
        known = [*Experiment.model_fields, "sweep", "quick"]
        faults.append(f"[{name}]: unknown table{_nearest(name, known)}")
        del tables[name]
    named: set[str] = set()
    for table, default in {"system": None, **_DEFAULTS}.items():
        choice = _choice(table, tables.pop(table, {}), default, host, faults)
        if choice is None:
            named.add(table)
        else:
            tables[table] = choice
    experiment: Experiment | None = None
    try:
        experiment = Experiment.model_validate(tables)
    except ValidationError as error:
        faults += _faults(error, Experiment, "", skip=named)
    if experiment is not None and not faults:
        faults += _start_faults(experiment, host)
    if faults or experiment is None:
        more = [f"and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
        listed = [*faults[:MOST_FAULTS], *more]
        raise SettingsError("\n".join(f"{source}: {fault}" for fault in listed))
    return experiment


def start_of(start: Start, system: str, host: Host, where: str) -> BaseModel:
    """A start settings model of the system from a plain table."""
    try:
        return host.system(system).start.model_validate(start)
    except ValidationError as error:
        faults = _faults(error, host.system(system).start, where)
        raise SettingsError("\n".join(faults)) from error


def _start_faults(experiment: Experiment, host: Host) -> list[str]:
    starts = {
        "[small] start": experiment.small.start,
        "[upsample] random_start": experiment.upsample.random_start,
        **{f"[predict] starts[{i}]": s for i, s in enumerate(experiment.predict.starts)},
    }
    if experiment.evaluate.equilibrium is not None:
        starts["[evaluate.equilibrium] start"] = experiment.evaluate.equilibrium.start
    faults = []
    for where, start in starts.items():
        try:
            start_of(start, experiment.system.name, host, where)
        except SettingsError as error:
            faults.append(str(error))
    return faults


def _choice(
    table: str, values: Any, default: str | None, host: Host, faults: list[str]
) -> PluginChoice | None:
    """Split a plugin's table into the toolkit's keys and the plugin's own, and validate both."""
    if not isinstance(values, Mapping):
        faults.append(f"[{table}] must be a table")
        return None
    kind = SDEChoice if table == "sde" else PluginChoice
    own = {f.alias or name for name, f in kind.model_fields.items()} - {"settings"}
    name = values.get("name", default)
    if not isinstance(name, str):
        faults.append(f"[{table}] name: name a plugin, e.g. name = {(default or 'ising')!r}")
        return None
    find: dict[str, Callable[[str], Any]] = {
        "system": host.system,
        "closure": host.closure,
        "sde": host.sde_model,
    }
    try:
        model: type[BaseModel] = find[table](name).settings
    except SettingsError as error:
        faults.append(f"[{table}] name = {name!r}: {error}")
        return None
    toolkit_keys = {key: value for key, value in values.items() if key in own}
    plugin_keys = {key: value for key, value in values.items() if key not in own}
    try:
        settings = model.model_validate(plugin_keys)
    except ValidationError as error:
        faults += _faults(error, model, f"[{table}]", sorted(own))
        return None
    try:
        return kind.model_validate({**toolkit_keys, "name": name, "settings": settings})
    except ValidationError as error:
        faults += _faults(error, kind, f"[{table}]")
        return None


def _faults(
    error: ValidationError,
    model: type[BaseModel],
    where: str,
    more: Sequence[str] = (),
    skip: Collection[str] = (),
) -> list[str]:
    """A sentence for each fault, but for those in the tables ``skip``, which were named before."""
    faults: dict[str, list[str]] = {}
    for item in error.errors():
        # The last part of these is the user's key, whatever it looks like.
        last = item["loc"][-1:] if item["type"] in {"extra_forbidden", "missing"} else ()
        branches = item["loc"][: len(item["loc"]) - len(last)]
        location = [*(part for part in branches if not _is_union_branch(part)), *last]
        if location and location[0] in skip:
            continue
        path = [str(part) for part in location]
        place = where
        if not where and path:
            place, path = f"[{path[0]}]", path[1:]
        text = f"{place} {_joined(path)}".strip()
        if item["type"] == "extra_forbidden":
            known = _known_keys(model, location[:-1]) + list(more)
            text += f" = {_short(item['input'])}"
            message = f"unknown key{_nearest(path[-1], known)}"
        elif item["type"] == "missing":
            message = f"missing; this {'key' if path else 'table'} is required"
        else:
            text += f" = {_short(item['input'])}"
            message = _PLAIN.get(item["type"], item["msg"]).removeprefix("Value error, ")
            message = f"{message[:1].lower()}{message[1:]}"
        # Each branch of a union has an error of its own.
        if message not in faults.setdefault(text, []):
            faults[text].append(message)
    return [f"{text}: {', or '.join(messages)}" for text, messages in faults.items()]


def _joined(path: Sequence[str]) -> str:
    """``starts[0].m`` from its parts."""
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path).lstrip(".")


def _is_union_branch(part: int | str) -> bool:
    """Pydantic names the branch of a union in the location, e.g. ``literal['all']``."""
    text = str(part)
    return isinstance(part, str) and (
        "[" in text or text in {"int", "float", "str", "constrained-int", "constrained-float"}
    )


def _known_keys(model: type[BaseModel], location: list[int | str]) -> list[str]:
    inner: Any = model
    for part in location:
        if isinstance(part, str):
            field = getattr(inner, "model_fields", {}).get(part)
            inner = field.annotation if field else None
        else:
            inner = next(iter(get_args(inner)), None)
    fields = getattr(inner, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{hint} (known: {', '.join(sorted(known)) or 'none'})"


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."
